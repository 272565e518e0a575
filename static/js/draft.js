// Keeps what is in the composer across a reload, in this browser. What the server fills in (`data-filled`) wins; it
// becomes the draft, and the address loses its `?reuse=`, so that a reload shows what was made of it.
(() => {
  const KEPT = ["model", "ratio", "duration_s", "takes", "sound", "seed", "first_frame", "last_frame", "first_frame_crop", "last_frame_crop"];
  const form = () => document.querySelector("[data-composer]");
  const prompt = () => document.querySelector("[data-prompt]");
  const source = () => document.querySelector("[data-source-prompt]");
  const key = () => prompt().dataset.draftKey;
  let sent = null;

  function read() {
    try {
      return JSON.parse(localStorage.getItem(key()));
    } catch {
      return null;
    }
  }

  function settings() {
    const fields = new FormData(form());
    return Object.fromEntries(KEPT.filter((name) => fields.has(name)).map((name) => [name, fields.getAll(name).at(-1)]));
  }

  function save() {
    if (!prompt()) return;
    try {
      const draft = { text: prompt().value, source: source().value, settings: settings() };
      localStorage.setItem(key(), JSON.stringify(draft));
    } catch {
      // No storage in this browser: the draft lives as long as the page.
    }
  }

  function keepFilled() {
    save();
    if (location.pathname === form().dataset.page) history.replaceState(history.state, "", location.pathname);
  }

  function restore() {
    if (!prompt()) return;
    if ("filled" in prompt().dataset) return keepFilled();
    const draft = read();
    if (!draft) return;
    prompt().value = draft.text;
    if (draft.source) source().value = draft.source;
    prompt().dispatchEvent(new Event("input", { bubbles: true }));
    const differs = JSON.stringify(draft.settings) !== JSON.stringify(settings());
    if (differs) {
      const ask = `${document.getElementById("settings").getAttribute("hx-get")}?${new URLSearchParams(draft.settings)}`;
      htmx.ajax("GET", ask, { target: "#settings", swap: "outerHTML" });
    }
  }

  // What is typed while an answer is on its way stays.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === form()) sent = prompt().value;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target !== form() || sent === null) return;
    const typed = prompt().value;
    const isNewer = typed !== sent;
    sent = null;
    if (isNewer) document.addEventListener("htmx:afterSwap", () => (prompt().value = typed), { once: true });
  });
  document.addEventListener("input", (event) => event.target.closest("[data-composer]") && save());
  document.addEventListener("change", (event) => event.target.closest("[data-composer]") && save());
  document.addEventListener("htmx:afterSettle", (event) => event.target.matches("[data-composer], #settings") && save());
  window.addEventListener("DOMContentLoaded", restore);
})();
