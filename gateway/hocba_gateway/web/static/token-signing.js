// A USB token signs: finds the agent and the account's certificate, carries the job, says what went wrong and what to do.
// The page asks for no PIN. Whatever has been stored is never asked for again: a job that broke off is its own rest.

import * as agents from "/static/agent/hocba-agent.js";
import { showAdvice, Trouble } from "./advice.js";
import { valuesWhenFree, whenFree } from "./waiting.js";
import { wordOf } from "./words.js";

const CHUNK = 10;
const CHUNK_MILLIS = 1000;
const TRIES = 5;

let agent = null;
let looking = null;
/** The newest list of what is plugged in. */
let certificates = [];
let running = null;
/** Values that the token made and the gateway has not stored yet: request → item → base64. */
const unsent = new Map();

const section = () => document.querySelector("[data-agent]");
const part = (name) => section()?.querySelector(`[data-agent-${name}]`);

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "signing" || !section()) return;
  if ("run" in section().dataset && agent) go();
  else if (!("run" in section().dataset)) find();
});

document.addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest("[data-agent-find]")) find();
  if (target.closest("[data-agent-go]")) go();
  if (target.closest("[data-agent-stop]")) stop();
  if (target.closest("[data-agent-give-up]")) giveUp();
});

window.addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault(); // the browser asks; what is stored stays stored either way
});

/** Resolves to an agent that this person allows, or to null after saying why there is none. */
async function find() {
  if (looking) return looking;
  looking = look().finally(() => (looking = null));
  return looking;
}

async function look() {
  if (agent) {
    // what is plugged in was told up to a second ago: who just put the token back is not sent away
    if (!own()?.usable) certificates = await agent.certificates().catch(() => certificates);
    return show();
  }
  calm();
  tell("looking");
  try {
    const connect = () => agents.connect({ onPermission: (what) => what === "asking" && tell("asking") });
    const found = await whenFree(connect, wait, stopped);
    agent = found;
    found.closed.then(() => {
      if (agent !== found) return;
      agent = null;
      certificates = [];
      if (section() && !running) advise(new agents.AgentGone());
    });
    await watch(found);
    return show();
  } catch (error) {
    advise(error);
    return null;
  }
}

/** Follows what is plugged in and pulled out; resolves with the first list. */
function watch(which) {
  return new Promise((resolve, reject) => {
    (async () => {
      for await (const told of which.watch()) {
        certificates = told.certificates;
        resolve();
        if (agent !== which || !section() || running || looking) continue;
        if (!("run" in section().dataset)) show();
        else if (own()) tell("back", { owner: own().owner }); // what went wrong stays said until the person goes on
      }
    })().catch((error) => (error instanceof agents.AgentGone ? resolve() : reject(error)));
  });
}

/** The account's own certificate, where it is plugged in. */
function own() {
  return certificates.find((one) => one.fingerprint === section()?.dataset.fingerprint) ?? null;
}

function show() {
  const certificate = own();
  const ok = document.querySelector("[data-agent-ok]");
  calm();
  if (certificate?.usable) {
    tell("found", { owner: certificate.owner });
  } else if (certificate) {
    advise(new agents.CertificateRefused({ reason: certificate.reason }));
  } else if (certificates.length > 0) {
    tell("wrong_token", { wanted: section()?.dataset.owner, plugged: certificates.map((one) => one.owner).join(", ") });
    help("WrongToken");
  } else {
    tell("no_token", { wanted: section()?.dataset.owner });
    help("TokenMissing");
  }
  if (ok) ok.disabled = !certificate?.usable;
  return certificate?.usable ? agent : null;
}

/** Signs what has no value yet, request after request. */
async function go() {
  if (running) return;
  running = { job: null, stopped: false };
  buttons();
  try {
    if (!(await find())) return;
    calm();
    for (const request of section().dataset.requests.split(" ").filter(Boolean)) await carry(request);
    tell("saved");
  } catch (error) {
    advise(error);
  } finally {
    running = null;
    buttons();
  }
}

function stop() {
  if (running === null) return;
  running.stopped = true;
  running.job?.cancel();
}

/** Nobody waits any more: stopped, or the dialog is closed. */
function stopped() {
  return running?.stopped || !section();
}

async function carry(request) {
  await send(request); // what a broken line kept here
  const left = await get(`/yeu-cau/${request}/muc`);
  if (left.length === 0) return;
  if (running.stopped) throw new agents.Cancelled(); // between two requests no job hears it
  const job = agent.sign({ certificate: own(), title: section().dataset.title, items: left, onPin: askPin });
  running.job = job;
  askPin();
  let sent = performance.now();
  try {
    for await (const { id, value } of valuesWhenFree(job, wait, stopped)) {
      hold(request).set(id, agents.toBase64(value));
      tell("signing", { signed: job.signed, total: job.total });
      if (hold(request).size >= CHUNK || performance.now() - sent > CHUNK_MILLIS) {
        await send(request);
        sent = performance.now();
      }
    }
  } finally {
    running.job = null;
    await send(request);
    job.close();
  }
}

function hold(request) {
  if (!unsent.has(request)) unsent.set(request, new Map());
  return unsent.get(request);
}

/** Stores what the token made; a line that is broken for some seconds loses nothing. */
async function send(request) {
  const values = hold(request);
  if (values.size === 0) return;
  for (let tried = 1; ; tried += 1) {
    const answer = await post(`/yeu-cau/${request}/gia-tri`, new URLSearchParams([...values]));
    if (taken(answer)) break;
    if (answer !== null && answer.status < 500) throw await refusal(answer);
    if (tried === TRIES) throw new Trouble(wordOf("not_saved"));
    tell("saving");
    await new Promise((wait) => setTimeout(wait, 500 * 2 ** tried));
  }
  values.clear();
}

function post(address, body) {
  return fetch(address, { method: "POST", headers: headers(), body }).catch(() => null);
}

/** A log-in that has ended is answered with the way to another: nothing was stored then. */
function taken(answer) {
  return answer !== null && answer.ok && !answer.headers.get("HX-Redirect");
}

async function get(address) {
  const answer = await fetch(address, { headers: headers() }).catch(() => null);
  if (answer === null) throw new Trouble(wordOf("offline"));
  if (answer.status === 409) return []; // over by now: signed elsewhere, or given up
  if (!taken(answer)) throw await refusal(answer);
  return answer.json();
}

async function refusal(answer) {
  // the log-in has ended: the page of this press asks for it, and shows what is left to sign
  if (answer.headers.get("HX-Redirect")) location.assign(`/lan-ky/${document.querySelector("[data-progress]").dataset.progress}`);
  const html = answer.headers.get("Content-Type")?.startsWith("text/html") ? await answer.text() : "";
  const said = new DOMParser().parseFromString(html, "text/html").querySelector(".message")?.textContent.replace("×", "").trim();
  return new Trouble(said || wordOf("not_saved"));
}

function headers() {
  return { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
}

async function giveUp() {
  if (running || !confirm(wordOf("give_up_sure"))) return;
  for (const request of section().dataset.requests.split(" ").filter(Boolean)) {
    const answer = await post(`/yeu-cau/${request}/dung`, new URLSearchParams());
    if (taken(answer) || answer?.status === 409) continue; // or over by now
    return advise(answer === null ? new Trouble(wordOf("offline")) : await refusal(answer));
  }
}

// --- what is said -------------------------------------------------------------------------------------------------

function tell(word, facts) {
  const place = part("say");
  const text = wordOf(word, facts);
  if (place && place.textContent !== text) place.textContent = text;
}

function askPin() {
  calm();
  tell("pin");
}

function wait(error) {
  tell("busy");
  help(error.name, error);
}

function advise(error) {
  tell("run" in (section()?.dataset ?? {}) ? "stopped" : ""); // before the press nothing was begun
  if (error instanceof agents.AgentError) help(error.name, error);
  else help("Other", error);
  if (part("find")) part("find").hidden = false;
  const ok = document.querySelector("[data-agent-ok]");
  if (ok) ok.disabled = true;
}

function help(name, error = null) {
  showAdvice(part("trouble"), name, error);
}

function calm() {
  part("trouble")?.replaceChildren();
  if (part("find")) part("find").hidden = true;
}

function buttons() {
  if (part("go")) part("go").hidden = running !== null;
  if (part("give-up")) part("give-up").hidden = running !== null;
  if (part("stop")) part("stop").hidden = running === null;
}
