// Registers a USB token: the agent lists certificates, its own window asks for the PIN, it signs one challenge.

import * as agents from "/static/agent/hocba-agent.js";
import { showAdvice, Trouble } from "./advice.js";
import { valuesWhenFree, whenFree } from "./waiting.js";
import { wordOf } from "./words.js";

const $ = (id) => document.getElementById(id);
const page = $("token");
const words = page.dataset;
let agent = null;
let chosen = null;
let busy = false;

$("token-find").addEventListener("click", find);
$("token-agree").addEventListener("click", agree);
find();

async function find() {
  if (busy) return;
  busy = true;
  calm();
  agent?.close();
  agent = null;
  list([]);
  say(words.finding);
  try {
    const connect = () => agents.connect({ onPermission: (what) => what === "asking" && say(words.asking) });
    const found = await whenFree(connect, wait);
    agent = found;
    calm();
    say("");
    follow(found);
  } catch (error) {
    say("");
    show(error);
  } finally {
    busy = false;
    $("token-find").textContent = words.again;
  }
}

/** Certificates, as tokens come and go. */
async function follow(which) {
  try {
    for await (const { certificates } of which.watch()) {
      if (agent === which) list(certificates, true);
    }
  } catch (error) {
    if (agent === which) show(error);
  }
}

function list(certificates, looked = false) {
  const usable = certificates.filter((one) => one.usable);
  chosen = usable.find((one) => one.fingerprint === chosen?.fingerprint) ?? usable[0] ?? null;
  $("token-certificates").replaceChildren(...certificates.map(card));
  $("token-agree").disabled = chosen === null;
  if (looked) say(certificates.length ? "" : words.none);
}

function card(certificate) {
  const label = line("label", "", `card certificate${certificate.usable ? "" : " certificate-off"}`);
  const body = line("span", "", "card-body");
  const radio = document.createElement("input");
  radio.type = "radio";
  radio.name = "certificate";
  radio.disabled = !certificate.usable;
  radio.checked = certificate === chosen;
  radio.addEventListener("change", () => (chosen = certificate));
  const text = line("span", "", "certificate-words");
  const ends = certificate.ends?.toLocaleDateString("vi-VN") ?? "";
  text.append(line("strong", certificate.owner || certificate.fingerprint), line("span", certificate.issuer), line("span", `${certificate.tokenLabel} · ${ends}`));
  if (!certificate.usable) text.append(line("span", words[certificate.reason] ?? words.other, "bad"));
  body.append(radio, text);
  label.append(body);
  return label;
}

async function agree() {
  if (busy || chosen === null) return;
  busy = true;
  $("token-agree").disabled = true;
  calm();
  try {
    const told = await send(`${words.at}/thu-thach`, new URLSearchParams());
    if (told.headers.get("HX-Redirect")) return location.reload(); // the log-in has ended: asked for, and back here
    const asked = await told.json();
    askPin();
    const items = [{ id: "challenge", title: asked.title, digest: asked.digest }];
    const job = agent.sign({ certificate: chosen, title: asked.title, items, onPin: askPin });
    let value = null;
    for await (const signed of valuesWhenFree(job, wait)) value = signed.value;
    await job.close();
    say(words.sending);
    const body = new URLSearchParams({ challenge: asked.challenge, certificate: agents.toBase64(chosen.der), value: agents.toBase64(value) });
    for (const one of chosen.chain) body.append("chain", agents.toBase64(one));
    const answer = await send(words.at, body);
    location.assign(answer.headers.get("HX-Redirect") ?? location.href);
  } catch (error) {
    say("");
    if (error instanceof Refused) error.show();
    else show(error);
  } finally {
    busy = false;
    $("token-agree").disabled = chosen === null;
  }
}

/** What the gateway said no to: its own words, as every page shows them. */
class Refused extends Error {
  constructor(html) {
    super("refused");
    this.html = html;
  }
  show() {
    const told = new DOMParser().parseFromString(this.html, "text/html").querySelector(".message");
    if (told) $("messages").append(document.adoptNode(told));
  }
}

async function send(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRF": words.csrf, "HX-Request": "true" } }).catch(() => null);
  if (answer === null) throw new Trouble(wordOf("offline"));
  if (!answer.ok) throw new Refused(await answer.text());
  return answer;
}

/** Text only: what a certificate or an agent says is never HTML. */
function line(tag, text, kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function say(text) {
  if ($("token-state").textContent !== text) $("token-state").textContent = text;
}

function askPin() {
  calm();
  say(words.pin);
}

function wait(error) {
  say(words.busy);
  show(error);
}

function show(error) {
  const name = error instanceof agents.AgentError ? error.name : "Other";
  showAdvice($("token-trouble"), name, error);
}

function calm() {
  $("token-trouble").replaceChildren();
}
