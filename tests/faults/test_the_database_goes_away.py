"""PostgreSQL is stopped while people sign: the loop goes on when it is back, and nobody is asked twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from hocba_core.testing.phone import Mood
from hocba_gateway.signing.progress import Progress, progress
from hocba_gateway.signing.states import AttemptState
from hocba_gateway.testing.postgres import Cluster, new_database

pytestmark = [pytest.mark.feature("O2"), pytest.mark.feature("T9")]


@pytest.fixture
def database_url(own_postgres: Cluster) -> str:
    return new_database(own_postgres.address)


@asynccontextmanager
async def running(world: Any) -> AsyncIterator[None]:
    """The loop as a gateway runs it."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(world.runner.run(stop))
        try:
            yield
        finally:
            stop.set()


async def until(happens: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not happens():  # noqa: ASYNC110 - a log and a simulator have no event
            await asyncio.sleep(0.05)


async def closed(world: Any, confirmation: str) -> Progress:
    """What became of it; the clock runs ten times as fast meanwhile."""
    async with asyncio.timeout(60):
        while True:
            async with world.scope.read() as tx:
                now = await progress(tx, confirmation)
            if not now.open:
                return now
            world.clock.advance(timedelta(seconds=0.5))
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_it_is_away_while_a_phone_waits(
    make_world: Any, invariants: Any, own_postgres: Cluster, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = await make_world()
    world.vendor.phone.will(Mood.IGNORE)
    pressed = await world.press("gv1", "gvbm")
    async with running(world):
        await until(lambda: len(world.vendor.transactions) == 1)
        await asyncio.to_thread(own_postgres.stop, mode)
        try:
            await until(lambda: "cannot be read" in caplog.text)
            (waiting,) = world.vendor.transactions
            assert world.vendor.phone.answer(waiting.id, Mood.APPROVE)
        finally:
            await asyncio.to_thread(own_postgres.start)
        done = await closed(world, pressed.confirmation)
    assert done.count(AttemptState.SIGNED) == 2
    assert len(world.vendor.transactions) == 1
    assert "Traceback" not in caplog.text
    await invariants(world)


async def test_it_is_away_when_the_vendor_has_just_been_asked(
    make_world: Any, invariants: Any, own_postgres: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer cannot be stored; the lease, which could not be given back then, is given back later."""
    world = await make_world()
    asked = asyncio.Event()

    class Stops(type(world.provider)):  # type: ignore[misc]
        async def start(self, session: Any, request: Any) -> Any:
            answer = await super().start(session, request)
            if not asked.is_set():
                await asyncio.to_thread(own_postgres.stop)
                asked.set()
            return answer

    world.provider.__class__ = Stops
    pressed = await world.press("gv1", "gvbm")
    began = world.clock()
    async with running(world):
        await asked.wait()
        await until(lambda: "is given back later" in caplog.text)
        await asyncio.to_thread(own_postgres.start)
        done = await closed(world, pressed.confirmation)
    assert done.count(AttemptState.SIGNED) == 2
    assert len(world.vendor.transactions) == 1
    assert world.clock() - began < world.desk.patience.lease, "it waited for the lease to lapse"
    await invariants(world)
