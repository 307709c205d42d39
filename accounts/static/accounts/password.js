// Adds a button that shows and hides the password to every password field. Without it the pages work all the same.
for (const field of document.querySelectorAll('input[type="password"]:not(.unseen)')) {
  const { show, hide } = document.body.dataset;
  const button = document.createElement("button");
  const say = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? hide : show;
  };
  button.type = "button";
  button.className = "show-password";
  button.setAttribute("aria-controls", field.id);
  button.addEventListener("click", () => {
    say(field.type === "password");
    field.focus();
  });
  field.form.addEventListener("submit", () => say(false));
  const box = document.createElement("div");
  box.className = "password";
  field.replaceWith(box);
  box.append(field, button);
  say(false);
}
