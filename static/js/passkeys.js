// Passkeys: asks the browser for a credential, puts it into the form, and sends the form.
// <form data-passkey="login|get|add" data-passkey-options='{...}'>; a login asks the form's address for the options.
(() => {
  const SAID = {
    NotAllowedError: "The browser did not confirm it: it was called off, or took too long. Try again.",
    InvalidStateError: "This device has a passkey for your account already.",
    SecurityError: "Passkeys do not work at this address. Ask your admin.",
  };
  const NONE = "This did not work in this browser. Try again, or go another way.";

  const asked = async (form) => {
    if (form.dataset.passkey !== "login") return JSON.parse(form.dataset.passkeyOptions);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`The server answers ${answer.status}.`);
    return answer.json();
  };

  const created = (form, options) => {
    const alone = form.elements.passwordless.checked;
    const wanted = options.publicKey.authenticatorSelection;
    wanted.residentKey = alone ? "required" : "discouraged";
    wanted.requireResidentKey = alone;
    if (alone) wanted.userVerification = "required";
    return webauthnJSON.create(options);
  };

  const credential = async (form) => {
    const options = await asked(form);
    return form.dataset.passkey === "add"
      ? created(form, options.creation_options)
      : webauthnJSON.get(options.request_options);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.passkey || form.elements.credential.value) return;
    event.preventDefault();
    const error = form.querySelector("[data-passkey-error]");
    error.textContent = "";
    try {
      form.elements.credential.value = JSON.stringify(await credential(form));
      form.submit();
    } catch (problem) {
      error.textContent = SAID[problem.name] || NONE;
    }
  });
})();
