"""PINs at drivers that keep the standard and at those that do not: counted, fitted, never tried again."""

from __future__ import annotations

import asyncio
import json

import pytest
from hocba_agent.testing.processes import alive, children
from hocba_agent.testing.running import SITE, RunningAgent, until
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_agent.token.tries import tries_of
from hocba_core.errors import (
    PinBlocked,
    PinWrong,
    Rejected,
)
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage

from .conftest import all_of, ended, fails, opened, signs, what


@pytest.mark.threat("D4")
async def test_two_wrong_pins_over_two_runs_warn_before_the_third_where_the_driver_is_silent(
    start_agent, tokens: Tokens, owner: Identity
):
    tokens.add("gv01", owner)
    tokens.tell("flags_off", 0x70000)
    for tries in ("several", "few"):
        agent = await start_agent(pin=["wrong"])
        async with await AgentPage.connect(agent.address, SITE) as page:
            wrong = await fails(page)
        assert isinstance(wrong, PinWrong)
        assert agent.asked("pin")[-1]["tries"] == tries
        await ended(agent)
    assert wrong.facts["tries_left"] == "last"

    agent = await start_agent(pin=[PIN])
    async with await AgentPage.connect(agent.address, SITE) as page:
        assert (await page.certificates())[0].pin_tries == "last"
        await signs(page, owner)
        assert agent.asked("pin")[-1]["tries"] == "last"
        assert (await page.certificates())[0].pin_tries == "several", "the right one starts the count afresh"
    assert json.loads((agent.config / "pin_tries.json").read_text()) == {}


@pytest.mark.threat("D16")
@pytest.mark.parametrize("value", ["0x5", "0x6", "0x103"])
async def test_a_login_that_fails_for_another_reason_is_not_counted(
    page: AgentPage, agent: RunningAgent, tokens: Tokens, value: str
):
    tokens.tell("login", value)
    failed = await fails(page)
    assert what(failed) == "login"
    assert "không rõ" in str(failed.facts["text"])
    assert not (agent.config / "pin_tries.json").exists()
    assert len(tokens.calls("login")) == 1


@pytest.mark.parametrize(("value", "reason"), [("0xA3", "pin_to_change"), ("0x102", "no_pin")])
async def test_a_pin_that_must_be_set_first_is_not_called_wrong(
    page: AgentPage, tokens: Tokens, value: str, reason: str
):
    tokens.tell("login", value)
    assert what(await fails(page)) == reason


@pytest.mark.threat("D2")
@pytest.mark.threat("D4")
def test_flags_of_a_token_are_believed_before_our_own_count():
    assert [tries_of(0, wrong) for wrong in range(4)] == ["several", "few", "last", "last"]
    assert tries_of(0x10000, 5) == "few"
    assert tries_of(0x30000, 0) == "last"
    assert tries_of(0x70000, 0) == "blocked"


@pytest.mark.threat("D14")
async def test_a_pin_of_a_length_that_the_token_does_not_take_is_never_tried(
    page: AgentPage, agent: RunningAgent, tokens: Tokens, owner: Identity
):
    tokens.tell("pins", "4 12")
    agent.answers(consent=["once"], pin=["123", "mật khẩu có dấu", PIN])

    await signs(page, owner)

    assert [(asked["shortest"], asked["longest"]) for asked in agent.asked("pin")] == [(4, 12)] * 3
    assert len(tokens.calls("login")) == 1


@pytest.mark.threat("D14")
async def test_a_pin_keeps_its_blanks_and_letters(start_agent, tokens: Tokens, owner: Identity):
    pin = "  mã Ánh  "
    tokens.add("gv01", owner, pin=pin)
    agent = await start_agent(pin=[pin])
    async with await AgentPage.connect(agent.address, SITE) as page:
        await signs(page, owner)


@pytest.mark.threat("D14")
async def test_limits_that_make_no_sense_are_not_applied(
    page: AgentPage, agent: RunningAgent, tokens: Tokens, owner: Identity
):
    tokens.tell("pins", "40 0xffffffffffffffff")
    await signs(page, owner)
    assert agent.asked("pin")[0]["longest"] == 0


@pytest.mark.threat("D12")
async def test_with_keys_on_the_reader_no_pin_is_typed_here(
    page: AgentPage, agent: RunningAgent, tokens: Tokens, owner: Identity
):
    tokens.tell("protected", PIN)
    agent.answers(consent=["once"], pin=[""])
    await signs(page, owner)
    assert agent.asked("pin")[0]["on_reader"] is True

    tokens.tell("login", "0x50")  # CKR_FUNCTION_CANCELED: pressed on the reader
    assert isinstance(await fails(page), Rejected)


@pytest.mark.threat("D8")
async def test_a_pin_is_not_taken_for_right_because_somebody_is_logged_in_already(
    page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    tokens.tell("already")
    agent.answers(consent=["once"], pin=["wrong"])
    assert isinstance(await fails(page), PinWrong)
    assert tokens.calls("log") == ["login", "logout", "login"]
    assert not tokens.calls("sign")


@pytest.mark.threat("D7")
async def test_a_driver_that_does_not_log_out_loses_its_process(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    tokens.tell("no_logout")
    (before,) = children(agent.pid)
    job = await opened(page, 2)
    assert len(await all_of(job)) == 2
    await until(lambda: not alive(before))

    tokens.untell("no_logout")
    agent.answers(consent=["once"], pin=["wrong"])
    assert isinstance(await fails(page), PinWrong), "nobody was left logged in"


@pytest.mark.threat("D1")
async def test_the_wrong_pin_that_locks_a_token_is_said_to_have_locked_it(
    page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    agent.answers(consent=["once"], pin=["wrong"])
    job = await opened(page)
    running = asyncio.create_task(all_of(job))
    tokens.tell("login", "0xA4")
    with pytest.raises(PinBlocked):
        await running
    assert len(tokens.calls("login")) == 1
