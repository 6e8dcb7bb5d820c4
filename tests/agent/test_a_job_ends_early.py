"""A job that ends before its time leaves nothing behind: no window, no login, no room taken."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from hocba_agent.connection import IN_FLIGHT
from hocba_agent.job import PER_CONNECTION
from hocba_agent.testing.attacker import RawPage
from hocba_agent.testing.processes import children, command_line
from hocba_agent.testing.running import RunningAgent, items, until
from hocba_agent.testing.tokens import PIN, Tokens, softhsm
from hocba_core.agent_errors import Cancelled
from hocba_core.errors import DriverFailed, Rejected
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage

from .conftest import all_of, let_in, opened


async def test_a_pin_window_closes_when_the_page_cancels(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    agent.answers(pin=[False, PIN])
    job = await opened(page, 2)
    running = asyncio.create_task(all_of(job))
    await until(lambda: bool(agent.asked("pin")))

    await job.cancel()

    with pytest.raises(Cancelled):
        await running
    assert not tokens.calls("login")
    assert len(await all_of(job)) == 2


async def test_a_page_that_goes_away_ends_its_run_and_the_login(page: AgentPage, tokens: Tokens):
    tokens.tell("slow", 50)
    job = await opened(page, 50)
    async for _ in job.run():
        break
    await page.close()

    await until(lambda: bool(tokens.calls("logout")))
    assert len(tokens.calls("sign")) < 50


async def test_jobs_that_failed_leave_no_room_taken(page: AgentPage, agent: RunningAgent):
    agent.answers(pin=[None])
    certificate = (await page.certificates())[0].fingerprint
    for number in range(6):
        with pytest.raises(Rejected):
            async for _ in page.sign(certificate, "Ký", items(1, f"n{number}")):
                pass


@pytest.mark.threat("E11")
async def test_a_cancel_right_behind_the_run_opens_no_window(agent: RunningAgent, tokens: Tokens):
    """While the driver still looks for the token."""
    tokens.tell("slow_list", 300)
    async with RawPage(agent.address) as page:
        job = await page.declared()
        await page.ask("run", job=job)
        await page.ask("cancel", job=job)
        told = await page.answers("run", "cancel")

        assert told["cancel"] == {"running": True}
        assert told["run"]["code"] == Cancelled.code
        assert not agent.asked("pin") and not tokens.calls("login")
        assert await page.say("run", job=job) == {"signed": 2, "of": 2}


async def test_a_cancel_after_the_last_value_changes_nothing(agent: RunningAgent, tokens: Tokens):
    async with RawPage(agent.address) as page:
        job = await page.declared()
        assert await page.say("run", job=job) == {"signed": 2, "of": 2}
        assert await page.say("cancel", job=job) == {"running": False}
        assert await page.say("run", job=job) == {"signed": 2, "of": 2}
        assert await page.say("run", job=await page.declared()) == {"signed": 2, "of": 2}, "no cancel is left over"
    assert len(agent.asked("pin")) == 2


async def test_a_page_that_asks_for_much_at_once_can_still_stop_what_runs(start_agent, tokens: Tokens, owner: Identity):
    """One driver signs; the other hangs, and all questions wait for it."""
    tokens.add("gv01", owner)
    agent = await start_agent(modules=(softhsm(), tokens.shim), pin=[False])
    async with RawPage(agent.address) as page:
        job = await page.declared()
        tokens.tell("hang")
        await page.ask("run", job=job)
        await until(lambda: bool(agent.asked("pin")))
        for number in range(IN_FLIGHT):
            await page.ask("certificates", number)
        await page.ask("cancel", job=job)

        told = await page.answers("run", "cancel")
        assert told["cancel"] == {"running": True}
        assert told["run"]["code"] == Cancelled.code


async def test_jobs_that_are_declared_all_at_once_are_counted_too(agent: RunningAgent, tokens: Tokens):
    tokens.tell("slow_list", 300)
    async with RawPage(agent.address) as page:
        fields = await page.order()
        for number in range(IN_FLIGHT):
            await page.ask("open", number, **fields)

        told = await page.answers(*(f"open{number}" for number in range(IN_FLIGHT)))

    assert sum("job" in one for one in told.values()) == PER_CONNECTION


@pytest.mark.threat("C6")
async def test_a_pin_window_closes_when_its_page_goes_away(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent(pin=[False, PIN])
    async with RawPage(agent.address) as gone:
        await gone.ask("run", job=await gone.declared())
        await until(lambda: bool(agent.asked("pin")))
        assert len(agent.windows()) == 1
        gone.socket.transport.abort()  # as when a browser crashes

        await until(lambda: not agent.windows())
    async with await let_in(agent) as page:
        job = await opened(page, 2)
        assert len(await all_of(job)) == 2
    assert len(tokens.calls("login")) == 1


async def test_a_driver_that_ends_takes_its_pin_window_with_it(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent(pin=[False])
    async with RawPage(agent.address) as page:
        await page.ask("run", job=await page.declared())
        await until(lambda: bool(agent.asked("pin")))
        (worker,) = [one for one in children(agent.pid) if b"\0worker\0" in command_line(one)]
        os.kill(worker, signal.SIGKILL)

        assert (await page.answers("run"))["run"]["code"] == DriverFailed.code
        await until(lambda: not agent.windows())


@pytest.mark.threat("E11")
async def test_a_pin_window_that_hangs_is_ended_all_the_same(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    """As when the desktop hangs: a window that is asked to go does not hear it."""
    agent.answers(pin=[False, PIN])
    job = await opened(page, 2)
    running = asyncio.create_task(all_of(job))
    await until(lambda: bool(agent.asked("pin")))
    (window,) = agent.windows()
    os.kill(window, signal.SIGSTOP)

    await job.cancel()

    with pytest.raises(Cancelled):
        await running
    assert not agent.windows() and not tokens.calls("login")
    assert len(await all_of(job)) == 2


async def test_a_consent_window_that_hangs_ends_with_its_page(start_agent):
    agent = await start_agent(consent=[False, "once"])
    async with RawPage(agent.address) as page:
        await page.ask("hello")
        await until(lambda: bool(agent.asked("consent")))
        (window,) = agent.windows()
        os.kill(window, signal.SIGSTOP)

    await until(lambda: not agent.windows())
    async with await let_in(agent) as other:
        assert await other.certificates() == []
