// Keeps the focus where it was when the control that had it is swapped away or locked while its request runs: on the
// same control, else in the same slot or on the same take.
(() => {
  const CONTROLS = "a[href], button, summary, input:not([type=hidden])";
  const NOWHERE = { control: "", place: "" };
  let last = NOWHERE;

  function placeOf(element) {
    const place = element.closest("[data-slot], [data-take]");
    if (!place) return "";
    return place.dataset.slot ? `[data-slot="${place.dataset.slot}"]` : `[data-take="${place.dataset.take}"]`;
  }

  function comeBack() {
    if (document.activeElement !== document.body) return;
    const control = last.control && document.getElementById(last.control);
    const place = last.place && document.querySelector(last.place);
    const next = control || (place && (place.querySelector(CONTROLS) || place));
    if (next) next.focus({ preventScroll: true });
  }

  document.addEventListener("pointerdown", () => (last = NOWHERE));
  document.addEventListener("focusin", ({ target }) => (last = { control: target.id, place: placeOf(target) }));
  document.addEventListener("htmx:afterSettle", comeBack);
})();
