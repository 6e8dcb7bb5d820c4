/** What a page shows of a certificate, read from its DER. Nothing here judges it: that is the server's. */

import { AgentNonsense, plain } from "./errors.js";

const COMMON_NAME = "55 04 03";
const SEQUENCE = 0x30;
const SET = 0x31;
const VERSION = 0xa0;
const UTC_TIME = 0x17;

export function toBase64(bytes) {
  let text = "";
  for (let from = 0; from < bytes.length; from += 0x8000) text += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
  return btoa(text);
}

/** Throws AgentNonsense for what is not base64. */
export function fromBase64(text) {
  try {
    if (typeof text !== "string") throw new TypeError();
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new AgentNonsense({ what: "base64" });
  }
}

/** One certificate of the agent's answer. Throws AgentNonsense when a field is not what version 1 says. */
export function certificateOf(told) {
  const texts = ["fingerprint", "token_serial", "token_label", "reason", "pin_tries"];
  if (!texts.every((name) => typeof told?.[name] === "string") || typeof told.usable !== "boolean" || !Array.isArray(told.chain)) {
    throw new AgentNonsense({ what: "certificate" });
  }
  const der = fromBase64(told.der);
  return Object.freeze({
    fingerprint: plain(told.fingerprint),
    der,
    chain: told.chain.map(fromBase64),
    tokenSerial: plain(told.token_serial),
    tokenLabel: plain(told.token_label),
    usable: told.usable,
    reason: plain(told.reason),
    pinTries: plain(told.pin_tries),
    ...shownOf(der),
  });
}

/** {owner, issuer, starts, ends}: common names and dates; empty and null where they cannot be read. */
function shownOf(der) {
  try {
    const fields = children(children(read(der, 0))[0]).filter((one) => one.tag !== VERSION);
    const [, , issuer, validity, subject] = fields;
    const [starts, ends] = children(validity).map(dateOf);
    return { owner: commonName(subject), issuer: commonName(issuer), starts, ends };
  } catch {
    return { owner: "", issuer: "", starts: null, ends: null };
  }
}

function read(bytes, at) {
  const tag = bytes[at];
  let length = bytes[at + 1];
  let body = at + 2;
  if (length > 0x80) {
    const long = length - 0x80;
    length = 0;
    for (let n = 0; n < long; n += 1) length = length * 256 + bytes[body + n];
    body += long;
  }
  const end = body + length;
  if (!(end <= bytes.length)) throw new RangeError("DER");
  return { tag, value: bytes.subarray(body, end), end };
}

function children({ tag, value }) {
  if (tag !== SEQUENCE && tag !== SET) throw new RangeError("DER");
  const found = [];
  for (let at = 0; at < value.length; at = found.at(-1).end) found.push(read(value, at));
  return found;
}

function commonName(name) {
  for (const part of children(name).flatMap(children)) {
    const [kind, text] = children(part);
    const oid = [...kind.value].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    if (oid === COMMON_NAME) return plain(new TextDecoder(text.tag === 0x1e ? "utf-16be" : "utf-8").decode(text.value));
  }
  return "";
}

function dateOf({ tag, value }) {
  const digits = new TextDecoder().decode(value);
  const full = tag === UTC_TIME ? (digits.slice(0, 2) < "50" ? "20" : "19") + digits : digits;
  const [year, month, day, hour, minute, second] = full.match(/^(\d{4})(..)(..)(..)(..)(..)Z$/).slice(1).map(Number);
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}
