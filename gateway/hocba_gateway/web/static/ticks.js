// Rows that are ticked, and how many: a <form data-ticks> with one [data-tick-all] and row boxes [data-tick].
// [data-ticked] shows the number; buttons [data-needs-ticks] wait for at least one.

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
  // not before everything is loaded: a press that htmx does not hear yet would go nowhere
  window.addEventListener("pageshow", count);
}
