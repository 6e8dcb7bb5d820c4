/** What a page has declared to be signed, and the values that came. */

import { fromBase64, toBase64 } from "./certificate.js";
import { AgentNonsense, BadInput, Cancelled, Conflict } from "./errors.js";
import { Stream } from "./stream.js";

const DIGEST_BYTES = 32;

/** Made by `agent.sign()`. `for await (const {id, value} of job)` is the same as over `job.run()`. */
export class Job {
  #agent;
  #certificate;
  #title;
  #items;
  #onPin;
  /** The agent's name for it; null until declared, and after the connection is lost. */
  #declared = null;
  #running = false;
  /** `cancel` or `close` was called since the last `run` began. */
  #stopped = false;
  #untold = [];
  /** Item → raw signature value, all that came so far. */
  values = new Map();

  constructor(agent, { certificate, title, items, onPin = () => undefined }) {
    this.#agent = agent;
    this.#certificate = typeof certificate === "string" ? certificate : certificate?.fingerprint;
    this.#title = title;
    this.#onPin = onPin;
    this.#items = Array.from(items ?? [], (item, number) => ({
      id: item.id,
      title: item.title,
      digest: toBase64(bytesOf(item.digest, `items[${number}].digest`)),
    }));
    if (this.#items.length === 0) throw new BadInput({ field: "items", expected: "at least one" });
  }

  /** How many there are in all. */
  get total() {
    return this.#items.length;
  }

  /** How many have a value. */
  get signed() {
    return this.values.size;
  }

  /** Ids that have no value yet. */
  get missing() {
    return this.#left().map((item) => item.id);
  }

  get running() {
    return this.#running;
  }

  [Symbol.asyncIterator]() {
    return this.run();
  }

  /**
   * Has what is missing signed: the PIN window, then {id, value} for each item. Call it again after an error that a
   * person can mend (TokenPulled, PinWrong, Rejected, Cancelled …): nothing is signed twice. Who leaves the loop
   * stops the signing. Throws what the agent said; AgentGone: connect again, `resume(agent)`, `run()`.
   */
  async *run() {
    if (this.#running) throw new Conflict({ state: "running", needs: "stopped" }, "Việc ký này đang chạy.");
    this.#running = true;
    this.#stopped = false;
    const heard = new Stream();
    let run = null;
    let over = false;
    const end = (error) => {
      over = true;
      heard.end(error);
    };
    try {
      while (this.#untold.length > 0) yield this.#untold.shift();
      if (this.#left().length === 0) return;
      this.#goOn();
      this.#declared ??= await this.#declare();
      run = this.#agent._call("run", { job: this.#declared }, (event) => this.#hear(event, heard));
      run.then(() => end(), end);
      for await (const _ of heard) while (this.#untold.length > 0) yield this.#untold.shift();
      if (this.#left().length > 0) throw new AgentNonsense({ what: "items without a value" });
    } finally {
      if (run !== null && !over) {
        await this.cancel();
        await run.catch(() => undefined); // the value that was under way is kept
      }
      this.#running = false;
    }
  }

  /** Stops within one signature; `run` throws Cancelled. An open PIN window closes. Harmless when nothing runs. */
  async cancel() {
    this.#stopped = true;
    if (this.#declared !== null && this.#running) await this.#agent._call("cancel", { job: this.#declared }).catch(() => undefined);
  }

  /** After the connection was lost: goes on over another one, with what is missing. */
  resume(agent) {
    if (this.#running) throw new Conflict({ state: "running", needs: "stopped" }, "Việc ký này đang chạy.");
    this.#agent = agent;
    this.#declared = null;
    return this;
  }

  /** Lets the agent forget it, stopped first if it runs. The values stay here. */
  async close() {
    this.#stopped = true;
    const declared = this.#declared;
    this.#declared = null;
    if (declared !== null) await this.#forget(declared);
  }

  #left() {
    return this.#items.filter((item) => !this.values.has(item.id));
  }

  async #declare() {
    const what = { certificate: this.#certificate, hash: "SHA-256", title: this.#title, items: this.#left() };
    const { job } = await this.#agent._call("open", what);
    if (typeof job !== "string") throw new AgentNonsense({ what: "job" });
    // who stopped it meanwhile had no name to stop it by
    if (this.#stopped) await this.#forget(job);
    this.#goOn();
    return job;
  }

  async #forget(job) {
    await this.#agent._call("close", { job }).catch(() => undefined);
  }

  /** Throws Cancelled. */
  #goOn() {
    if (this.#stopped) throw new Cancelled({ signed: this.signed, of: this.total });
  }

  #hear(event, heard) {
    if (event.event === "pin") this.#onPin();
    if (event.event !== "signed") return;
    const id = this.#left().find((item) => item.id === event.item)?.id;
    if (id === undefined) return; // not ours, or a second value: never let it replace the first
    const value = fromBase64(event.value);
    this.values.set(id, value);
    this.#untold.push({ id, value });
    heard.push(id);
  }
}

function bytesOf(digest, field) {
  let bytes = digest instanceof ArrayBuffer ? new Uint8Array(digest) : digest;
  try {
    if (typeof digest === "string") bytes = fromBase64(digest);
  } catch {
    bytes = null; // the page's mistake, not the agent's
  }
  if (!(bytes instanceof Uint8Array) || bytes.length !== DIGEST_BYTES) {
    throw new BadInput({ field, expected: `${DIGEST_BYTES} bytes` });
  }
  return bytes;
}
