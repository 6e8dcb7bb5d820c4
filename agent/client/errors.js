/** Every way in which it can go wrong, each a class with a name; `code` is the agent's own word for it. */

const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;
const LONGEST = 300;

/** What another program says, fit to be shown as text (never as HTML): no control or direction characters, cut. */
export function plain(value) {
  return typeof value === "string" ? value.replace(HARMFUL, " ").trim().slice(0, LONGEST) : "";
}

/**
 * Root of all errors here. `message` is Vietnamese and for a person; `code` and `facts` are for programs.
 * `again`: "person" (may try again, knowing what happened), "later" (the same call may go again), "never".
 */
export class AgentError extends Error {
  static code = "error";
  static again = "person";
  static text = "Chương trình ký gặp lỗi. Hãy thử lại; nếu vẫn lỗi, hãy báo người quản trị.";

  constructor(facts = {}, text = "", again = "") {
    super(text || new.target.text.replace(/\{(\w+)\}/g, (_, name) => plain(String(facts[name] ?? "…"))));
    this.name = new.target.name;
    this.code = new.target.code;
    this.facts = facts;
    this.again = again || new.target.again;
  }
}

// --- no agent to speak to: each needs another thing to be done ------------------------------------------------

/** Nothing answers on any port: not installed, or not running. */
export class AgentNotInstalled extends AgentError {
  static code = "agent_missing";
  static text = "Không thấy chương trình ký trên máy này. Hãy cài hoặc mở chương trình ký, rồi thử lại.";
}

/** It answered before and is gone: closed, killed, updated. Connect again, then `job.resume(agent)`. */
export class AgentGone extends AgentError {
  static code = "agent_missing";
  static text = "Chương trình ký đã đóng giữa chừng. Hãy mở lại chương trình ký, rồi ký tiếp; các mục đã ký vẫn giữ.";
}

/** facts.why: denied | frame (with attribute, for the iframe's allow) | insecure (page is not https) | csp. */
export class BrowserBlocks extends AgentError {
  static code = "browser_blocks";
  static text = "Trình duyệt không cho trang này dùng chương trình ký trên máy.";
  static texts = {
    denied:
      "Trình duyệt đang chặn trang này kết nối với chương trình ký. Hãy bấm biểu tượng bên trái ô địa chỉ, " +
      "cho phép “Ứng dụng và dịch vụ trên thiết bị này”, rồi thử lại.",
    frame:
      'Trang này nằm trong khung của trang khác, và khung thiếu thuộc tính allow="{attribute}". ' +
      "Hãy báo người làm trang web.",
    insecure: "Trang này không mở bằng https nên trình duyệt có thể chặn chương trình ký. Hãy mở trang bằng https.",
    csp: "Chính sách nội dung (CSP, connect-src) của trang này chặn chương trình ký. Hãy báo người làm trang web.",
  };

  constructor(facts = {}) {
    super(facts, (BrowserBlocks.texts[facts.why] ?? "").replace("{attribute}", facts.attribute ?? ""));
  }
}

/** The person said no to this site in the agent's window. */
export class UserRefused extends AgentError {
  static code = "consent_refused";
  static text = "Bạn đã không cho phép trang web này dùng chương trình ký.";
}

/** A program answers on a port and lets this site read nothing: an agent that does not know the site, most likely. */
export class SiteRefused extends AgentError {
  static code = "site_refused";
  static text = "Chương trình ký trên máy này không nhận trang {site}. Hãy nhờ người quản trị thêm trang này vào chương trình ký.";
}

/** An agent that knows this site and did not let it in: too many tabs hold it, or it is another user's of this PC. */
export class AgentRefuses extends AgentError {
  static code = "agent_refuses";
  static text = "Chương trình ký không nhận thêm kết nối. Hãy đóng bớt các trang đang dùng nó, hoặc đăng xuất người dùng khác của máy.";
}

/** What answers on the port is not an agent, or not a sound one. */
export class AgentNonsense extends AgentError {
  static code = "agent_nonsense";
  static text = "Chương trình trả lời ở cổng của chương trình ký nói điều không hiểu được. Hãy báo người quản trị.";
}

/** facts: asked, oldest, newest (protocol versions). Thrown as one of the two below. */
export class VersionUnsupported extends AgentError {
  static code = "version_unsupported";
}
export class AgentTooOld extends VersionUnsupported {
  static text = "Chương trình ký trên máy này quá cũ (phiên bản {newest}, trang cần {asked}). Hãy cài bản mới.";
}
export class AgentTooNew extends VersionUnsupported {
  static text = "Chương trình ký mới hơn trang này (từ phiên bản {oldest}, trang dùng {asked}). Hãy tải lại trang; nếu vẫn lỗi, hãy báo người làm trang web.";
}

// --- what the agent answers: its own words come with it ---------------------------------------------------------

/** A mistake of the page. facts: field, expected. */
export class BadInput extends AgentError {
  static code = "bad_input";
  static again = "never";
  static text = "Trang web gửi dữ liệu sai ({field}). Hãy báo người làm trang web.";
}
export class ForbiddenField extends BadInput {
  static code = "forbidden_field";
}
export class NotApproved extends AgentError {
  static code = "not_approved";
}
/** facts.with: window | token | requests. Answer the open window, or wait. */
export class AgentBusy extends AgentError {
  static code = "agent_busy";
}
/** The job was stopped. facts: signed, of. */
export class Cancelled extends AgentError {
  static code = "cancelled";
}
/** The person pressed Cancel in the PIN window. */
export class Rejected extends AgentError {
  static code = "rejected";
}
/** Nobody answered a window in time. */
export class Lapsed extends AgentError {
  static code = "lapsed";
}
/** facts.kind: certificate | job. */
export class NotFound extends AgentError {
  static code = "not_found";
}
/** facts: state, needs. */
export class Conflict extends AgentError {
  static code = "conflict";
}
/** facts.reason: usage | ended | not_yet | key. */
export class CertificateRefused extends AgentError {
  static code = "certificate_refused";
}
export class TokenMissing extends AgentError {
  static code = "token_missing";
}
/** Put the token back and call `run()` again. */
export class TokenPulled extends AgentError {
  static code = "token_pulled";
}
/** Not the token that this job began with. */
export class OtherToken extends AgentError {
  static code = "other_token";
}
/** facts.tries_left: several | last | unknown. Never try again by yourself. */
export class PinWrong extends AgentError {
  static code = "pin_wrong";
}
export class PinBlocked extends AgentError {
  static code = "pin_blocked";
  static again = "never";
}
/** facts: module, what. */
export class DriverFailed extends AgentError {
  static code = "driver_failed";
}
export class DoesNotVerify extends AgentError {
  static code = "does_not_verify";
  static again = "never";
}
export class OurFault extends AgentError {
  static code = "our_fault";
  static again = "later";
}

/** Code → class, of all that an agent may answer. */
export const ERRORS = Object.freeze(
  Object.fromEntries(
    [
      BadInput, ForbiddenField, VersionUnsupported, NotApproved, UserRefused, AgentBusy, Cancelled, Rejected, Lapsed,
      NotFound, Conflict, CertificateRefused, TokenMissing, TokenPulled, OtherToken, PinWrong, PinBlocked,
      DriverFailed, DoesNotVerify, OurFault,
    ].map((kind) => [kind.code, kind]),
  ),
);

/** The agent's `error` as one of ours. A code that this version does not know is OurFault with facts.code. */
export function errorOf(told) {
  const facts = {};
  for (const [name, value] of Object.entries(told?.facts ?? {})) {
    if (["string", "number", "boolean"].includes(typeof value)) facts[name] = typeof value === "string" ? plain(value) : value;
  }
  const again = ["never", "person", "later"].includes(told?.again) ? told.again : "";
  const code = typeof told?.code === "string" ? told.code : "";
  if (code === VersionUnsupported.code) return versionError(facts);
  if (!Object.hasOwn(ERRORS, code)) return new OurFault({ ...facts, code: plain(code) }, plain(told?.text), again);
  return new ERRORS[code](facts, plain(told.text), again);
}

/** Who has to be updated is seen from the versions; our words then, for the agent cannot know of newer pages. */
export function versionError(facts) {
  return facts.asked > facts.newest ? new AgentTooOld(facts) : new AgentTooNew(facts);
}
