// The service worker: shows what is pushed, and opens its page on a click. It keeps nothing and touches no request.
const SITE = self.location.origin;

function told(event) {
  try {
    return event.data.json();
  } catch {
    return {};
  }
}

// Only a page of this site is ever opened, whatever was pushed.
function place(url) {
  const target = new URL(typeof url === "string" ? url : "/", SITE);
  return target.origin === SITE ? target.href : `${SITE}/`;
}

async function open(url) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const idle = windows.find((one) => one.url === url);
  return idle ? idle.focus() : self.clients.openWindow(url);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title = "Dailies", body = "There is something new.", url = "/notices/", tag = "notice" } = told(event);
  event.waitUntil(
    self.registration.showNotification(String(title), { body: String(body), tag: String(tag), data: { url: place(url) } }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(place(event.notification.data?.url)));
});
