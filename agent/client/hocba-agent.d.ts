/** Types of hocba-agent.js. What each thing does is written there. */

export declare const VERSION: string;
export declare const PROTOCOL: 1;
export declare const PORTS: readonly number[];
export declare const MAX_ITEMS: 200;

export type PermissionAnswer = "granted" | "prompt" | "denied" | "unknown";
export type Again = "never" | "person" | "later";
export type Facts = Readonly<Record<string, string | number | boolean>>;

export interface Looking {
  /** Ports to look on; the set that agents use unless given. */
  ports?: readonly number[];
  /** Milliseconds until an agent counts as absent; the browser's own question is not counted. 1500 unless given. */
  timeout?: number;
  /** "asking" when the browser may be asking the person; then the answer. */
  onPermission?: (what: "asking" | PermissionAnswer) => void;
  signal?: AbortSignal;
}

/** Where the other end of the wire comes from: the simulator, instead of this PC's ports. */
export interface Through {
  find(looking: Looking): Promise<{ socket: unknown; port: number }>;
}

export declare function connect(options?: Looking & { through?: Through }): Promise<Agent>;
export declare function permissionState(): Promise<PermissionAnswer>;
export declare function requestPermission(options?: Looking): Promise<PermissionAnswer>;
export declare function toBase64(bytes: Uint8Array): string;
export declare function fromBase64(text: string): Uint8Array;
export declare function plain(value: unknown): string;

export interface Certificate {
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly fingerprint: string;
  readonly der: Uint8Array;
  /** CA certificates found on the same token, in no order. */
  readonly chain: readonly Uint8Array[];
  readonly tokenSerial: string;
  readonly tokenLabel: string;
  readonly usable: boolean;
  readonly reason: "" | "usage" | "ended" | "not_yet" | "key" | (string & {});
  readonly pinTries: "several" | "last" | "blocked" | (string & {});
  /** Common names and dates, for showing; a server reads the DER. */
  readonly owner: string;
  readonly issuer: string;
  readonly starts: Date | null;
  readonly ends: Date | null;
}

export interface Tokens {
  readonly certificates: readonly Certificate[];
  /** Those in trouble. */
  readonly drivers: readonly { readonly name: string; readonly trouble: string }[];
}

export interface Item {
  /** 1 to 64 of A–Z a–z 0–9 . _ : - , each once in a job. */
  id: string;
  /** What the person reads; at most 120 characters. */
  title: string;
  /** SHA-256: 32 bytes, or their base64; each once in a job. */
  digest: Uint8Array | ArrayBuffer | string;
}

export interface Order {
  certificate: Certificate | string;
  title: string;
  items: Iterable<Item>;
  /** Hears when the agent's window asks for the PIN, at each run. */
  onPin?: () => void;
}

export interface Signed {
  readonly id: string;
  /** The raw signature value: RSA PKCS#1 v1.5, or r and s in DER. */
  readonly value: Uint8Array;
}

export declare class Agent {
  private constructor();
  readonly port: number;
  readonly version: string;
  readonly remembered: boolean;
  readonly closed: Promise<void>;
  certificates(): Promise<readonly Certificate[]>;
  tokens(): Promise<Tokens>;
  watch(): AsyncIterableIterator<Tokens>;
  sign(order: Order): Job;
  close(): void;
}

export declare class Job implements AsyncIterable<Signed> {
  private constructor();
  readonly values: ReadonlyMap<string, Uint8Array>;
  readonly total: number;
  readonly signed: number;
  readonly missing: readonly string[];
  readonly running: boolean;
  run(): AsyncGenerator<Signed, void, void>;
  [Symbol.asyncIterator](): AsyncGenerator<Signed, void, void>;
  cancel(): Promise<void>;
  resume(agent: Agent): this;
  close(): Promise<void>;
}

export declare class AgentError extends Error {
  static readonly code: string;
  static readonly again: Again;
  static readonly text: string;
  constructor(facts?: Facts, text?: string, again?: Again | "");
  readonly code: string;
  readonly facts: Facts;
  readonly again: Again;
}

export declare class AgentNotInstalled extends AgentError {}
export declare class AgentGone extends AgentError {}
export declare class BrowserBlocks extends AgentError {
  static readonly texts: Readonly<Record<"denied" | "frame" | "insecure" | "csp", string>>;
  constructor(facts?: Facts);
}
export declare class UserRefused extends AgentError {}
export declare class SiteRefused extends AgentError {}
export declare class AgentRefuses extends AgentError {}
export declare class AgentNonsense extends AgentError {}
export declare class VersionUnsupported extends AgentError {}
export declare class AgentTooOld extends VersionUnsupported {}
export declare class AgentTooNew extends VersionUnsupported {}
export declare class BadInput extends AgentError {}
export declare class ForbiddenField extends BadInput {}
export declare class NotApproved extends AgentError {}
export declare class AgentBusy extends AgentError {}
export declare class Cancelled extends AgentError {}
export declare class Rejected extends AgentError {}
export declare class Lapsed extends AgentError {}
export declare class NotFound extends AgentError {}
export declare class Conflict extends AgentError {}
export declare class CertificateRefused extends AgentError {}
export declare class TokenMissing extends AgentError {}
export declare class TokenPulled extends AgentError {}
export declare class OtherToken extends AgentError {}
export declare class PinWrong extends AgentError {}
export declare class PinBlocked extends AgentError {}
export declare class DriverFailed extends AgentError {}
export declare class DoesNotVerify extends AgentError {}
export declare class OurFault extends AgentError {}

/** Code → class, of all that an agent may answer. */
export declare const ERRORS: Readonly<Record<string, new (facts?: Facts, text?: string, again?: Again | "") => AgentError>>;
export declare function errorOf(told: unknown): AgentError;
export declare function versionError(facts: Facts): VersionUnsupported;
