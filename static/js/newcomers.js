// When somebody else has launched a take that this page does not hold, offers to show it.
(() => {
  document.addEventListener("htmx:oobErrorNoTarget", () => {
    const link = document.querySelector("[data-newcomers]");
    if (!link || link.classList.contains("shown")) return;
    link.classList.add("shown");
    link.querySelector("span").textContent = "There are new takes: show them";
  });
})();
