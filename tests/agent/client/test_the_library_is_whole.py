"""The library's files among themselves, and beside what the agent says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hocba_core import agent_protocol
from hocba_core.agent_errors import ERRORS, AgentMissing, ConsentRefused, SiteRefused
from hocba_gateway.web.pages import agent_demo

CLIENT = agent_demo.client_folder()
DEMO = Path(agent_demo.__file__).parents[1] / "static" / "agent-demo"


@pytest.mark.feature("G9")
async def test_every_code_of_the_agent_has_an_error_with_a_name(page):
    named = await page.evaluate(
        "Object.fromEntries(Object.entries(agents.ERRORS).map(([code, kind]) => [code, kind.name]))"
    )
    theirs = {kind.code: kind.__name__ for kind in ERRORS.values()}
    assert named == {**theirs, ConsentRefused.code: "UserRefused"}
    assert await page.evaluate("[agents.AgentNotInstalled.code, agents.AgentGone.code, agents.SiteRefused.code]") == [
        AgentMissing.code,
        AgentMissing.code,
        SiteRefused.code,
    ]


@pytest.mark.feature("G9")
async def test_ports_and_limits_are_the_agents(page):
    assert await page.evaluate("[agents.PROTOCOL, agents.PORTS, agents.MAX_ITEMS]") == [
        agent_protocol.VERSION,
        list(agent_protocol.PORTS),
        agent_protocol.MAX_ITEMS,
    ]


@pytest.mark.feature("G9")
@pytest.mark.parametrize("module", ["hocba-agent", "simulator"])
async def test_types_declare_what_is_exported_and_no_more(page, module: str):
    declared = (CLIENT / f"{module}.d.ts").read_text(encoding="utf-8")
    names = re.findall(r"^export declare (?:const|function|class) (\w+)", declared, re.MULTILINE)
    assert sorted(names) == sorted(await page.evaluate(f'import("/static/agent/{module}.js").then(Object.keys)'))
    for name, body in re.findall(r"^export declare class (\w+)[^{]*\{\n(.*?)^\}", declared, re.MULTILINE | re.DOTALL):
        members = set(re.findall(r"^  (?:static )?(?:readonly )?(\w+)[(:]", body, re.MULTILINE)) - {"constructor"}
        assert members <= await _members(page, name), name


async def _members(page: Any, name: str) -> set[str]:
    """What instances and the class have; fields of instances are read from the source."""
    had = await page.evaluate(
        "name => [agents[name], agents[name].prototype].flatMap((of) => Object.getOwnPropertyNames(of))", name
    )
    sources = "".join(file.read_text(encoding="utf-8") for file in CLIENT.glob("*.js"))
    body = re.search(rf"^export class {name}\b.*?^\}}", sources, re.MULTILINE | re.DOTALL)
    assert body is not None
    return {*had, *re.findall(r"^  (\w+)(?: =|;)", body[0], re.MULTILINE), *re.findall(r"this\.(\w+) =", body[0])}


@pytest.mark.threat("A17")
def test_nothing_is_ever_written_as_html_or_run_as_code():
    files = [*CLIENT.glob("*.js"), *DEMO.glob("*.js")]
    assert len(files) == 9
    for file in files:
        text = file.read_text(encoding="utf-8")
        forbidden = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|DOMParser|javascript:"
        assert not re.search(forbidden, text), file.name
    assert "on" + "click=" not in (DEMO / "page.html").read_text(encoding="utf-8")


@pytest.mark.feature("G9")
async def test_the_simulator_plays_a_job_with_its_mishaps(page):
    told = await page.evaluate(
        """async () => {
          const away = simulator({ pin: ["wrong", "right"], pullAfter: 2, backAfter: 20, delay: 1, windowDelay: 1 });
          const agent = await away.connect();
          const [good, ended] = await agent.certificates();
          const refused = await caught(agent.sign({ certificate: ended, title: "x", items: items(1) }).run().next());
          const told = [refused.name];
          const onPin = () => told.push("pin");
          const job = agent.sign({ certificate: good, title: "x", items: items(5), onPin });
          while (job.signed < 5) {
            const error = await caught(sign(job));
            if (error) told.push(error.name);
            await new Promise((done) => setTimeout(done, 40));
          }
          const lengths = Object.values(values).map((value) => agents.fromBase64(value).length);
          return [good.owner, ended.reason, told, lengths];
        }"""
    )
    expected = ["CertificateRefused", "pin", "PinWrong", "pin", "TokenPulled", "pin"]
    assert told == ["Nguyễn Thị Mẫu (mô phỏng)", "ended", expected, [256] * 5]


@pytest.mark.feature("G9")
async def test_the_simulator_plays_every_absence(page):
    plans = {
        "{ absence: 'not_installed' }": "AgentNotInstalled",
        "{ absence: 'blocked' }": "BrowserBlocks",
        "{ absence: 'frame' }": "BrowserBlocks",
        "{ absence: 'insecure' }": "BrowserBlocks",
        "{ absence: 'site' }": "SiteRefused",
        "{ absence: 'full' }": "AgentRefuses",
        "{ absence: 'too_old' }": "AgentTooOld",
        "{ absence: 'too_new' }": "AgentTooNew",
        "{ consent: 'no' }": "UserRefused",
        "{ consent: 'busy' }": "AgentBusy",
        "{ consent: 'silent' }": "Lapsed",
    }
    played = {plan: (await page.evaluate(f"caught(simulator({plan}).connect())"))["name"] for plan in plans}
    assert played == plans
