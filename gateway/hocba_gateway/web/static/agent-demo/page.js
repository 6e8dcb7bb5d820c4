/** Tries the agent with made-up digests. An example for people who make pages: all that the library needs is here. */

import * as agents from "/static/agent/hocba-agent.js";
import { simulator } from "/static/agent/simulator.js";
import { adviceFor } from "/static/agent-demo/advice.js";

const PLANS = {
  well: {},
  pin: { pin: ["wrong", "right"] },
  pulled: { pullAfter: 5, backAfter: 3000 },
  refused: { consent: "no" },
  not_installed: { absence: "not_installed" },
  blocked: { absence: "blocked" },
  too_old: { absence: "too_old" },
};
const REASONS = {
  ended: "Đã hết hạn",
  not_yet: "Chưa đến ngày có hiệu lực",
  usage: "Không dùng để ký văn bản",
  key: "Loại khóa không được phép",
};

const $ = (id) => document.getElementById(id);
let agent = null;
let chosen = null;
/** The job that stopped before its end, to go on with. */
let job = null;

$("connect").addEventListener("click", find);
$("start").addEventListener("click", sign);
$("stop").addEventListener("click", () => job?.cancel());
$("plan").addEventListener("change", forget);

async function find() {
  agent?.close();
  calm();
  $("connect").disabled = true;
  say("found", "Đang tìm… Nếu cửa sổ của chương trình ký hiện ra, hãy bấm Cho phép ở cửa sổ đó.");
  const { connect } = $("plan").value ? simulator(PLANS[$("plan").value]) : agents;
  const began = performance.now();
  try {
    agent = await connect({ onPermission: tellOfPermission });
    document.body.dataset.millis = String(Math.round(performance.now() - began));
    const real = `Đã thấy chương trình ký, phiên bản ${agent.version}.`;
    say("found", $("plan").value ? "Đang dùng bản mô phỏng: không có gì được ký thật." : real, true);
    agent.closed.then(lost(agent));
    follow(agent);
  } catch (error) {
    $("found").hidden = true;
    $("choose").hidden = $("sign").hidden = true;
    show(error);
  } finally {
    $("connect").disabled = false;
    $("connect").textContent = "Tìm lại";
  }
}

function tellOfPermission(what) {
  if (what === "asking") {
    say("found", "Đang chờ… Nếu trình duyệt hỏi ở góc trên bên trái, hãy bấm Cho phép.");
  }
}

function lost(which) {
  return () => {
    if (agent !== which) return;
    say("found", "Chương trình ký đã đóng. Hãy mở lại chương trình ký rồi bấm “Tìm lại”.");
  };
}

/** Certificates, as tokens come and go. */
async function follow(which) {
  $("choose").hidden = false;
  try {
    for await (const { certificates } of which.watch()) list(certificates);
  } catch (error) {
    if (!(error instanceof agents.AgentGone)) show(error);
  }
}

function list(certificates) {
  const usable = certificates.filter((one) => one.usable);
  chosen = usable.find((one) => one.fingerprint === chosen?.fingerprint) ?? usable[0] ?? null;
  $("none").hidden = certificates.length > 0;
  $("certificates").replaceChildren(...certificates.map(row));
  $("sign").hidden = chosen === null && job === null;
}

function row(certificate) {
  const label = document.createElement("label");
  label.className = "certificate";
  const radio = document.createElement("input");
  radio.type = "radio";
  radio.name = "certificate";
  radio.disabled = !certificate.usable;
  radio.checked = certificate === chosen;
  radio.addEventListener("change", () => (chosen = certificate));
  const words = document.createElement("div");
  words.append(
    line("b", certificate.owner || certificate.fingerprint),
    line("span", `Cấp bởi ${certificate.issuer || "không rõ"}`),
    line("span", `${certificate.tokenLabel}, hết hạn ngày ${certificate.ends?.toLocaleDateString("vi-VN") ?? "không rõ"}`),
  );
  if (!certificate.usable) words.append(line("span", `${REASONS[certificate.reason] ?? "Không dùng để ký được"}: không chọn được`, "bad"));
  label.append(radio, words);
  return label;
}

/** Text only: what a certificate or an agent says is never HTML. */
function line(tag, text, kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = kind;
  return made;
}

async function sign() {
  calm();
  job = job === null ? newJob() : job.resume(agent);
  busy(true);
  tellProgress("Hãy nhập mã PIN ở cửa sổ của chương trình ký.");
  try {
    for await (const _ of job) tellProgress(`Đã ký ${job.signed} trên ${job.total} mục.`);
    tellProgress(`Xong: đã ký đủ ${job.total} mục.`, true);
    await job.close();
    job = null;
  } catch (error) {
    tellProgress(`Đã ký ${job.signed} trên ${job.total} mục. Còn ${job.missing.length} mục, bấm “Ký tiếp” để ký nốt.`);
    show(error);
  } finally {
    busy(false);
  }
}

function newJob() {
  const count = Math.min(Math.max(Number($("count").value) || 1, 1), agents.MAX_ITEMS);
  const items = Array.from({ length: count }, (_, number) => ({
    id: `thu-${number + 1}`,
    title: `Mục thử số ${number + 1}`,
    digest: crypto.getRandomValues(new Uint8Array(32)),
  }));
  return agent.sign({ certificate: chosen, title: `Ký thử ${count} mục`, items });
}

function tellProgress(text, done = false) {
  $("bar").hidden = false;
  $("bar").max = job.total;
  $("bar").value = job.signed;
  say("progress", text, done);
}

function busy(is) {
  $("start").hidden = is;
  $("stop").hidden = !is;
  $("start").textContent = job === null ? "Ký" : "Ký tiếp";
  $("count").disabled = is || job !== null;
}

function say(id, text, good = false) {
  $(id).textContent = text;
  $(id).className = good ? "state good" : "state";
  $(id).hidden = false;
}

function show(error) {
  const { title, steps } = adviceFor(error);
  $("trouble-title").textContent = title;
  $("trouble-text").textContent = error.message;
  $("trouble-steps").replaceChildren(...steps.map((step) => line("li", step)));
  $("trouble-code").textContent = `Mã lỗi: ${error.code ?? error.name}`;
  $("trouble").hidden = false;
  $("trouble").scrollIntoView({ block: "nearest" });
}

function calm() {
  $("trouble").hidden = true;
}

/** Another end of the wire: what was there is gone. */
function forget() {
  agent?.close();
  agent = job = chosen = null;
  calm();
  for (const id of ["choose", "sign", "found", "bar", "progress"]) $(id).hidden = true;
  $("connect").textContent = "Tìm chương trình ký";
  busy(false);
}
