// Shows the server's short messages in a corner: the event `toast` that an answer's HX-Trigger header raises.
(() => {
  const LIVES_MS = 8000;

  function show({ text, tone }) {
    const toast = document.createElement("p");
    toast.className = `toast ${tone}`;
    toast.textContent = text;
    document.getElementById("toasts").append(toast);
    setTimeout(() => toast.remove(), LIVES_MS);
  }

  document.addEventListener("toast", (event) => show(event.detail));
})();
