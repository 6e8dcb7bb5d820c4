"""Two gateways over one request: at the same moment, or one so late that the other took it for dead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hocba_core.audit import Event
from hocba_core.provider import Approval, Completion
from hocba_core.testing.fake_vendor import Operation
from hocba_gateway.signing.loop import Runner
from hocba_gateway.signing.progress import progress
from hocba_gateway.signing.states import AttemptState, Patience
from hocba_gateway.store.store import Store
from hocba_sandbox.settings import Behaviour

AT_ONCE = Behaviour(approval=Approval.NONE, completion=Completion.IMMEDIATE)
CANNOT_FIND = Behaviour(approval=Approval.NONE, completion=Completion.IMMEDIATE, finds=False)
LONGER_THAN_ANY_LEASE = Patience().call + Patience().lease + timedelta(seconds=1)


@pytest.mark.fault(38)
async def test_gateways_that_look_in_the_same_moment_share_the_requests(
    make_world: Any, database_url: str, tmp_path: Path, go_on: Any, invariants: Callable[[Any], Awaitable[None]]
) -> None:
    world = await make_world(Behaviour(batch_limit=1), pupils=8)
    pressed = await world.press("gv1", "gvbm")
    stores = [Store.open(database_url, tmp_path / "blobs", world.clock, guarded=True) for _ in range(3)]
    desks = [replace(world.desk, store=store) for store in stores]
    runners = [world.runner, *(Runner(desk, f"gateway-{number}") for number, desk in enumerate(desks))]
    taken = await asyncio.gather(*(runner.once() for runner in runners))
    assert sum(taken) == 8
    assert world.vendor.heard[Operation.START] == 8
    assert (await go_on(world, pressed)).count(AttemptState.SIGNED) == 8
    await invariants(world)
    for store in stores:
        await store.close()


async def _vendor_has_it(world: Any) -> None:
    while not world.vendor.transactions:  # noqa: ASYNC110 - it happens in the vendor's server
        await asyncio.sleep(0.01)


@pytest.mark.fault(5)
@pytest.mark.fault(38)
@pytest.mark.parametrize("behaviour", [AT_ONCE, CANNOT_FIND], ids=["the vendor finds it", "nobody can tell"])
async def test_the_answer_to_a_gateway_that_was_given_up_is_used_once(
    make_world: Any, go_on: Any, invariants: Any, events: Any, behaviour: Behaviour
) -> None:
    world = await make_world(behaviour)
    world.vendor.delay = timedelta(seconds=0.5)
    pressed = await world.press("gv1", "gvbm")
    slow = asyncio.create_task(world.runner.once())
    await _vendor_has_it(world)
    world.clock.advance(LONGER_THAN_ANY_LEASE)
    other = Runner(world.desk, "other")
    assert await other.once() == 1
    assert len(await events(world, Event.UNKNOWN)) == 1
    if behaviour.finds:
        world.clock.advance(timedelta(seconds=2))
        await other.once()
    await slow
    async with world.scope.read() as tx:
        now = await progress(tx, pressed.confirmation)
    assert now.count(AttemptState.SIGNED) == 2 and not now.open
    assert [request.state for request in now.requests] == ["done"]
    assert len(world.vendor.transactions) == 1
    assert len(await events(world, Event.SIGNED)) == 1
    assert not await events(world, Event.ORPHAN)
    await invariants(world)
    assert await other.once() == 0, "nothing is left to do"


@pytest.mark.fault(5)
async def test_a_value_that_comes_after_everything_was_given_up_is_kept_as_an_orphan(
    make_world: Any, invariants: Any, events: Any
) -> None:
    world = await make_world(CANNOT_FIND)
    world.vendor.delay = timedelta(seconds=0.5)
    pressed = await world.press("gv1", "gvbm")
    slow = asyncio.create_task(world.runner.once())
    await _vendor_has_it(world)
    other = Runner(world.desk, "other")
    for _ in range(3):
        world.clock.advance(2 * LONGER_THAN_ANY_LEASE)
        await other.once()
    await slow
    async with world.scope.read() as tx:
        now = await progress(tx, pressed.confirmation)
    assert [request.state for request in now.requests] == ["failed"]
    assert now.count(AttemptState.FAILED) == 2 and not now.open
    assert len((await events(world, Event.ORPHAN))[0]["subjects"]) == 2
    assert not await events(world, Event.SIGNED)
    await invariants(world)
