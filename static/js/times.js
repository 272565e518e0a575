// Shows moments, which the server writes in UTC, in the reader's own time; the UTC text stays as the title.
(() => {
  const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const DATES = {
    short: { day: "numeric", month: "short" },
    long: { day: "numeric", month: "long", year: "numeric" },
  };

  function show(time) {
    const moment = new Date(time.dateTime);
    const date = moment.toLocaleDateString("en-GB", DATES[time.dataset.when]);
    time.title = time.textContent;
    time.textContent = `${date}, ${moment.toLocaleTimeString("en-GB", TIME)}`;
    time.removeAttribute("data-when");
  }

  const localise = (part) => part.querySelectorAll("time[data-when]").forEach(show);

  document.addEventListener("htmx:load", (event) => localise(event.target));
  localise(document);
})();
