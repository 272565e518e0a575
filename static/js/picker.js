// Keeps the model picker open while it is walked by keyboard, and closes it after a choice by pointer.
(() => {
  let keepsOpen = false;

  document.addEventListener("keydown", (event) => {
    keepsOpen = event.target.matches("[data-picker] input") && event.key.startsWith("Arrow");
  });
  document.addEventListener("pointerdown", () => (keepsOpen = false));
  document.addEventListener("htmx:afterSettle", () => {
    const picker = document.querySelector("[data-picker]");
    if (!keepsOpen || !picker || picker.open) return;
    picker.open = true;
    picker.querySelector("input:checked").focus();
  });
})();
