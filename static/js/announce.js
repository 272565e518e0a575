// Speaks once when a take changes its state, and when settings were adjusted: never for progress alone.
(() => {
  const announcer = () => document.getElementById("announcer");
  const spoken = new Map([...document.querySelectorAll("[data-take]")].map((take) => [take.id, take.dataset.announce]));

  function news() {
    const takes = [...document.querySelectorAll("[data-take]")];
    const changed = takes.filter((take) => spoken.get(take.id) !== take.dataset.announce);
    changed.forEach((take) => spoken.set(take.id, take.dataset.announce));
    return changed.map((take) => take.dataset.announce);
  }

  function adjusted(event) {
    const notes = event.target.closest && event.target.querySelector("[data-adjusted]");
    return notes ? [notes.textContent.trim().replace(/\s+/g, " ")] : [];
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    const texts = [...news(), ...(event.target.id === "settings" ? adjusted(event) : [])];
    if (texts.length) announcer().textContent = texts.join(" ");
  });
})();
