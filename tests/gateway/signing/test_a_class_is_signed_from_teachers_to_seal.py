"""The whole route of a class, at vendors of every kind; each signature is judged as a stranger would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hocba_core.audit import Entry, first_break
from hocba_core.provider import Approval, Completion, KeyKind, LoginChallenge
from hocba_core.secret import Secret
from hocba_core.verify.record import verify_record
from hocba_gateway.signing.during import submit_code
from hocba_gateway.signing.load import load_transcripts
from hocba_gateway.signing.prepare import Pressed
from hocba_gateway.signing.progress import progress
from hocba_gateway.store.schema import audit, transcripts
from hocba_gateway.testing.world import HOMEROOM, KEEPER, LEADER
from hocba_sandbox.settings import Behaviour
from hocba_sandbox.simulator import CODE

IMMEDIATE = Behaviour(approval=Approval.NONE, completion=Completion.IMMEDIATE)
KINDS = {
    "immediate": IMMEDIATE,
    "phone and poll": Behaviour(),
    "blocking": Behaviour(completion=Completion.BLOCKING),
    "code, challenge, P-256": Behaviour(
        approval=Approval.OTP, login_challenge=LoginChallenge.OTP, key_kind=KeyKind.P256
    ),
    "callback with verification code": Behaviour(completion=Completion.CALLBACK, verification_code=True),
    "three at once": Behaviour(batch_limit=3),
}


async def _run(world: Any, pressed: Pressed) -> None:
    """Let the loop work until the confirmation is closed, time going on."""
    for _ in range(30):
        await world.runner.once()
        async with world.scope.read() as tx:
            now = await progress(tx, pressed.confirmation)
        if not now.open:
            return
        for request in now.requests:
            if request.needs == "otp":
                await submit_code(world.desk, world.scope, request.id, Secret(CODE))
        world.clock.advance(timedelta(seconds=1))
    raise AssertionError(now)


async def _sign_all(world: Any) -> None:
    for person in world.teachers:
        await _run(world, await world.press(person, "gvbm"))
    await _run(world, await world.press(HOMEROOM, "gvcn"))
    await _run(world, await world.press(LEADER, "cbql"))
    await world.seal_with_token(await world.press(KEEPER, "phat-hanh"))


@pytest.mark.feature("T5")
@pytest.mark.feature("T6")
@pytest.mark.feature("T7")
@pytest.mark.feature("T8")
@pytest.mark.parametrize("kind", KINDS)
async def test_every_record_of_the_class_is_valid(make_world: Any, kind: str) -> None:
    world = await make_world(KINDS[kind], pupils=4)
    await _sign_all(world)
    async with world.scope.read() as tx:
        rows = await tx.rows(transcripts.select().where(tx.of(transcripts)))
        loaded = await load_transcripts(tx, world.transcripts)
        chain = await tx.rows(audit.select().where(tx.of(audit)).order_by(audit.c.seq))
    assert len(rows) == 4
    for row in rows:
        record = await world.scope.blobs.get(row.record)
        assert verify_record(record, world.desk.trust, world.clock()).outcome == "valid"
        assert b"signed " in await world.scope.blobs.get(row.face)
        assert loaded[row.id].state.awaited is None
    assert first_break([Entry(r.seq, r.at, r.actor, r.event, r.facts, r.previous, r.hash) for r in chain]) is None
    assert max(world.vendor.asked_by_reference.values()) == 1, "nobody was asked twice for the same"


@pytest.mark.feature("T9")
async def test_a_class_is_one_confirmation_and_a_limit_splits_it(make_world: Any) -> None:
    world = await make_world(Behaviour(batch_limit=3), pupils=7)
    pressed = await world.press("gv1", "gvbm")
    assert len(pressed.requests) == 3
    await _run(world, pressed)
    assert sorted(len(one.digests) for one in world.vendor.transactions) == [1, 3, 3]
