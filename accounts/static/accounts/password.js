// Adds a button that shows the password to every password field. Without it the pages work all the same.
for (const field of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show-password";
  button.textContent = document.body.dataset.show;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", field.id);
  button.addEventListener("click", () => {
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(hidden));
    field.focus();
  });
  field.form.addEventListener("submit", () => { field.type = "password"; });
  const box = document.createElement("div");
  box.className = "password";
  field.replaceWith(box);
  box.append(field, button);
}
