// Says so when the server cannot be reached, and when a request was refused. The work goes on without the page.
(() => {
  const OUT_OF_DATE = "This page is out of date. Reload it; your text is kept. Nothing was started.";
  const NOT_DONE = "That did not work, and nothing was charged for it. Reload the page and try again.";
  const REFUSALS = { 400: OUT_OF_DATE, 403: OUT_OF_DATE, 404: "That is not there any more. Reload the page." };

  const setPaused = (isPaused) => (document.getElementById("offline").hidden = !isPaused);
  const say = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "bad" } }));

  window.addEventListener("offline", () => setPaused(true));
  window.addEventListener("online", () => setPaused(false));
  document.addEventListener("htmx:sendError", () => setPaused(true));
  document.addEventListener("htmx:timeout", () => setPaused(true));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr && event.detail.xhr.status > 0 && event.detail.xhr.status < 500) setPaused(false);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (event.target.id === "poller") setPaused(true);
    else say(REFUSALS[status] || NOT_DONE);
  });
})();
