"""Lines and vendors fail around the one call that asks a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hocba_core.audit import Event
from hocba_core.provider import Approval, Completion
from hocba_core.testing.fake_vendor import Fault, Operation
from hocba_core.testing.phone import Mood
from hocba_gateway.signing.prepare import SignCommand
from hocba_gateway.signing.states import AttemptState, Patience
from hocba_sandbox.settings import Behaviour

pytestmark = pytest.mark.feature("T9")
CANNOT_FIND = Behaviour(finds=False)


@pytest.mark.fault(4)
@pytest.mark.fault(6)
@pytest.mark.fault(7)
@pytest.mark.fault(8)
@pytest.mark.parametrize("fault", [Fault.DROP, Fault.EMPTY, Fault.HTML, Fault.LATE_500, Fault.HALF], ids=str)
async def test_a_lost_reply_is_looked_for_and_not_sent_again(
    make_world: Any, go_on: Any, invariants: Any, events: Any, fault: Fault
) -> None:
    world = await make_world()
    world.vendor.misbehave(fault, Operation.START)
    done = await go_on(world, await world.press("gv1", "gvbm"))
    assert done.count(AttemptState.SIGNED) == 2
    assert len(world.vendor.transactions) == 1
    assert len(await events(world, Event.UNKNOWN)) == 1
    await invariants(world)


@pytest.mark.fault(4)
async def test_where_the_vendor_cannot_find_it_the_person_decides_once_it_is_surely_over(
    make_world: Any, go_on: Any, invariants: Any
) -> None:
    world = await make_world(CANNOT_FIND)
    world.vendor.misbehave(Fault.DROP, Operation.START)
    pressed = await world.press("gv1", "gvbm")
    waiting = await go_on(world, pressed, seconds=200, step=5)
    assert waiting.open and waiting.requests[0].state == "unknown"
    again = await world.press("gv2", "gvbm")  # another person's slots are not held up
    assert (await go_on(world, again)).count(AttemptState.SIGNED) == 2
    over = await go_on(world, pressed, seconds=120, step=5)
    assert over.count(AttemptState.FAILED) == 2 and over.attempts[0].error == "outcome_unknown"
    assert len(world.vendor.transactions) == 2
    await invariants(world)
    fresh = await go_on(world, await world.press("gv1", "gvbm"))
    assert fresh.count(AttemptState.SIGNED) == 2


@pytest.mark.fault(5)
async def test_a_reply_that_is_too_slow_is_used_once_when_it_is_there(
    make_world: Any, go_on: Any, invariants: Any
) -> None:
    world = await make_world(
        Behaviour(approval=Approval.NONE, completion=Completion.IMMEDIATE),
        patience=Patience(call=timedelta(milliseconds=300)),
    )
    world.vendor.delay = timedelta(seconds=1)
    done = await go_on(world, await world.press("gv1", "gvbm"))
    assert done.count(AttemptState.SIGNED) == 2
    assert len(world.vendor.transactions) == 1
    await invariants(world)


@pytest.mark.fault(1)
@pytest.mark.fault(3)
async def test_what_certainly_was_not_sent_goes_again_by_itself(make_world: Any, go_on: Any, invariants: Any) -> None:
    world = await make_world()
    port = int(world.vendor.url.rpartition(":")[2])
    await world.vendor.stop()
    pressed = await world.press("gv1", "gvbm")
    assert (await go_on(world, pressed, seconds=20)).open
    await world.vendor.start(port=port)
    assert (await go_on(world, pressed, seconds=120)).count(AttemptState.SIGNED) == 2
    await invariants(world)


@pytest.mark.fault(9)
async def test_a_busy_vendor_is_given_the_time_it_asks_for(make_world: Any, go_on: Any, invariants: Any) -> None:
    world = await make_world()
    world.vendor.misbehave(Fault.BUSY_429, Operation.START)
    pressed = await world.press("gv1", "gvbm")
    assert (await go_on(world, pressed, seconds=6)).open
    assert world.vendor.heard[Operation.START] == 1
    assert (await go_on(world, pressed)).count(AttemptState.SIGNED) == 2
    await invariants(world)


@pytest.mark.fault(10)
async def test_a_session_that_ends_is_renewed_once_for_all(make_world: Any, go_on: Any, invariants: Any) -> None:
    world = await make_world(Behaviour(batch_limit=1), pupils=4)
    world.vendor._tokens.clear()
    done = await go_on(world, await world.press("gv1", "gvbm"))
    assert done.count(AttemptState.SIGNED) == 4
    assert len(world.vendor._tokens) == 1, "one refresh for four requests"
    await invariants(world)


@pytest.mark.fault(19)
async def test_a_refusal_is_final_and_the_person_may_press_again(make_world: Any, go_on: Any, invariants: Any) -> None:
    world = await make_world()
    world.vendor.phone.will(Mood.REJECT, user="gv1")
    refused = await go_on(world, await world.press("gv1", "gvbm"))
    assert {one.error for one in refused.attempts} == {"rejected"}
    world.vendor.phone.will(Mood.APPROVE, user="gv1")
    assert (await go_on(world, await world.press("gv1", "gvbm"))).count(AttemptState.SIGNED) == 2
    await invariants(world)


@pytest.mark.fault(20)
async def test_nobody_answers_and_it_lapses(make_world: Any, go_on: Any, invariants: Any) -> None:
    world = await make_world()
    world.vendor.phone.will(Mood.IGNORE, user="gv1")
    lapsed = await go_on(world, await world.press("gv1", "gvbm"), seconds=300, step=10)
    assert {one.error for one in lapsed.attempts} == {"lapsed"}
    await invariants(world)


@pytest.mark.fault(22)
async def test_done_then_waiting_again_does_not_undo_what_was_verified(
    make_world: Any, go_on: Any, invariants: Any
) -> None:
    world = await make_world(pupils=3)
    world.vendor.flaps = True
    world.vendor.misbehave(Fault.ONE_MISSING)
    pressed = await world.press("gv1", "gvbm")
    part = await go_on(world, pressed, seconds=10)
    assert part.count(AttemptState.SIGNED) == 2 and part.count(AttemptState.ALIVE) == 1
    done = await go_on(world, pressed, seconds=8000, step=60)
    assert done.count(AttemptState.SIGNED) == 2 and done.count(AttemptState.FAILED) == 1
    assert len(world.vendor.transactions) == 1
    await invariants(world)


@pytest.mark.fault(39)
async def test_the_same_press_twice_is_one_and_another_press_sees_it_taken(
    make_world: Any, go_on: Any, invariants: Any
) -> None:
    world = await make_world()
    command: SignCommand = world.command("gv1", "gvbm")
    first = await world.press("gv1", "gvbm", key=command.key)
    again = await world.press("gv1", "gvbm", key=command.key)
    assert (again.confirmation, again.requests) == (first.confirmation, first.requests)
    from hocba_core.errors import Conflict

    with pytest.raises(Conflict) as taken:
        await world.press("gv1", "gvbm")
    assert taken.value.facts["confirmation"] == first.confirmation
    await go_on(world, first)
    await invariants(world)


@pytest.mark.fault(52)
async def test_a_plugin_that_raises_anything_after_the_call_leaves_it_unknown(
    make_world: Any, go_on: Any, invariants: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await make_world()

    class Breaks(type(world.provider)):  # type: ignore[misc]
        broken = False

        async def start(self, session: Any, request: Any) -> Any:
            answer = await super().start(session, request)
            if not Breaks.broken:
                Breaks.broken = True
                raise KeyError("a plugin's own mistake")
            return answer

    world.provider.__class__ = Breaks
    done = await go_on(world, await world.press("gv1", "gvbm"))
    assert done.count(AttemptState.SIGNED) == 2 and len(world.vendor.transactions) == 1
    await invariants(world)
