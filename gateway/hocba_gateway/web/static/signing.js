// The pages of signing: dialogs that open when their piece has come, filters, time left.

const WITHIN = "#signing";

document.addEventListener("change", (event) => {
  if (event.target.closest("form[data-filters]")) event.target.form.submit();
});

document.addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest("[data-leave]")) leave();
  if (target.closest("[data-opens]")) copyCount();
});

/** Back to the list, which is read again: what was signed has left it. */
function leave() {
  const progress = document.querySelector("[data-progress]");
  if (progress) location.assign(progress.dataset.back);
}

function copyCount() {
  const ticked = document.querySelector("[data-ticked]")?.textContent ?? "";
  for (const place of document.querySelectorAll("[data-ticked-copy]")) place.textContent = ticked;
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => {
    if (dialog.querySelector("[data-progress]")) leave();
    else dialog.querySelector(WITHIN)?.replaceChildren();
  });
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (!event.detail.target?.matches?.(WITHIN)) return;
  const dialog = event.detail.target.closest("dialog");
  if (dialog && !dialog.open) dialog.showModal();
  const place = event.detail.target.querySelector("[autofocus]") ?? event.detail.target.querySelector("h2[tabindex]");
  place?.focus();
});

// time left: the server's clock counts, whatever this PC's says
let behind = 0;
function tick() {
  const now = Number(document.querySelector("[data-now]")?.dataset.now ?? 0);
  if (now && tick.read !== now) {
    tick.read = now;
    behind = now - Date.now();
  }
  for (const place of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.round((Number(place.dataset.until) - Date.now() - behind) / 1000));
    place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }
}
tick();
setInterval(tick, 500);
document.body.addEventListener("htmx:sseMessage", tick);
