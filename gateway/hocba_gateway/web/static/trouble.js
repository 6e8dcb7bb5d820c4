// What went wrong with a press is said where one looks, and so is a line that broke. [data-trouble]: the place in a dialog.

import { wordOf } from "./words.js";

// a dialog hides what is under it: errors of its own forms are said inside
const troubleOf = (element) => (element?.closest("dialog, [data-progress]") ?? element)?.querySelector?.("[data-trouble]");

document.body.addEventListener("htmx:beforeRequest", (event) => troubleOf(event.detail.elt)?.replaceChildren());

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, elt } = event.detail;
  if (xhr.status < 400) return;
  const html = xhr.getResponseHeader("Content-Type")?.startsWith("text/html");
  if (!html) {
    event.detail.shouldSwap = false;
    say(elt, "not_saved");
    return;
  }
  const place = troubleOf(elt);
  if (place) event.detail.target = place;
});

for (const broken of ["htmx:sendError", "htmx:timeout"]) document.body.addEventListener(broken, (event) => say(event.detail.elt, "offline"));

/** Red, where it is seen; the words stand on the page. */
function say(element, word) {
  const message = document.createElement("div");
  message.className = "message message-wrong";
  message.setAttribute("role", "alert");
  message.textContent = wordOf(word);
  (troubleOf(element) ?? document.getElementById("messages")).append(message);
}
