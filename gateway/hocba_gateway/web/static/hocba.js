// What every page needs beside htmx: messages that close, dialogs, passwords that can be shown, forms that are sent once.

document.addEventListener("click", (event) => {
  const close = event.target.closest(".message-close");
  if (close) close.closest(".message").remove();
  const opens = event.target.closest("[data-opens]");
  if (opens) document.getElementById(opens.dataset.opens).showModal();
  const closes = event.target.closest("[data-closes]");
  if (closes) closes.closest("dialog").close();
});

document.addEventListener("change", (event) => {
  const shows = event.target.dataset?.shows;
  if (shows) document.getElementById(shows).type = event.target.checked ? "text" : "password";
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("again" in form.dataset) return; // a download: the page stays
  if (form.dataset.sent) {
    event.preventDefault(); // a double click is one press
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
});

/** It may be sent again: what was asked has been answered, or the back button led here. */
function free(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));
document.addEventListener("htmx:afterRequest", (event) => event.target.closest?.("form[data-sent]") && free(event.target.closest("form")));

// what was done fades by itself; what went wrong stays until it is read
const FADES_AFTER = 30000; // a slow PC may still be loading, and a tired reader may look up late
const fade = (message) => setTimeout(() => message.remove(), FADES_AFTER);
document.querySelectorAll(".message-done").forEach(fade);
new MutationObserver((changes) => {
  for (const change of changes)
    for (const node of change.addedNodes) if (node.classList?.contains("message-done")) fade(node);
}).observe(document.getElementById("messages"), { childList: true });
