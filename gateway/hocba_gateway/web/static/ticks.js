// Rows that are ticked, and how many: a <form data-ticks> with one [data-tick-all] and row boxes [data-tick].
// [data-ticked] shows the number; buttons [data-needs-ticks] wait for at least one.

const KEPT = "hocba-ticked";
const here = () => location.pathname + location.search;

/** What was ticked when the log-in ended, for the same list after the next: identities only, on this tab, read once. */
function keep(boxes) {
  const ids = boxes.filter((box) => box.checked).map((box) => box.value);
  sessionStorage.setItem(KEPT, JSON.stringify({ at: here(), ids }));
}

function taken() {
  const told = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  return told?.at === here() ? new Set(told.ids) : null;
}

const kept = taken();

for (const form of document.querySelectorAll("form[data-ticks]")) {
  const all = form.querySelector("[data-tick-all]");
  const boxes = [...form.querySelectorAll("[data-tick]")];
  let last = null;

  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    for (const place of form.querySelectorAll("[data-ticked]")) place.textContent = String(ticked);
    for (const button of form.querySelectorAll("[data-needs-ticks]")) button.disabled = ticked === 0;
    if (all) {
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  };

  form.addEventListener("click", (event) => {
    const box = event.target;
    if (!("tick" in (box.dataset ?? {}))) return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
  });
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    count();
  });
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")?.startsWith("/login")) keep(boxes);
  });
  for (const box of boxes) box.checked = kept ? kept.has(box.value) : box.checked;

  // not before everything is loaded: a press that htmx does not hear yet would go nowhere
  window.addEventListener("pageshow", count);
}
