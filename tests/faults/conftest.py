"""The invariants that hold after every fault, and the hand that lets time go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hocba_core.audit import Entry, Event, first_break
from hocba_core.testing.phone import State
from hocba_gateway.signing.prepare import Pressed
from hocba_gateway.signing.progress import Progress, progress
from hocba_gateway.store.schema import attempts, audit, items, slots


@pytest.fixture
def go_on() -> Callable[..., Awaitable[Progress]]:
    """go_on(world, pressed, seconds=60): the loop runs second by second until the confirmation is closed."""

    async def run(world: Any, pressed: Pressed, seconds: int = 60, step: int = 1) -> Progress:
        for _ in range(seconds // step):
            await world.runner.once()
            async with world.scope.read() as tx:
                now = await progress(tx, pressed.confirmation)
            if not now.open:
                break
            world.clock.advance(timedelta(seconds=step))
        return now

    return run


@pytest.fixture
def invariants() -> Callable[[Any], Awaitable[None]]:
    """Raises where one is broken."""

    async def check(world: Any) -> None:
        async with world.scope.read() as tx:
            chain = await tx.rows(audit.select().where(tx.of(audit)).order_by(audit.c.seq))
            filled = await tx.rows(slots.select().where(tx.of(slots), slots.c.signature.is_not(None)))
            tried = await tx.rows(attempts.select().where(tx.of(attempts)))
            planned = await tx.rows(items.select().where(tx.of(items)))
        signed = [tuple(one) for row in chain if row.event == Event.SIGNED for one in row.facts["signed"]]
        accepted = Counter((transcript, slot) for transcript, slot, _ in signed)
        assert not accepted or max(accepted.values()) == 1, "I1: a slot was filled twice"
        on_record = {(row.transcript_id, row.slot, sha256(row.signature).hexdigest()) for row in filled}
        assert on_record == set(signed), "I1: the slots are not what the audit says"
        asked = world.vendor.asked_by_reference
        assert not asked or max(asked.values()) == 1, "I2: the person was asked twice for one request"
        done = [one for one in world.vendor.transactions if one.state(world.clock()) is State.DONE]
        assert sum(len(one.digests) for one in done) <= len(planned), "I2: the vendor signed what nobody accounts for"
        by_attempt = Counter(row.attempt_id for row in planned if row.value is not None)
        assert all(by_attempt[row.id] for row in tried if row.state == "signed"), "a signature without its kept value"
        whole = [Entry(row.seq, row.at, row.actor, row.event, row.facts, row.previous, row.hash) for row in chain]
        assert first_break(whole) is None

    return check


@pytest.fixture
def events() -> Callable[..., Awaitable[list[Any]]]:
    """events(world, Event.X): the facts of every audit line of that kind."""

    async def read(world: Any, event: str) -> list[Any]:
        async with world.scope.read() as tx:
            rows = await tx.rows(audit.select().where(tx.of(audit), audit.c.event == str(event)).order_by(audit.c.seq))
        return [row.facts for row in rows]

    return read
