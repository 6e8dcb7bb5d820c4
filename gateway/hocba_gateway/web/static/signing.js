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

/** Of the press that is followed on this page. */
function followed() {
  return document.querySelector("[data-progress]");
}

/** Back to the list, which is read again: what was signed has left it. */
function leave() {
  if (followed()) location.assign(followed().dataset.back);
}

function copyCount() {
  const ticked = document.querySelector("[data-ticked]")?.textContent ?? "";
  for (const place of document.querySelectorAll("[data-ticked-copy]")) place.textContent = ticked;
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => {
    if (dialog.querySelector("[data-progress]")) {
      dialog.showModal(); // while a token signs the browser asks first: who stays still sees it
      leave();
    } else dialog.querySelector(WITHIN)?.replaceChildren();
  });
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (!event.detail.target?.matches?.(WITHIN)) return;
  const dialog = event.detail.target.closest("dialog");
  if (dialog && !dialog.open) dialog.showModal();
  const place = event.detail.target.querySelector("[autofocus]") ?? event.detail.target.querySelector("h2[tabindex]");
  place?.focus();
});

// progress as it happens: a line that died in silence (this PC slept) or with the log-in is taken up again
const SILENT_AFTER = 45000; // the gateway gives a sign of life every 15 seconds
let line = null;
let heard = 0;
const hear = () => (heard = Date.now());

document.body.addEventListener("htmx:sseOpen", (event) => {
  line = event.detail.source;
  line.addEventListener("alive", hear);
  hear();
});
document.body.addEventListener("htmx:sseMessage", hear);
document.body.addEventListener("htmx:sseClose", () => (line = null));
document.body.addEventListener("htmx:sseError", (event) => {
  if (event.detail.source.readyState === EventSource.CLOSED) lookForLogIn();
});
setInterval(() => {
  if (line === null || Date.now() - heard < SILENT_AFTER) return;
  line.close();
  line.onerror(new Event("error")); // as if the browser had noticed: htmx opens another
}, 5000);

/** Where the log-in has ended, to the page that asks for it and leads back to this press. */
async function lookForLogIn() {
  if (!followed()) return;
  const here = `/lan-ky/${followed().dataset.progress}`;
  const answer = await fetch(here, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.headers.get("HX-Redirect")) location.assign(here);
}

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
