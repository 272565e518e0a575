// Plays a take in place: its poster makes way for the video, whose own controls take over.
(() => {
  const NOT_PLAYED = "The clip does not play just now. It is stored: try again, or download it.";

  const say = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "bad" } }));

  function begin(frame) {
    const video = frame.querySelector("video");
    frame.classList.add("begun");
    video.focus();
    video.play().catch((error) => error.name === "NotSupportedError" && say(NOT_PLAYED));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-play]");
    if (button) begin(button.parentElement);
  });
})();
