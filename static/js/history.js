// Puts an earlier prompt into the composer: by a click in the history, or by Alt+Up and Alt+Down in the prompt.
(() => {
  const NOT_WALKING = -1;
  let step = NOT_WALKING;
  let typed = { text: "", source: "" };

  const prompt = () => document.querySelector("[data-prompt]");
  const source = () => document.querySelector("[data-source-prompt]");
  const links = () => [...document.querySelectorAll("[data-history-prompt]")];

  function fill({ text, source: sourceId }) {
    prompt().value = text;
    source().value = sourceId;
    prompt().dispatchEvent(new Event("input", { bubbles: true }));
  }

  const entry = (link) => ({ text: link.dataset.text, source: link.dataset.historyPrompt });

  function walk(by) {
    if (step === NOT_WALKING) typed = { text: prompt().value, source: source().value };
    const next = Math.min(Math.max(step + by, NOT_WALKING), links().length - 1);
    if (next === step) return;
    fill(next === NOT_WALKING ? typed : entry(links()[next]));
    step = next;
  }

  document.addEventListener("keydown", (event) => {
    const isWalk = event.altKey && !event.ctrlKey && !event.metaKey && ["ArrowUp", "ArrowDown"].includes(event.key);
    if (!isWalk || !event.target.matches("[data-prompt]")) return;
    event.preventDefault();
    walk(event.key === "ArrowUp" ? 1 : -1);
  });
  document.addEventListener("input", (event) => {
    if (event.isTrusted && event.target.matches("[data-prompt]")) step = NOT_WALKING;
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-history-prompt]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    fill(entry(link));
    link.closest("details").open = false;
    prompt().focus();
  });
})();
