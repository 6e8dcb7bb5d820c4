// What to do when agent, browser or token say no: words and picture from the page's <template id="agent-advice">.

import { AgentError } from "/static/agent/hocba-agent.js";

/** What went wrong here, with a message for a person, as the agent's own errors have one. */
export class Trouble extends Error {}

/** The piece for an error's name; "Other" for one that nobody foresaw. */
function adviceOf(name, error = null) {
  const all = document.getElementById("agent-advice").content;
  const known = [`${name}-${error?.facts?.why ?? error?.facts?.with}`, name, "Other"].map((one) => all.querySelector(`[data-advice="${one}"]`));
  const shown = known.find(Boolean).cloneNode(true);
  if (error instanceof AgentError || error instanceof Trouble) {
    // what a browser says of a fault is English, and of no use to who reads it
    const text = document.createElement("p");
    text.textContent = error.message; // text only: what an agent says is never HTML
    shown.querySelector("h3").after(text);
  }
  return shown;
}

/** In its place, and left alone where it stands already: what is said again and again is read out once. */
export function showAdvice(place, name, error = null) {
  const advice = adviceOf(name, error);
  if (!place?.firstElementChild?.isEqualNode(advice)) place?.replaceChildren(advice);
}
