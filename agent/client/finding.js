/** Finds an agent on this PC: all ports at once, by plain GET, then a WebSocket; and says why when there is none. */

import { AgentError, AgentNotInstalled, AgentRefuses, BrowserBlocks, SiteRefused, versionError } from "./errors.js";

export const PROTOCOL = 1;
/** Where an agent may listen, in order of preference. */
export const PORTS = Object.freeze([14741, 18741, 22741, 26741]);

const HOST = "127.0.0.1"; // the literal: "localhost" may be looked up elsewhere, and hosts files are changed
const PATH = "/hocba";
const HEALTH_PATH = "/health";
const TIMEOUT = 1500;
/** Until a page is told that the browser may be asking. */
const ASKING_AFTER = 300;
/** The longest that we wait for a person to answer the browser's question. */
const ASKING_UNTIL = 60_000;
const POLICY_EVENT = 50;
/** Newest first: Chromium 145 split the old permission in two. */
const PERMISSIONS = ["loopback-network", "local-network-access"];

/** "granted", "prompt", "denied"; "unknown" where the browser has no such permission. */
export async function permissionState() {
  return (await permission())?.state ?? "unknown";
}

/**
 * Lets the browser ask its question now. Call it from a click, after telling the person what will be asked.
 * "prompt" stays where there is nothing to ask: for pages of this PC or of the school's own network, and in Chromium
 * with a window also where no program listens.
 */
export async function requestPermission({ ports = PORTS, timeout = TIMEOUT, onPermission, signal } = {}) {
  const over = new AbortController();
  const knocks = Promise.allSettled(ports.map((port) => knock(port, over.signal)));
  await Promise.race([knocks, patience(timeout, onPermission, signal, over.signal).catch(() => undefined)]);
  over.abort();
  signal?.throwIfAborted();
  return permissionState();
}

/**
 * The first agent of the set that lets us in: {socket, port}. Throws AgentNotInstalled, BrowserBlocks, SiteRefused,
 * AgentRefuses, AgentTooOld, AgentTooNew, and what `signal` was aborted with.
 *
 * A port answers in milliseconds. The wait is longer than `timeout` only while the browser may be asking its person,
 * for then the requests stay open; `onPermission` hears "asking", and the answer.
 */
export async function find(looking = {}) {
  const before = await permissionState();
  try {
    return await look(looking);
  } catch (error) {
    // An agent closes a connection on which nothing is said for some seconds, and so it was while the browser asked.
    if (before !== "prompt" || (await permissionState()) !== "granted") throw error;
    return look(looking);
  }
}

async function look({ ports = PORTS, timeout = TIMEOUT, onPermission, signal }) {
  const over = new AbortController();
  const blockedByPage = watchPolicy(over.signal);
  const opened = new Set();
  const attempts = ports.map(async (port) => {
    await askHealth(port, over.signal);
    const socket = await open(port, over.signal);
    if (over.signal.aborted) socket.close();
    else opened.add(socket);
    return { socket, port };
  });
  let found;
  try {
    found = await Promise.race([Promise.any(attempts), patience(timeout, onPermission, signal, over.signal)]);
    return found;
  } catch (error) {
    signal?.throwIfAborted();
    throw await whyNot(ports, error instanceof AggregateError ? error.errors : [], blockedByPage);
  } finally {
    over.abort();
    for (const socket of opened) if (socket !== found?.socket) socket.close();
  }
}

function address(scheme, port, path) {
  return `${scheme}://${HOST}:${port}${path}`;
}

function request(port, how) {
  const options = { credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer", ...how };
  const url = address("http", port, HEALTH_PATH);
  try {
    return new Request(url, { ...options, targetAddressSpace: "loopback" });
  } catch {
    return new Request(url, options); // browsers that know the option under other values
  }
}

async function askHealth(port, signal) {
  const answer = await fetch(request(port, { mode: "cors", signal }));
  const told = await answer.json();
  const { agent, protocol } = told ?? {};
  if (!answer.ok || agent !== "hocba" || !Number.isInteger(protocol)) throw new TypeError("another program");
  const oldest = Number.isInteger(told.oldest) ? told.oldest : protocol;
  if (protocol < PROTOCOL || oldest > PROTOCOL) throw versionError({ asked: PROTOCOL, oldest, newest: protocol });
}

function open(port, signal) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address("ws", port, PATH));
    socket.onopen = () => resolve(socket);
    socket.onclose = () => reject(new AgentRefuses({ port }));
    signal.addEventListener("abort", () => socket.readyState === WebSocket.CONNECTING && socket.close());
  });
}

/** Resolves when anything at all answers, to any site. */
async function knock(port, signal) {
  await fetch(request(port, { mode: "no-cors", redirect: "follow", signal })); // no-cors allows no other redirect
  return port;
}

/** Rejects when there is nothing more to wait for. */
async function patience(timeout, onPermission, signal, over) {
  const asked = await permission();
  const wait = (most, changes) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, most);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.aborted ? signal.reason : new Error("over"));
      };
      if (signal?.aborted || over.aborted) return stop();
      signal?.addEventListener("abort", stop, { signal: over });
      over.addEventListener("abort", stop);
      if (changes) asked.addEventListener("change", resolve, { once: true, signal: over });
    });
  if (asked?.state === "prompt" && mayBeAsked()) {
    await wait(ASKING_AFTER);
    onPermission?.("asking");
    await wait(ASKING_UNTIL, true);
    onPermission?.(asked.state);
  }
  await wait(timeout);
  throw new Error("timeout");
}

async function whyNot(ports, errors, blockedByPage) {
  const own = errors.find((error) => error instanceof AgentError);
  if (own) return own;
  // An answer that we may not read still shows that the browser lets us through.
  const answers = await Promise.any(ports.map((port) => knock(port, AbortSignal.timeout(ASKING_AFTER)))).catch(() => null);
  if (answers !== null) return new SiteRefused({ site: globalThis.origin, port: answers });
  await new Promise((done) => setTimeout(done, POLICY_EVENT)); // it comes after the request has failed
  if (blockedByPage()) return new BrowserBlocks({ why: "csp" });
  if (!mayBeAsked()) return new AgentNotInstalled();
  const attribute = missingAttribute();
  if (attribute) return new BrowserBlocks({ why: "frame", attribute });
  if ((await permissionState()) === "denied") return new BrowserBlocks({ why: globalThis.isSecureContext ? "denied" : "insecure" });
  return new AgentNotInstalled();
}

/** Pages of this very PC are never asked. */
function mayBeAsked() {
  return !["127.0.0.1", "localhost", "[::1]"].includes(globalThis.location?.hostname);
}

async function permission() {
  for (const name of PERMISSIONS) {
    try {
      return await navigator.permissions.query({ name });
    } catch {
      // a browser that does not know this one
    }
  }
  return null;
}

/** Of the iframe that we are in: what its allow lacks, or null. Browsers do not tell it by the permission. */
function missingAttribute() {
  const policy = globalThis.document?.permissionsPolicy ?? globalThis.document?.featurePolicy;
  const name = PERMISSIONS.find((one) => policy?.features().includes(one));
  return name && !policy.allowsFeature(name) ? name : null;
}

/** Does the page's own Content-Security-Policy stop us? Only an event tells. */
function watchPolicy(over) {
  let blocked = false;
  globalThis.document?.addEventListener(
    "securitypolicyviolation",
    (event) => {
      blocked ||= new RegExp(`^(http|ws)://${HOST}:`).test(event.blockedURI);
    },
    { signal: over },
  );
  return () => blocked;
}
