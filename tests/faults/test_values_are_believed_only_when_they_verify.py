"""Vendors send other values than they should; not one of them reaches a record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hocba_core.audit import Event
from hocba_core.testing.fake_vendor import Fault
from hocba_core.testing.phone import Mood
from hocba_gateway.signing.states import AttemptState
from hocba_gateway.store.schema import items


@pytest.mark.fault(13)
@pytest.mark.fault(17)
async def test_another_transactions_value_is_refused_and_the_slot_stays_open(
    make_world: Any, go_on: Any, invariants: Any, events: Any
) -> None:
    world = await make_world(pupils=3)
    world.vendor.misbehave(Fault.OTHER_DIGEST)
    done = await go_on(world, await world.press("gv1", "gvbm"))
    assert (done.count(AttemptState.SIGNED), done.count(AttemptState.FAILED)) == (2, 1)
    bad = next(one for one in done.attempts if one.state == AttemptState.FAILED)
    assert (bad.error, bad.error_facts["reason"]) == ("does_not_verify", "other_digest")
    assert len((await events(world, Event.WRONG_VALUE))[0]["items"]) == 1
    again = await go_on(world, await world.press("gv1", "gvbm", [bad.subject]))
    assert again.count(AttemptState.SIGNED) == 1
    await invariants(world)


@pytest.mark.fault(14)
async def test_values_in_another_order_find_their_items(make_world: Any, go_on: Any, invariants: Any) -> None:
    world = await make_world(pupils=4)
    world.vendor.misbehave(Fault.SWAP_TWO)
    done = await go_on(world, await world.press("gv1", "gvbm"))
    assert done.count(AttemptState.SIGNED) == 4
    await invariants(world)


@pytest.mark.fault(15)
async def test_fewer_values_keep_what_came_and_ask_for_the_rest(make_world: Any, go_on: Any, invariants: Any) -> None:
    world = await make_world(pupils=4)
    world.vendor.misbehave(Fault.ONE_MISSING)
    pressed = await world.press("gv1", "gvbm")
    part = await go_on(world, pressed, seconds=10)
    assert part.count(AttemptState.SIGNED) == 3 and part.requests[0].state == "unknown"
    transaction = world.vendor.transactions[0]
    transaction.values = None  # the vendor finds the missing one
    done = await go_on(world, pressed)
    assert done.count(AttemptState.SIGNED) == 4 and not done.open
    await invariants(world)


@pytest.mark.fault(15)
async def test_more_values_than_asked_are_alarmed_and_harmless(
    make_world: Any, go_on: Any, invariants: Any, events: Any
) -> None:
    world = await make_world(pupils=2)
    world.vendor.extra_values = 3
    done = await go_on(world, await world.press("gv1", "gvbm"))
    assert done.count(AttemptState.SIGNED) == 2
    assert (await events(world, Event.WRONG_VALUE))[0]["extra"] == 3
    await invariants(world)


@pytest.mark.fault(16)
async def test_values_of_another_key_are_refused_and_never_stored(
    make_world: Any, go_on: Any, invariants: Any, events: Any
) -> None:
    world = await make_world(pupils=2)
    world.vendor.misbehave(Fault.OTHER_KEY)
    done = await go_on(world, await world.press("gv1", "gvbm"))
    assert {one.error for one in done.attempts} == {"not_the_promised_certificate"}
    assert await events(world, Event.WRONG_VALUE)
    async with world.scope.read() as tx:
        assert not await tx.rows(items.select().where(tx.of(items), items.c.value.is_not(None)))
    await invariants(world)


@pytest.mark.fault(41)
async def test_a_certificate_that_ends_while_the_phone_waits_signs_nothing(
    make_world: Any, go_on: Any, invariants: Any
) -> None:
    world = await make_world(pupils=2)
    identity = world.vendor.ca.issue_person(
        "Người gv1", world.people["gv1"], key="rsa", end=world.clock() + timedelta(seconds=30)
    )
    world.vendor._identities["gv1"] = identity
    old = world.accounts["gv1"]
    world.accounts["gv1"] = await world.add_account("gv1", identity, "sandbox", "key-gv1")
    world.vendor.phone.will(Mood.APPROVE, user="gv1", after=timedelta(seconds=60))
    done = await go_on(world, await world.press("gv1", "gvbm"), seconds=120)
    assert {one.error for one in done.attempts} == {"certificate_ended"}
    assert old != world.accounts["gv1"]
    await invariants(world)


@pytest.mark.fault(55)
@pytest.mark.feature("T9")
async def test_in_a_class_of_45_three_fail_and_the_others_are_signed(
    make_world: Any, go_on: Any, invariants: Any
) -> None:
    from hocba_gateway.signing.actions import hold, void

    world = await make_world(pupils=45)
    gone = world.transcripts[7]
    world.vendor.misbehave(Fault.OTHER_DIGEST)
    world.vendor.phone.will(Mood.APPROVE, user="gv1", after=timedelta(seconds=3))
    pressed = await world.press("gv1", "gvbm")
    await world.runner.once()
    await hold(world.scope, [gone], "gv2", "Sai điểm", "account-gv2")
    await void(world.scope, [gone], "admin")
    transaction = world.vendor.transactions[0]
    world.clock.advance(timedelta(seconds=4))
    values = list(world.vendor.values_of(transaction))
    values[10] = b"rubbish"
    transaction.values = tuple(values)
    done = await go_on(world, pressed)
    assert done.count(AttemptState.SIGNED) == 42
    assert done.count(AttemptState.ORPHAN) == 1 and done.count(AttemptState.FAILED) == 2
    reasons = sorted(str(one.error_facts.get("reason")) for one in done.attempts if one.error)
    assert reasons == ["length", "other_digest"]
    retried = [one.subject for one in done.attempts if one.state == AttemptState.FAILED and one.subject != gone]
    again = await go_on(world, await world.press("gv1", "gvbm", retried))
    assert again.count(AttemptState.SIGNED) == len(retried)
    assert sum(len(one.digests) for one in world.vendor.transactions) == 45 + len(retried)
    await invariants(world)
