"""Signing from a page: values that others verify, errors with names, going on where it stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import load_der_x509_certificate
from hocba_agent.connection import WATCH_EVERY
from hocba_agent.testing.running import RunningAgent, until
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_core.agent_protocol import from_base64
from hocba_core.testing.pki import Identity

OPENED = """
async ([ports, count]) => {
  window.agent = await agents.connect({ ports });
  const [certificate] = await agent.certificates();
  window.job = agent.sign({ certificate, title: "Học bạ lớp 6A", items: items(count) });
  return agents.toBase64(certificate.der);
}
"""


async def opened(page: Any, agent: RunningAgent, count: int) -> None:
    """From here on the page has `agent` and `job`."""
    await page.evaluate(OPENED, [[agent.port], count])


async def result(page: Any) -> Mapping[str, Any]:
    """Of running the job: its error or nothing, and what is signed."""
    error = await page.evaluate("caught(sign(job))")
    state: dict[str, Any] = await page.evaluate("({ signed: job.signed, total: job.total, missing: job.missing })")
    return {**state, "error": error and error["name"], "facts": error and error["facts"]}


async def verified(page: Any, owner: Identity, numbers: Sequence[int]) -> bool:
    """Each value is RSA PKCS#1 v1.5 of its own digest, says a library that is not ours."""
    values = await page.evaluate("values")
    assert sorted(values) == sorted(f"i{number}" for number in numbers)
    key = load_der_x509_certificate(owner.certificate).public_key()
    for number in numbers:
        digest = bytes((number & 255, number >> 8)) + b"i" * 30
        value = from_base64(values[f"i{number}"], "value")
        key.verify(value, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))  # type: ignore[union-attr, call-arg, arg-type]
    return True


@pytest.mark.feature("G1")
@pytest.mark.feature("G5")
@pytest.mark.feature("G9")
async def test_a_page_has_a_class_signed_with_one_pin(page, agent: RunningAgent, tokens: Tokens, owner: Identity):
    der = await page.evaluate(OPENED, [[agent.port], 45])
    assert from_base64(der, "der") == owner.certificate
    assert await result(page) == {"signed": 45, "total": 45, "missing": [], "error": None, "facts": None}
    assert await verified(page, owner, range(1, 46))
    assert len(tokens.calls("login")) == 1
    assert [one["program"] for one in agent.asked("consent")] == ["chromium"]
    question = agent.asked("pin")[0]
    assert (question["title"], len(question["titles"])) == ("Học bạ lớp 6A", 45)
    assert await result(page) == {"signed": 45, "total": 45, "missing": [], "error": None, "facts": None}
    assert len(agent.asked("pin")) == 1


@pytest.mark.feature("G5")
@pytest.mark.threat("D5")
async def test_a_wrong_pin_is_named_and_the_job_goes_on(page, agent: RunningAgent, owner: Identity):
    agent.answers(consent=["once"], pin=["0000-0000", None, PIN])
    await opened(page, agent, 3)
    first = await result(page)
    assert (first["error"], first["signed"]) == ("PinWrong", 0)
    assert (await result(page))["error"] == "Rejected"
    assert (await result(page))["error"] is None
    assert await verified(page, owner, range(1, 4))


@pytest.mark.feature("G5")
async def test_a_token_that_was_pulled_goes_on_where_it_stopped(page, agent, tokens: Tokens, owner: Identity):
    tokens.tell("pull_after", 10)
    await opened(page, agent, 45)
    stopped = await result(page)
    assert (stopped["error"], stopped["signed"], len(stopped["missing"])) == ("TokenPulled", 10, 35)
    assert (await result(page))["error"] == "TokenMissing"
    tokens.untell("removed")
    assert (await result(page))["error"] is None
    assert await verified(page, owner, range(1, 46))
    assert [len(question["titles"]) for question in agent.asked("pin")] == [45, 35]


@pytest.mark.feature("G5")
@pytest.mark.threat("E11")
async def test_a_page_cancels_and_goes_on(page, agent, tokens: Tokens, owner: Identity):
    tokens.tell("slow", 30)
    await opened(page, agent, 20)
    error = await page.evaluate(
        """async () => {
          const running = caught(sign(job));
          while (job.signed < 5) await new Promise((done) => setTimeout(done, 5));
          const second = await caught(job.run().next());
          await job.cancel();
          return [second.name, (await running).name, job.running];
        }"""
    )
    assert error == ["Conflict", "Cancelled", False]
    assert 5 <= await page.evaluate("job.signed") < 20
    assert (await result(page))["error"] is None
    assert await verified(page, owner, range(1, 21))
    assert len(tokens.calls("login")) == 2


@pytest.mark.feature("G5")
@pytest.mark.threat("E11")
@pytest.mark.parametrize("stop", ["cancel", "close"])
async def test_a_stop_while_the_job_is_being_declared_is_heard(
    page, agent: RunningAgent, tokens: Tokens, owner: Identity, stop: str
):
    tokens.tell("slow_list", 100)
    await opened(page, agent, 3)
    error = await page.evaluate(
        """async (stop) => {
          const running = caught(sign(job));
          await job[stop]();
          return [(await running).name, job.running, job.missing.length];
        }""",
        stop,
    )
    assert error == ["Cancelled", False, 3]
    assert not agent.asked("pin") and not tokens.calls("login")
    assert (await result(page))["error"] is None
    assert await verified(page, owner, range(1, 4))


@pytest.mark.feature("G5")
async def test_a_stop_while_the_page_handles_earlier_values_is_heard(page, agent: RunningAgent, tokens: Tokens):
    """Values that came while nobody listened are given out before anything new is signed."""
    tokens.tell("pull_after", 2)
    await opened(page, agent, 4)
    error = await page.evaluate(
        """async () => {
          const first = job.run();
          await first.next();                                   // the second value comes while the page is busy
          while (job.signed < 2) await new Promise((done) => setTimeout(done, 5));
          await first.return();
          const again = job.run();
          const told = (await again.next()).value.id;
          await job.cancel();
          return [told, (await caught(again.next())).name, job.signed];
        }"""
    )
    assert error == ["i2", "Cancelled", 2]
    assert len(agent.asked("pin")) == 1


@pytest.mark.feature("G5")
async def test_a_cancel_after_the_last_value_takes_nothing_back(page, agent: RunningAgent, owner: Identity):
    await opened(page, agent, 3)
    assert (await result(page))["error"] is None
    await page.evaluate("job.cancel()")
    assert await result(page) == {"signed": 3, "total": 3, "missing": [], "error": None, "facts": None}
    assert await verified(page, owner, range(1, 4))


@pytest.mark.feature("G5")
@pytest.mark.threat("C6")
async def test_a_pin_window_closes_with_the_tab_that_asked_for_it(
    page, start_agent, tokens: Tokens, owner: Identity, sites
):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=[sites.origin()], pin=[False])
    await opened(page, agent, 2)
    await page.evaluate("window.running = caught(sign(job)); undefined")
    await until(lambda: bool(agent.asked("pin")))
    assert agent.windows()
    await page.close()
    await until(lambda: not agent.windows())
    assert not tokens.calls("login")


@pytest.mark.feature("G5")
async def test_who_leaves_the_loop_stops_the_signing_and_loses_no_value(page, agent, tokens: Tokens, owner: Identity):
    tokens.tell("slow", 30)
    await opened(page, agent, 20)
    signed = await page.evaluate(
        """async () => {
          for await (const { id, value } of job) {
            values[id] = agents.toBase64(value);
            if (job.signed >= 3) break;
          }
          return [job.signed, job.running];
        }"""
    )
    assert 3 <= signed[0] < 20
    assert signed[1] is False
    assert (await result(page))["error"] is None
    assert await verified(page, owner, range(1, 21))
    assert await page.evaluate("job.close().then(() => job.values.size)") == 20


@pytest.mark.threat("H13")
@pytest.mark.feature("G5")
async def test_an_agent_killed_in_the_middle_is_asked_only_for_what_is_missing(
    page, start_agent, tokens: Tokens, owner: Identity, sites
):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=[sites.origin()])
    tokens.tell("slow", 30)
    await opened(page, agent, 50)
    await page.evaluate("window.running = caught(sign(job)); undefined")
    await page.wait_for_function("job.signed >= 10")
    os.kill(agent.pid, signal.SIGKILL)
    error = await page.evaluate("running")
    assert (error["name"], error["code"]) == ("AgentGone", "agent_missing")
    signed = await page.evaluate("job.signed")
    assert 10 <= signed < 50
    assert (await result(page))["error"] == "AgentGone"
    assert (await page.evaluate("ports => caught(agents.connect({ ports }))", [agent.port]))[
        "name"
    ] == "AgentNotInstalled"

    again = await start_agent(sites=[sites.origin()])
    asked = len(again.asked("pin"))
    await page.evaluate("async (ports) => { job.resume(await agents.connect({ ports })); }", [again.port])
    assert (await result(page))["error"] is None
    assert await verified(page, owner, range(1, 51))
    questions = again.asked("pin")[asked:]
    assert [len(question["titles"]) for question in questions] == [50 - signed]
    assert questions[0]["titles"][0] == f"Mục i{signed + 1}"
    assert len(again.asked("consent")) == 2


@pytest.mark.feature("G6")
async def test_a_page_hears_of_tokens_that_come_and_go(page, agent, tokens: Tokens):
    heard = await page.evaluate(
        """async (ports) => {
          window.agent = await agents.connect({ ports });
          window.heard = [];
          const tell = async () => {
            for await (const { certificates } of agent.watch()) heard.push(certificates.length);
          };
          window.told = Promise.all([tell(), tell()]);
          return (await agent.watch().next()).value.certificates[0].owner;
        }""",
        [agent.port],
    )
    assert heard == "Nguyễn Thị Ánh"
    tokens.tell("removed")
    await page.wait_for_function("heard.filter((count) => count === 0).length === 2")
    tokens.untell("removed")
    await page.wait_for_function("heard.length === 6 && heard.at(-1) === 1")
    await page.evaluate("agent.close(); Promise.all([told, agent.closed]).then(() => undefined)")
    assert (await page.evaluate("caught(agent.certificates())"))["name"] == "AgentGone"


@pytest.mark.feature("G6")
async def test_a_page_that_was_not_approved_hears_nothing(page, start_agent, tokens: Tokens, owner, sites):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=[sites.origin()], consent=[False])
    await page.evaluate(
        """(port) => {
          window.said = [];
          const socket = new WebSocket(`ws://127.0.0.1:${port}/hocba`);
          socket.onmessage = ({ data }) => said.push(JSON.parse(data));
          const ask = (command) => socket.send(JSON.stringify({ v: 1, id: command, do: command }));
          socket.onopen = () => ["watch", "certificates"].forEach(ask);
        }""",
        agent.port,
    )
    await page.wait_for_function("said.length === 2")
    tokens.tell("removed")
    await asyncio.sleep(2 * WATCH_EVERY)
    assert [said["error"]["code"] for said in await page.evaluate("said")] == ["not_approved", "not_approved"]


@pytest.mark.feature("G9")
async def test_mistakes_of_a_page_are_named_before_anybody_is_asked(page, agent: RunningAgent, tokens: Tokens):
    await opened(page, agent, 1)
    names = await page.evaluate(
        """async () => {
          const [certificate] = await agent.certificates();
          const order = (changed) => ({ certificate, title: "x", items: items(2), ...changed });
          const tried = async (changed) => {
            try {
              for await (const _ of agent.sign(order(changed)));
            } catch (error) { return [error.name, error.facts.field ?? error.facts.kind]; }
          };
          const [one, two] = items(2);
          return [
            await tried({ items: [{ ...one, digest: new Uint8Array(31) }] }),
            await tried({ items: [one, { ...two, digest: "?" }] }),
            await tried({ items: [one, { ...two, digest: one.digest }] }),
            await tried({ items: [one, { ...two, id: "i1" }] }),
            await tried({ items: [] }),
            await tried({ items: items(201) }),
            await tried({ title: "" }),
            await tried({ certificate: "0".repeat(64) }),
            await tried({ certificate: "../x" }),
          ];
        }"""
    )
    assert names == [
        ["BadInput", "items[0].digest"],
        ["BadInput", "items[1].digest"],
        ["BadInput", "items.digest"],
        ["BadInput", "items.id"],
        ["BadInput", "items"],
        ["BadInput", "items"],
        ["BadInput", "title"],
        ["NotFound", "certificate"],
        ["BadInput", "certificate"],
    ]
    assert agent.asked("pin") == [] and tokens.calls("login") == []


@pytest.mark.threat("A17")
async def test_values_that_nobody_asked_for_never_replace_others(page, imitate, owner: Identity):
    """An impostor's word: items of no job, one item twice, a value that is none, an end with values missing."""
    certificate = {
        "fingerprint": sha256(owner.certificate).hexdigest(), "der": "AAAA", "chain": [], "token_serial": "<b>1</b>",
        "token_label": "<img src=x onerror=alert(1)>\u202e\n", "usable": True, "reason": "", "pin_tries": "several",
    }  # fmt: skip
    replies: dict[str, Any] = {
        "hello": {"agent": "1\u0000<script>", "remembered": 1},
        "certificates": {"certificates": [certificate], "drivers": []},
        "open": {"job": "j"},
        "run": {"signed": 2, "of": 2},
        "cancel": {"running": False},
    }
    bad = await imitate(
        {"agent": "hocba", "protocol": 1}, lambda said: {"re": said["id"], "ok": True, "result": replies[said["do"]]}
    )
    told = await page.evaluate(
        """async (ports) => {
          const agent = await agents.connect({ ports });
          const [one] = await agent.certificates();
          const job = agent.sign({ certificate: one, title: "x", items: items(2) });
          return [agent.version, agent.remembered, one.tokenLabel, one.owner, one.ends, (await caught(sign(job))).name];
        }""",
        [bad.port],
    )
    assert told == ["1 <script>", False, "<img src=x onerror=alert(1)>", "", None, "AgentNonsense"]
