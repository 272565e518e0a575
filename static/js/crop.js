// The crop of an image: a box that is dragged, or moved by the arrow keys, along the side that is too long.
// Without this file the middle stands, and the box is a picture; so it becomes a control here.
(() => {
  const UNITS = 1000;
  const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
  const ENDS = { Home: 0, End: 1 };
  const percent = (share) => Math.floor(share * 100 + 0.5);
  const short = (share) => String(Number(share.toFixed(5)));
  let drag = null;

  const stageOf = ({ target }) => (target.closest ? target.closest("[data-crop-stage]") : null);
  const inputOf = (stage) => stage.closest("[data-crop]").querySelector("[data-crop-value]");

  // The box, and the one side along which it moves: `at` is where it starts, `room` how far it may go.
  function read(stage) {
    const [left, top, width, height] = inputOf(stage).value.split(",").map(Number);
    const sideways = stage.classList.contains("sideways");
    return { left, top, width, height, sideways, at: sideways ? left : top, room: 1 - (sideways ? width : height) };
  }

  function sentence(crop, before, after) {
    const parts = [
      [percent(crop.at), before],
      [percent(crop.room - crop.at), after],
    ];
    const told = parts.filter(([share]) => share).map(([share, name]) => `${share} % ${name}`);
    return told.length ? `${told.join(" and ")} will be cut.` : "Less than 1 % will be cut.";
  }

  function move(stage, wanted) {
    const crop = read(stage);
    crop.at = Math.min(Math.max(wanted, 0), crop.room);
    if (crop.sideways) crop.left = crop.at;
    else crop.top = crop.at;
    show(stage, crop);
  }

  function show(stage, crop) {
    const frame = stage.closest("[data-crop]");
    const text = sentence(crop, frame.dataset.before, frame.dataset.after);
    const [left, top, width, height] = [crop.left, crop.top, crop.width, crop.height].map((share) => share * UNITS);
    const input = inputOf(stage);
    input.value = [crop.left, crop.top, crop.width, crop.height].map(short).join(",");
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const shade = `M0 0H${UNITS}V${UNITS}H0ZM${left} ${top}h${width}v${height}h${-width}Z`;
    stage.querySelector("[data-crop-shade]").setAttribute("d", shade);
    const box = stage.querySelector("[data-crop-box]");
    box.setAttribute("x", left);
    box.setAttribute("y", top);
    stage.setAttribute("aria-valuenow", crop.room > 0 ? percent(crop.at / crop.room) : 0);
    stage.setAttribute("aria-valuetext", text);
    frame.querySelector("[data-crop-sentence]").textContent = text;
  }

  function enhance(root) {
    root.querySelectorAll("[data-crop-stage]:not([role])").forEach((stage) => {
      stage.setAttribute("role", "slider");
      stage.tabIndex = 0;
    });
  }

  document.addEventListener("pointerdown", (event) => {
    const stage = stageOf(event);
    if (!stage || event.button !== 0) return;
    event.preventDefault();
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    drag = { stage, x: event.clientX, y: event.clientY, at: read(stage).at };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const { width, height } = drag.stage.getBoundingClientRect();
    const { sideways } = read(drag.stage);
    move(drag.stage, drag.at + (sideways ? (event.clientX - drag.x) / width : (event.clientY - drag.y) / height));
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    document.addEventListener(name, () => (drag = null));
  }
  document.addEventListener("keydown", (event) => {
    const stage = stageOf(event);
    if (!stage || event.ctrlKey || event.altKey || event.metaKey) return;
    const crop = read(stage);
    if (event.key in STEPS) move(stage, crop.at + STEPS[event.key] * (event.shiftKey ? 0.05 : 0.01));
    else if (event.key in ENDS) move(stage, ENDS[event.key] * crop.room);
    else return;
    event.preventDefault();
  });
  document.addEventListener("htmx:load", ({ target }) => enhance(target));
  enhance(document);
})();
