// The prompt: counts in UTF-16 units as the provider does, grows where CSS cannot, launches by Ctrl or Command + Enter.
(() => {
  const growsByCss = CSS.supports("field-sizing", "content");
  const prompt = () => document.querySelector("[data-prompt]");

  function count() {
    const text = prompt();
    if (!text) return;
    const limit = Number(document.querySelector("[data-prompt-limit]").dataset.promptLimit);
    document.querySelector("[data-prompt-box]").hidden = limit === 0;
    const counter = document.querySelector("[data-prompt-count]");
    counter.textContent = `${text.value.length} / ${limit}`;
    counter.classList.toggle("over", text.value.length > limit);
  }

  function grow() {
    const text = prompt();
    if (!text || growsByCss) return;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  }

  function refresh() {
    count();
    grow();
  }

  function clearProblem() {
    const text = prompt();
    if (!text.hasAttribute("aria-invalid")) return;
    text.removeAttribute("aria-invalid");
    document.getElementById("prompt-error").textContent = "";
  }

  function launch() {
    const button = document.querySelector("[data-generate]");
    if (button && !button.disabled) button.click();
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-prompt]")) return;
    clearProblem();
    refresh();
  });
  document.addEventListener("keydown", (event) => {
    const isLaunch = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat;
    if (!isLaunch || !event.target.closest("[data-composer]")) return;
    event.preventDefault();
    launch();
  });
  document.addEventListener("htmx:afterSettle", refresh);
  refresh();
})();
