"""Screen locked, another user, sleep: no login is left behind at a PC that its person has left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from hocba_agent.testing.logind import Logind, logind
from hocba_agent.testing.running import SITE, RunningAgent, until
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_core.agent_errors import Cancelled
from hocba_core.errors import DriverFailed
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage

from .conftest import all_of, opened, signs

WAYS: dict[str, Callable[[Logind], Awaitable[None]]] = {
    "a locked screen": lambda bus: bus.changed("LockedHint", True),
    "a wish to lock it": lambda bus: bus.lock_signal(),
    "another user": lambda bus: bus.changed("Active", False),
    "sleep": lambda bus: bus.sleep(),
}


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Logind]:
    async with logind(tmp_path) as made:
        yield made


@pytest.fixture
async def agent(start_agent, bus: Logind, tokens: Tokens, owner: Identity) -> RunningAgent:
    """It has heard that the bus will tell it."""
    tokens.add("gv01", owner)
    started = await start_agent(environment=bus.environment)
    await until(lambda: "a locked screen is noticed" in started.log)
    return started


@pytest.mark.threat("D9")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_login_ends_and_the_job_goes_on_with_a_new_pin(
    way, bus: Logind, page: AgentPage, agent, tokens: Tokens
):
    tokens.tell("slow", 50)
    job = await opened(page, 40)
    with pytest.raises(Cancelled):
        async for _ in job.run():
            if len(job.values) == 3:
                await way(bus)
    assert 3 <= len(job.values) < 40
    assert len(tokens.calls("logout")) == 1

    tokens.tell("slow", 0)
    await all_of(job)
    assert len(job.values) == 40
    assert len(tokens.calls("login")) == 2


@pytest.mark.threat("D9")
async def test_a_driver_that_is_slow_to_stop_is_ended_with_its_login(
    bus: Logind, page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    tokens.tell("slow", 60_000)
    job = await opened(page, 2)

    running = asyncio.create_task(all_of(job))
    await until(lambda: bool(tokens.calls("sign")))
    await bus.changed("LockedHint", True)
    with pytest.raises(DriverFailed):
        await running

    tokens.tell("slow", 0)
    assert len(await all_of(job)) == 2
    assert len(agent.asked("pin")) == 2


@pytest.mark.threat("D9")
async def test_an_open_pin_window_closes(bus: Logind, page: AgentPage, agent: RunningAgent, tokens: Tokens):
    agent.answers(pin=[False, PIN])
    job = await opened(page, 2)

    running = asyncio.create_task(all_of(job))
    await until(lambda: bool(agent.asked("pin")))
    await bus.changed("LockedHint", True)
    with pytest.raises(Cancelled):
        await running
    assert not agent.windows() and not tokens.calls("login")
    assert len(await all_of(job)) == 2


@pytest.mark.threat("D9")
async def test_who_comes_back_and_what_others_do_disturbs_no_run(
    bus: Logind, page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    tokens.tell("slow", 20)
    job = await opened(page, 20)
    async for _ in job.run():
        if len(job.values) == 1:
            await bus.changed("LockedHint", False)
            await bus.changed("Active", True)
            await bus.changed("IdleHint", True)
            await bus.changed("LockedHint", True, of_another=True)
            await bus.sleep(begins=False)
    assert len(job.values) == 20
    assert len(tokens.calls("login")) == 1
    assert "the person left" not in agent.log


async def test_an_agent_without_a_system_bus_signs(start_agent, tokens: Tokens, owner: Identity, tmp_path: Path):
    tokens.add("gv01", owner)
    agent = await start_agent(environment={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"})
    async with await AgentPage.connect(agent.address, SITE) as page:
        await signs(page, owner)
    await until(lambda: "a locked screen is not noticed" in agent.log)
    assert "Traceback" not in agent.log
