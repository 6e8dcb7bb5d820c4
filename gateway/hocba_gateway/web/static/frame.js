// The form stands in the page at its full height: one scroll bar, not two.

for (const frame of document.querySelectorAll("iframe.form-frame")) {
  const fit = () => {
    const inside = frame.contentDocument?.documentElement;
    if (inside) frame.style.height = `${inside.scrollHeight + 2}px`;
  };
  frame.addEventListener("load", () => {
    fit();
    new ResizeObserver(fit).observe(frame.contentDocument.body);
  });
  fit();
}
