// Copies the field that a button's `data-copy` names, and empties what is secret (`data-secret`) when the page is left:
// the browser's way back must not show it again.
(() => {
  async function copy(button) {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      if (!document.execCommand("copy")) return; // without https: the field is selected, and a key copies it
    }
    button.textContent = button.dataset.copied;
  }

  document.querySelectorAll("button[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  });
  window.addEventListener("pagehide", () => {
    document.querySelectorAll("[data-secret]").forEach((field) => (field.value = ""));
  });
})();
