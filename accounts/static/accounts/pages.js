// What the pages do with scripts. Without them they work all the same, but for passkeys.

// At every password field a button that shows and hides it, and a word where Caps Lock is on.
for (const field of document.querySelectorAll('input[type="password"]:not(.unseen)')) {
  const { show, hide, caps } = document.body.dataset;
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
  if (field.autofocus) field.focus(); // which it lost when it moved
  const told = document.createElement("div");
  told.className = "help";
  told.setAttribute("role", "status");
  box.after(told);
  // A browser that fills a field in makes an event without a key.
  const look = (event) => (told.textContent = event.getModifierState?.("CapsLock") ? caps : "");
  for (const kind of ["keydown", "keyup", "mousedown"]) field.addEventListener(kind, look);
  field.addEventListener("blur", () => (told.textContent = ""));
  say(false);
}

// Passkeys (WebAuthn). A button says by `data-passkey` which method of navigator.credentials it calls, and by
// `data-options` with what; the answer goes with its form, in the field "passkey".
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const listed = (credentials) => credentials?.map((one) => ({ ...one, id: bytes(one.id) }));
const asked = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  user: options.user && { ...options.user, id: bytes(options.user.id) },
  allowCredentials: listed(options.allowCredentials),
  excludeCredentials: listed(options.excludeCredentials),
});
const answered = ({ id, type, rawId, response }) => {
  const told = { transports: response.getTransports?.() };
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) told[name] = text(response[name]);
  }
  return JSON.stringify({ id, type, rawId: text(rawId), response: told });
};

for (const button of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const { form, dataset } = button;
  const waiting = new AbortController();
  const ask = (more) => navigator.credentials[dataset.passkey]({ publicKey: asked(JSON.parse(dataset.options)), ...more });
  const send = (credential) => {
    for (const field of form.querySelectorAll('[autocomplete~="current-password"]')) field.value = "";
    form.elements.passkey.value = answered(credential);
    form.submit();
  };
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    waiting.abort();
    const told = form.querySelector("[data-failed]");
    told.textContent = "";
    try {
      send(await ask({}));
    } catch (error) {
      told.textContent = error.name === "InvalidStateError" ? told.dataset.there : told.dataset.failed;
    }
  });
  button.closest("[hidden]").hidden = false;
  for (const each of form.querySelectorAll("[data-without]")) each.hidden = true;
  // Not where one was just refused: a device that picks by itself would send it again for ever.
  if (form.querySelector('[autocomplete~="webauthn"]') && !document.querySelector('[role="alert"]')) {
    PublicKeyCredential.isConditionalMediationAvailable?.().then((is) => {
      if (is) ask({ mediation: "conditional", signal: waiting.signal }).then(send, () => {});
    });
  }
}

// Whether this device could keep a passkey, for who has none yet.
for (const field of window.PublicKeyCredential ? document.querySelectorAll('[name="passkeys_here"]') : []) {
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((is) => (field.value = is ? "1" : ""));
}
