/**
 * An agent that is not there, for people who make pages: no token, no program, no question to anybody.
 *
 *     const { connect } = simulator({ pin: ["wrong", "right"], pullAfter: 3 });
 *     const agent = await connect();                       // from here on as with the true one
 *
 * It plays the other end of the wire, so all of the library but finding runs as it does in earnest. Its certificates
 * say that they are made up, and its values are random bytes: no server may accept them.
 */

import { fromBase64, toBase64 } from "./certificate.js";
import { AgentNotInstalled, AgentRefuses, BrowserBlocks, SiteRefused, versionError } from "./errors.js";
import { PORTS, PROTOCOL } from "./finding.js";
import { connect } from "./hocba-agent.js";

const FIND_MILLIS = 50;
const VALUE_BYTES = 256;

const ABSENCES = {
  not_installed: () => new AgentNotInstalled(),
  blocked: () => new BrowserBlocks({ why: "denied" }),
  frame: () => new BrowserBlocks({ why: "frame", attribute: "loopback-network" }),
  insecure: () => new BrowserBlocks({ why: "insecure" }),
  site: () => new SiteRefused({ site: globalThis.origin }),
  full: () => new AgentRefuses({ port: PORTS[0] }),
  too_old: () => versionError({ asked: PROTOCOL, oldest: PROTOCOL - 1, newest: PROTOCOL - 1 }),
  too_new: () => versionError({ asked: PROTOCOL, oldest: PROTOCOL + 1, newest: PROTOCOL + 1 }),
};

/** What the true agent says in these cases; facts are filled in by `fail`. */
const FAULTS = {
  consent_refused: ["person", "Bạn đã không cho phép trang web này dùng chương trình ký."],
  agent_busy: ["person", "Một cửa sổ của chương trình ký đang mở. Hãy trả lời cửa sổ đó trước."],
  lapsed: ["person", "Quá thời gian chờ trả lời trong cửa sổ của chương trình ký."],
  rejected: ["person", "Bạn đã bấm Hủy trong cửa sổ của chương trình ký."],
  pin_wrong: ["person", "Sai mã PIN. Việc ký đã dừng để không mất thêm lượt thử."],
  pin_blocked: ["never", "USB Token đã bị khóa vì nhập sai mã PIN nhiều lần. Hãy liên hệ nhà cung cấp chứng thư số để mở khóa."],
  token_missing: ["person", "Không thấy USB Token. Hãy cắm USB Token rồi thử lại."],
  token_pulled: ["person", "USB Token bị rút ra khi đang ký. Hãy cắm lại rồi ký tiếp; các mục đã ký vẫn giữ."],
  cancelled: ["person", "Đã dừng ký."],
  driver_failed: ["person", "Trình điều khiển của USB Token không trả lời. Hãy rút và cắm lại USB Token."],
  not_found: ["person", "Không tìm thấy chứng thư số này trên USB Token đang cắm. Hãy cắm đúng USB Token."],
  certificate_refused: ["person", "Chứng thư số này không dùng để ký được."],
  bad_input: ["person", "Trang web gửi dữ liệu mà chương trình ký không hiểu."],
};

/** A PIN's answer → the fault; "right" has none. */
const PINS = { wrong: "pin_wrong", blocked: "pin_blocked", cancel: "rejected", silent: "lapsed", driver: "driver_failed", busy: "agent_busy" };
const CONSENTS = { no: "consent_refused", silent: "lapsed", busy: "agent_busy" };

const TOKEN = { token_serial: "MOPHONG0001", token_label: "Token mô phỏng", chain: [], pin_tries: "several" };
/** Made once, self-signed; the key was thrown away. */
export const CERTIFICATES = Object.freeze([
  {
    ...TOKEN,
    fingerprint: "016b368601236418f6cebd58d392cd8eae80456918a074210b3b8a67c6bc5bbb",
    der: "MIIBRjCB7KADAgECAhR6pw4tGGzktN0kk1wRGSNQtBqkfDAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5DQSBtw7QgcGjhu49uZzAeFw0yNDAxMDEwMDAwMDBaFw00OTEyMzEwMDAwMDBaMC0xKzApBgNVBAMMIk5ndXnhu4VuIFRo4buLIE3huqt1IChtw7QgcGjhu49uZykwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATK2VemVoejS6Da1cQ6UvNGHHuyN5AAAvVL7pvytql0HwW70uHDgCa9u7zcWVAyFlzxL41aowR+yLnDJ7Cu7y3RMAoGCCqGSM49BAMCA0kAMEYCIQDmUCuxGCT9bYJOXovdCzrx/vGw0JUe1CUBG8a0XodcPQIhAJdQ6Wwg9ClB1vL6pTlOaujAtVA3wW7yN9Q+pIGjIgOA",
    usable: true,
    reason: "",
  },
  {
    ...TOKEN,
    fingerprint: "49114188e20ea3ea7145d534da4b21b1daf63ddd4ac7df06eec4d803f08defaa",
    der: "MIIBQzCB6aADAgECAhR1YzqrTA8rs6PHheBS3yJx0JYpJDAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5DQSBtw7QgcGjhu49uZzAeFw0yMDAxMDEwMDAwMDBaFw0yMzEyMzEwMDAwMDBaMCoxKDAmBgNVBAMMH1Ry4bqnbiBWxINuIFRo4butIChtw7QgcGjhu49uZykwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATK2VemVoejS6Da1cQ6UvNGHHuyN5AAAvVL7pvytql0HwW70uHDgCa9u7zcWVAyFlzxL41aowR+yLnDJ7Cu7y3RMAoGCCqGSM49BAMCA0kAMEYCIQDMOF5PZ/3Pt8djZgNGEQFYFXSa9dYrEzARw4Pe2PGy2wIhAO+GnD6iFXUSDe7lBFYSHYEJwaZw0AocueOrAU42BlWb",
    usable: false,
    reason: "ended",
  },
]);

/**
 * The plan, all of it optional:
 *   absence    not_installed | blocked | frame | insecure | site | full | too_old | too_new
 *   consent    once | remember | no | silent | busy
 *   pin        what each PIN window gets, the last for ever: right | wrong | blocked | cancel | silent | driver | busy
 *   pullAfter  the token is pulled after so many values, once, and put back after `backAfter` ms (never: null)
 *   delay      ms of one signature;  windowDelay  ms until a window is answered
 *   certificates  as CERTIFICATES
 */
export function simulator(plan = {}) {
  const token = new SimulatedToken({
    consent: "once", pin: ["right"], pullAfter: null, backAfter: 2000, delay: 150, windowDelay: 300,
    certificates: CERTIFICATES, ...plan,
  });
  const through = {
    async find({ signal } = {}) {
      await later(FIND_MILLIS);
      signal?.throwIfAborted();
      if (plan.absence) throw ABSENCES[plan.absence]();
      return { socket: new SimulatedSocket(token), port: PORTS[0] };
    },
  };
  const state = plan.absence === "blocked" ? "denied" : "granted";
  return {
    connect: (options = {}) => connect({ ...options, through }),
    permissionState: async () => state,
    requestPermission: async () => state,
    /** Takes the token out, and puts it in. */
    pull: () => token.set(false),
    plug: () => token.set(true),
  };
}

class SimulatedToken {
  in = true;
  made = 0;
  pins = 0;
  sockets = new Set();

  constructor(plan) {
    this.plan = plan;
  }

  listing() {
    return { certificates: this.in ? this.plan.certificates : [], drivers: [] };
  }

  set(isIn) {
    this.in = isIn;
    for (const socket of this.sockets) if (socket.watching) socket.say({ re: null, event: "tokens", ...this.listing() });
  }

  nextPin() {
    const { pin } = this.plan;
    return pin[Math.min(this.pins++, pin.length - 1)];
  }

  countValue() {
    this.made += 1;
    if (this.made !== this.plan.pullAfter) return;
    this.set(false);
    if (this.plan.backAfter !== null) setTimeout(() => this.set(true), this.plan.backAfter);
  }
}

class SimulatedSocket {
  onmessage = () => undefined;
  onclose = () => undefined;
  watching = false;
  #token;
  #jobs = new Map();
  #commands = {
    hello: () => this.#hello(),
    certificates: () => this.#token.listing(),
    watch: () => this.#watch(),
    open: (fields) => this.#open(fields),
    run: (fields, id) => this.#run(fields, id),
    cancel: ({ job }) => this.#stop(job),
    close: ({ job }) => (this.#stop(job), this.#jobs.delete(job), {}),
  };

  constructor(token) {
    this.#token = token;
    token.sockets.add(this);
  }

  close() {
    if (this.#token.sockets.delete(this)) queueMicrotask(() => this.onclose());
  }

  async send(text) {
    const { id, do: command, ...fields } = JSON.parse(text);
    try {
      const result = await this.#commands[command](fields, id);
      this.say({ re: id, ok: true, result });
    } catch (fault) {
      if (!fault.code) throw fault;
      this.say({ re: id, ok: false, error: fault });
    }
  }

  say(message) {
    const data = JSON.stringify({ v: PROTOCOL, ...message });
    queueMicrotask(() => this.#token.sockets.has(this) && this.onmessage({ data }));
  }

  async #hello() {
    const { consent, windowDelay } = this.#token.plan;
    await later(windowDelay);
    if (CONSENTS[consent]) fail(CONSENTS[consent]);
    return { agent: "mô phỏng", remembered: consent === "remember" };
  }

  #watch() {
    this.watching = true;
    return this.#token.listing();
  }

  #open({ certificate, items }) {
    const held = this.#token.listing().certificates.find((one) => one.fingerprint === certificate);
    if (!held) fail("not_found", { kind: "certificate" });
    if (!held.usable) fail("certificate_refused", { reason: held.reason });
    if (new Set(items.map((item) => item.id)).size < items.length) fail("bad_input", { field: "items.id", expected: "each once" });
    if (new Set(items.map((item) => item.digest)).size < items.length) fail("bad_input", { field: "items.digest", expected: "each once" });
    for (const item of items) fromBase64(item.digest);
    const job = `mp${this.#jobs.size + 1}`;
    this.#jobs.set(job, { left: items.map((item) => item.id), of: items.length, stop: false });
    return { job };
  }

  async #run({ job: name }, id) {
    const job = this.#job(name);
    const { windowDelay, delay } = this.#token.plan;
    const check = () => {
      if (job.stop) fail("cancelled", { signed: job.of - job.left.length, of: job.of });
    };
    job.stop = false;
    if (!this.#token.in) fail("token_missing");
    this.say({ re: id, event: "pin" });
    await later(windowDelay);
    check();
    const fault = PINS[this.#token.nextPin()];
    if (fault) fail(fault, fault === "pin_wrong" ? { tries_left: "several" } : {});
    while (job.left.length > 0) {
      await later(delay);
      check();
      if (!this.#token.in) fail("token_pulled");
      const value = toBase64(crypto.getRandomValues(new Uint8Array(VALUE_BYTES)));
      this.say({ re: id, event: "signed", item: job.left.shift(), value });
      this.#token.countValue();
    }
    return { signed: job.of, of: job.of };
  }

  #stop(job) {
    this.#job(job).stop = true;
    return { running: true };
  }

  #job(name) {
    return this.#jobs.get(name) ?? fail("not_found", { kind: "job" });
  }
}

function fail(code, facts = {}) {
  const [again, text] = FAULTS[code];
  throw { code, again, text, facts };
}

function later(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
