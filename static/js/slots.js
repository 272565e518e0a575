// References by drop and paste: the file goes into the input of a slot that takes it, which uploads it by itself.
(() => {
  const slotOf = (event) => event.target.closest && event.target.closest("[data-slot]");
  const takes = (input, file) => input.accept.includes(`${file.type.split("/")[0]}/`) || !file.type;
  const free = () => [...document.querySelectorAll("[data-slot] input[type=file]")];
  const firstFree = (file) => free().find((input) => !file || takes(input, file));
  const FULL = "No free place takes this file. Remove one first, or choose another model.";
  const composer = () => document.querySelector("[data-composer]");
  const say = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "bad" } }));
  const hasFiles = (transfer) => Boolean(transfer) && [...transfer.types].includes("Files");

  function put(file, input) {
    if (!file) return;
    if (!input) {
      say(FULL);
      return;
    }
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function mark(slot) {
    document.querySelectorAll("[data-slot].over").forEach((other) => other.classList.remove("over"));
    if (slot) slot.classList.add("over");
  }

  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event.dataTransfer) || !composer()) return;
    event.preventDefault();
    mark(firstFree() && slotOf(event));
  });
  document.addEventListener("dragleave", (event) => slotOf(event) && mark(null));
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event.dataTransfer) || !composer()) return;
    event.preventDefault();
    mark(null);
    const slot = slotOf(event);
    const file = event.dataTransfer.files[0];
    put(file, (slot && slot.querySelector("input[type=file]")) || (file && firstFree(file)));
  });
  document.addEventListener("paste", (event) => {
    const file = [...((event.clipboardData && event.clipboardData.files) || [])].find((item) => /^(image|video|audio)\//.test(item.type));
    if (!file || !composer()) return;
    event.preventDefault();
    put(file, firstFree(file));
  });
})();
