// Closes an open menu (`details[data-menu]`) on Escape, on a click elsewhere, and when another one opens.
(() => {
  const openMenus = () => [...document.querySelectorAll("details[data-menu][open]")];

  function closeAllBut(kept) {
    openMenus().filter((menu) => menu !== kept).forEach((menu) => (menu.open = false));
  }

  document.addEventListener("click", (event) => closeAllBut(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = openMenus().at(-1);
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
