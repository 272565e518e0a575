// Chooses the frame that is seen: where the player stands still goes into the form (`[data-grab]`) that takes a frame.
(() => {
  const form = document.querySelector("[data-grab]");
  const player = document.querySelector("video[data-clip]");
  const second = form?.querySelector("[data-second]");
  if (!player || !second) return;

  const choose = () => (form.querySelector('[name="at"][value="second"]').checked = true);

  function take() {
    second.value = player.currentTime.toFixed(3);
    choose();
  }

  second.addEventListener("input", choose);
  player.addEventListener("pause", () => player.ended || take());
  player.addEventListener("seeked", () => player.paused && take());
})();
