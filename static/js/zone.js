// Proposes the browser's time zone to somebody who has chosen none. Nothing is saved before they say so.
(() => {
  const field = document.getElementById("time-zone");
  const proposal = document.getElementById("zone-proposal");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === "UTC" || field.value) return;
  proposal.querySelector("[data-zone]").textContent = zone.replaceAll("_", " ");
  proposal.hidden = false;
  proposal.querySelector("[data-use]").addEventListener("click", () => {
    field.value = zone;
    proposal.hidden = true;
    field.focus();
  });
})();
