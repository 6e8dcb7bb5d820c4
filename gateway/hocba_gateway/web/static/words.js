// The words that scripts say stand on the page, in its language: <template id="agent-words"> with [data-word].

/** wordOf("found", { owner }): facts stand in the text as [owner]; "" for no word. */
export function wordOf(name, facts = {}) {
  const text = document.getElementById("agent-words").content.querySelector(`[data-word="${name}"]`)?.textContent ?? "";
  return text.replace(/\[(\w+)\]/g, (_, fact) => String(facts[fact] ?? ""));
}
