from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hocba_agent.consents import FILE, LIFETIME, Consents
from hocba_agent.testing.attacker import RawPage
from hocba_agent.testing.processes import PYTHON
from hocba_agent.testing.running import SITE, RunningAgent, until
from hocba_agent.testing.tokens import Tokens
from hocba_agent.windows.api import ConsentQuestion, PinQuestion
from hocba_agent.windows.ask import PinWindow, ask_consent
from hocba_agent.windows.kinds import WindowKind
from hocba_agent.windows.shown import shown
from hocba_core.agent_errors import AgentBusy, ConsentRefused
from hocba_core.errors import Lapsed
from hocba_core.testing.clock import HandClock
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage

from .conftest import let_in

OTHER = "https://b.example"


@pytest.mark.feature("G3")
@pytest.mark.threat("C1")
async def test_no_certificate_leaves_before_the_person_said_yes(agent: RunningAgent):
    agent.answers(consent=["no"])

    with pytest.raises(ConsentRefused) as refused:
        await AgentPage.connect(agent.address, SITE)

    assert [(one["kind"], one["site"]) for one in agent.asked()] == [("consent", SITE)]
    assert "không cho phép" in str(refused.value.facts["text"])
    async with RawPage(agent.address) as page:
        assert (await page.say("hello"))["code"] == "consent_refused"
        assert (await page.say("certificates"))["code"] == "not_approved"


@pytest.mark.threat("A20")
async def test_a_program_that_is_no_browser_comes_as_far_as_the_windows_and_is_named_there(
    start_agent, tokens: Tokens, owner: Identity
):
    """Any program can write a known site's Origin. It gets nothing that the person does not give."""
    tokens.add("gv01", owner)
    agent = await start_agent(consent=["no", "once"], pin=[None])
    async with RawPage(agent.address) as program:
        assert (await program.say("hello"))["code"] == "consent_refused"
        assert (await program.say("certificates"))["code"] == "not_approved"
        assert (await program.say("run", job=await program.declared()))["code"] == "rejected"

    assert [one["program"] for one in agent.asked("consent")] == [PYTHON] * 2
    assert not tokens.calls("login") and not tokens.calls("sign")


@pytest.mark.feature("G3")
@pytest.mark.threat("C2")
@pytest.mark.threat("C4")
async def test_a_remembered_site_is_not_asked_again_and_another_one_is(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=(SITE, OTHER), consent=["remember", "once", "no"])
    for _ in range(2):
        async with await AgentPage.connect(agent.address, SITE) as page:
            assert page.remembered
    async with await AgentPage.connect(agent.address, OTHER) as page:
        assert not page.remembered
    with pytest.raises(ConsentRefused):
        await AgentPage.connect(agent.address, OTHER)

    assert [asked["site"] for asked in agent.asked()] == [SITE, OTHER, OTHER]
    assert list(json.loads((agent.config / FILE).read_text())) == [SITE]


@pytest.mark.threat("C6")
@pytest.mark.threat("C8")
async def test_one_window_at_a_time_and_it_closes_with_its_page(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=(SITE, OTHER), consent=[False, "once"])
    async with RawPage(agent.address) as page:
        for number in range(50):
            await page.socket.send(json.dumps({"v": 1, "id": f"h{number}", "do": "hello"}))
            if number == 0:
                await until(lambda: bool(agent.asked()))
            else:
                assert (await page.hear())["error"]["code"] == "agent_busy"
            if number == 18:
                break
        with pytest.raises(AgentBusy):
            await AgentPage.connect(agent.address, OTHER)
        assert len(agent.asked()) == 1
    await (await let_in(agent, OTHER)).close()


def test_consent_ends_by_its_date_and_a_clock_set_back_does_not_lengthen_it(tmp_path: Path):
    clock = HandClock()
    consents = Consents(tmp_path, clock)
    consents.remember(SITE)
    assert Consents(tmp_path, clock).holds(SITE)
    assert not consents.holds(OTHER)

    clock.advance(LIFETIME - timedelta(seconds=1))
    assert consents.holds(SITE)
    clock.advance(timedelta(seconds=1))
    assert not consents.holds(SITE)
    clock.advance(-2 * LIFETIME)
    assert not consents.holds(SITE)


def test_a_revoked_site_is_not_remembered(tmp_path: Path):
    consents = Consents(tmp_path, HandClock())
    consents.remember(SITE)
    consents.revoke(SITE)

    assert not consents.holds(SITE)


def test_a_revoked_site_is_asked_again_though_the_disk_takes_nothing(tmp_path: Path):
    consents = Consents(tmp_path, HandClock())
    consents.remember(SITE)
    (tmp_path / FILE).with_suffix(".new").mkdir()
    consents.revoke(SITE)

    assert not Consents(tmp_path, HandClock()).holds(SITE)
    assert Consents(tmp_path, HandClock()).listed() == {}


async def test_a_disk_that_takes_nothing_keeps_no_site_out(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent(consent=["remember", "no"])
    async with await AgentPage.connect(agent.address, SITE):
        (agent.config / FILE).with_suffix(".new").mkdir()  # nothing can be written beside the file any more
    async with await AgentPage.connect(agent.address, SITE) as page:
        assert page.remembered
        assert await page.certificates()
    assert f"{FILE} cannot be written" in agent.log


@pytest.mark.threat("C5")
@pytest.mark.parametrize("text", ["", "[]", "{", '{"*": true}', '{"https://hb.example": {"granted": "x"}}', "\x00"])
def test_a_broken_file_means_asking_again(tmp_path: Path, text: str):
    (tmp_path / FILE).write_text(text)
    consents = Consents(tmp_path, HandClock())

    assert not consents.holds(SITE)
    consents.remember(SITE)
    assert consents.holds(SITE)


@pytest.mark.threat("D15")
async def test_a_window_that_nobody_answers_closes(tmp_path: Path):
    script = tmp_path / "answers.json"
    script.write_text(json.dumps({"consent": [False], "pin": [False]}))
    kind, soon = WindowKind("scripted", script), timedelta(seconds=0.7)

    with pytest.raises(Lapsed):
        await ask_consent(kind, ConsentQuestion(SITE), soon)
    with pytest.raises(Lapsed):
        PinWindow(kind, soon).ask(PinQuestion(SITE, "Nguyễn Thị Ánh", "gv01", "Ký", ("6A 01 NTA",), "several"))


@pytest.mark.threat("B7")
def test_a_site_s_text_is_made_harmless_before_it_is_shown():
    assert shown("Ký học bạ\r\nTrang web: https://bank.example") == "Ký học bạTrang web: https://bank.example"
    assert shown("a\u202eb\u2066c\u200bd\x1b[31m") == "abcd[31m"
    assert shown("Z" + "\u0301" * 50).count("\u0301") <= 2
    assert len(shown("x" * 10_000)) == 120
    assert shown("Nguyễn  Thị\u00a0Ánh") == "Nguyễn Thị Ánh"
