// Tells the poll whether somebody is looking at the page (what they see there is not told again by mail or push), and
// says when there are more unread notices than before.
(() => {
  const count = () => Number(document.getElementById("unread")?.value ?? 0);
  let known = count();

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "poller") return;
    if (document.visibilityState === "visible") event.detail.parameters.watching = "1";
  });

  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id !== "bell") return;
    const announcer = document.getElementById("announcer");
    if (count() > known && announcer) announcer.textContent = `${count()} unread notices.`;
    known = count();
  });
})();
