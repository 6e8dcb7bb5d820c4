/**
 * hocba-agent: signs with the USB token of whoever sits at the PC, asked by a web page over ws://127.0.0.1.
 *
 *     const agent = await connect();                                   // from a click
 *     const [certificate] = (await agent.certificates()).filter((one) => one.usable);
 *     const job = agent.sign({ certificate, title: "Học bạ lớp 6A", items: [{ id: "1", title: "An", digest }] });
 *     for await (const { id, value } of job) send(id, value);          // raw signature values, as each is made
 *
 * No dependencies, no DOM: nothing that an agent says is ever put into HTML here. Types: hocba-agent.d.ts.
 */

import { certificateOf } from "./certificate.js";
import { AgentError, AgentGone, AgentNonsense, errorOf, plain } from "./errors.js";
import { PORTS, PROTOCOL, find } from "./finding.js";
import { Job } from "./job.js";
import { Stream } from "./stream.js";

export * from "./errors.js";
export { fromBase64, toBase64 } from "./certificate.js";
export { PORTS, PROTOCOL, permissionState, requestPermission } from "./finding.js";
export { Job } from "./job.js";

export const VERSION = "0.1.0";
/** Of one job; declare several for more. */
export const MAX_ITEMS = 200;

/**
 * Finds the agent and asks its person to allow this site (a window of the agent, once or remembered).
 *
 * Call it from a click: the browser may ask its own question first (Local Network Access), and a question out of
 * nowhere is answered with No. `onPermission` hears "asking" and then the answer, so that the page can point at it.
 * Throws what `find` throws, and UserRefused, Lapsed, AgentBusy.
 */
export async function connect({ ports = PORTS, timeout, onPermission, signal, through = { find } } = {}) {
  let left = ports;
  let impostor = null;
  for (;;) {
    const { socket, port } = await through.find({ ports: left, timeout, onPermission, signal }).catch((error) => {
      throw impostor ?? error;
    });
    const agent = new Agent(socket, port);
    try {
      await agent._hello(signal);
      return agent;
    } catch (error) {
      agent.close();
      signal?.throwIfAborted();
      left = left.filter((one) => one !== port);
      if (!(error instanceof AgentNonsense) || left.length === 0) throw error;
      impostor = error; // a program that only looks like an agent: is there a true one behind it?
    }
  }
}

/** A connection to an agent whose person has allowed this site. */
export class Agent {
  #socket;
  #calls = new Map();
  #number = 0;
  /** What ended it; calls made later fail with the same. */
  #gone = null;
  #watchers = new Set();
  #watching = null;
  #tokens = null;
  #tellClosed;
  /** Which port it was found on. */
  port;
  /** The agent's own, as text. */
  version = "";
  /** Did the person let the agent remember this site? */
  remembered = false;
  /** Resolves when the connection is over, whoever ended it. */
  closed = new Promise((resolve) => (this.#tellClosed = resolve));

  constructor(socket, port) {
    this.#socket = socket;
    this.port = port;
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.#end(new AgentGone());
  }

  /** All certificates of all tokens; those with `usable: false` have a `reason`: usage, ended, not_yet, key. */
  async certificates() {
    return (await this.tokens()).certificates;
  }

  /** {certificates, drivers}; `drivers` are those in trouble, each with name and trouble. */
  async tokens() {
    return tokensOf(await this._call("certificates"));
  }

  /** `for await (const {certificates, drivers} of agent.watch())`: now, and whenever a token comes or goes. */
  watch() {
    const stream = new Stream(() => this.#watchers.delete(stream));
    this.#watchers.add(stream);
    if (this.#tokens) stream.push(this.#tokens);
    this.#watching ??= this._call("watch")
      .then((told) => this.#show(tokensOf(told)))
      .catch((error) => {
        this.#watching = null;
        for (const one of this.#watchers) one.end(error);
      });
    return stream;
  }

  /**
   * A job of at most MAX_ITEMS {id, title, digest}: `digest` is SHA-256, 32 bytes or their base64; `title` is what
   * the person reads in the agent's window. Nobody is asked before the job is iterated; `onPin` hears when the
   * agent's window asks for the PIN. Throws BadInput.
   */
  sign({ certificate, title, items, onPin }) {
    return new Job(this, { certificate, title, items, onPin });
  }

  /** Ends the connection and what belongs to it. */
  close() {
    for (const one of this.#watchers) one.end();
    this.#socket.close();
    this.#end(new AgentGone());
  }

  /** For this library. One command; `hear` gets its events. */
  _call(command, fields = {}, hear = () => undefined) {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = `p${(this.#number += 1)}`;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, hear });
      this.#socket.send(JSON.stringify({ v: PROTOCOL, id, do: command, ...fields }));
    });
  }

  /** For this library. */
  async _hello(signal) {
    const stop = () => this.close();
    signal?.addEventListener("abort", stop);
    try {
      const told = await this._call("hello");
      this.version = plain(told.agent);
      this.remembered = told.remembered === true;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  #take(text) {
    try {
      const message = JSON.parse(text);
      if (message?.v !== PROTOCOL) throw new AgentNonsense({ what: "version" });
      if (message.re === null && message.event === "tokens") this.#show(tokensOf(message));
      else if (message.re === null && message.ok === false) throw errorOf(message.error);
      else this.#answer(message);
    } catch (error) {
      this.#socket.close(); // nothing after this can be believed
      this.#end(error instanceof AgentError ? error : new AgentNonsense({ what: "message" }));
    }
  }

  #answer(message) {
    const call = this.#calls.get(message.re);
    if (!call) return;
    if (typeof message.ok !== "boolean") {
      call.hear(message);
      return;
    }
    if (message.ok && (message.result === null || typeof message.result !== "object")) throw new AgentNonsense({ what: "result" });
    this.#calls.delete(message.re);
    if (message.ok) call.resolve(message.result);
    else call.reject(errorOf(message.error));
  }

  #show(tokens) {
    this.#tokens = tokens;
    for (const one of this.#watchers) one.push(tokens);
  }

  #end(error) {
    if (this.#gone) return;
    this.#gone = error;
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
    for (const one of this.#watchers) one.end(error);
    this.#watchers.clear();
    this.#tellClosed();
  }
}

function tokensOf(told) {
  if (!Array.isArray(told.certificates) || !Array.isArray(told.drivers)) throw new AgentNonsense({ what: "certificates" });
  const drivers = told.drivers.map((one) => ({ name: plain(one?.name), trouble: plain(one?.trouble) }));
  return { certificates: told.certificates.map(certificateOf), drivers };
}
