// Asks once for news when somebody comes back to the page: nothing polls while no take is under way.
(() => {
  const PAUSE_MS = 1000;
  let lastMs = Date.now();

  function wake() {
    const poller = document.getElementById("poller");
    if (!poller || document.hidden || Date.now() - lastMs < PAUSE_MS) return;
    lastMs = Date.now();
    htmx.trigger(poller, "wake");
  }

  document.addEventListener("visibilitychange", wake);
  window.addEventListener("focus", wake);
  window.addEventListener("online", wake);
  window.addEventListener("pageshow", (event) => event.persisted && wake());
})();
