// The words that scripts say stand on the page, in its language: every <template data-words> has some, as [data-word].

/** wordOf("found", { owner }): facts stand in the text as [owner]; "" for no word. */
export function wordOf(name, facts = {}) {
  const places = [...document.querySelectorAll("template[data-words]")];
  const text = places.map((one) => one.content.querySelector(`[data-word="${name}"]`)?.textContent).find(Boolean) ?? "";
  return text.replace(/\[(\w+)\]/g, (_, fact) => String(facts[fact] ?? ""));
}
