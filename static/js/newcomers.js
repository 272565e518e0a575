// When somebody else has launched a take that this page does not hold, offers to show it.
(() => {
  function offer() {
    const link = document.querySelector("[data-newcomers]");
    if (!link || link.classList.contains("shown")) return;
    link.classList.add("shown");
    link.querySelector("span").textContent = "There are new takes: show them";
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "poller" || event.detail.xhr.status !== 200) return;
    const answer = document.createElement("template");
    answer.innerHTML = event.detail.serverResponse;
    const strangers = [...answer.content.querySelectorAll("[hx-swap-oob][id]")].filter((part) => !document.getElementById(part.id));
    if (!strangers.length) return;
    strangers.forEach((part) => part.remove());
    event.detail.serverResponse = answer.innerHTML;
    if (strangers.some((part) => part.matches("[data-take]"))) offer();
  });
})();
