// Lets this browser take pushes: asks the person, subscribes at the browser's push service, and tells the server.
(() => {
  const form = document.getElementById("push");
  const [on, stop, state] = ["on", "stop", "state"].map((name) => form.querySelector(`[data-${name}]`));
  const mine = form.dataset.mine.split(" "); // the server's word: a browser may still be subscribed for somebody else
  const SCOPE = { scope: "/" };
  const SAY = {
    none: "This browser knows no pushes. Try another one, or add this site to the home screen first.",
    denied: "This browser forbids them for this site. Allow notifications in its settings, then load this page again.",
    off: "This browser shows none yet.",
    on: "This browser shows them, also when no page is open.",
    failed: "The browser's push service does not answer. Try again in a moment.",
  };

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  const encoded = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  function show(what, text) {
    state.textContent = text ?? SAY[what];
    on.hidden = !["off", "failed"].includes(what);
    stop.hidden = what !== "on";
  }

  async function send(url, fields) {
    const body = new FormData(form);
    Object.entries(fields).forEach(([name, value]) => body.set(name, value));
    const answer = await fetch(url, { method: "POST", body, redirect: "error" });
    return { isGood: answer.ok, ...(await answer.json()) };
  }

  async function subscribe() {
    const permission = await Notification.requestPermission();
    if (permission !== "granted") return show(permission === "denied" ? "denied" : "off");
    await navigator.serviceWorker.register(form.dataset.worker, SCOPE);
    const worker = await navigator.serviceWorker.ready;
    const old = await worker.pushManager.getSubscription();
    if (old) await old.unsubscribe(); // it may be for another key of the server
    const made = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(form.dataset.key),
    });
    const fields = { endpoint: made.endpoint, p256dh: encoded(made.getKey("p256dh")), auth: encoded(made.getKey("auth")) };
    const said = await send(form.action, fields);
    if (said.isGood) return show("on");
    await made.unsubscribe();
    show("failed", said.problem);
  }

  async function unsubscribe() {
    const found = await subscription();
    if (found) {
      await send(form.dataset.off, { endpoint: found.endpoint });
      await found.unsubscribe();
    }
    show("off");
  }

  async function subscription() {
    const worker = await navigator.serviceWorker.getRegistration(SCOPE.scope);
    return worker ? worker.pushManager.getSubscription() : null;
  }

  const tried = (work) => work().catch(() => show("failed"));

  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return show("none");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tried(subscribe);
  });
  stop.addEventListener("click", () => tried(unsubscribe));
  if (Notification.permission === "denied") return show("denied");
  tried(async () => show(mine.includes((await subscription())?.endpoint) ? "on" : "off"));
})();
