"""A value that comes after its slot closed is kept and audited, never embedded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hocba_core.audit import Event
from hocba_core.errors import Conflict, NotYourTurn
from hocba_core.testing.phone import Mood
from hocba_core.testing.sample import sample_content
from hocba_core.transcript.content import Person
from hocba_core.transcript.profile import load_profile
from hocba_core.transcript.record import Skeleton, build
from hocba_core.workflow.states import Main
from hocba_gateway.signing.actions import hold, release, replace_signer, void
from hocba_gateway.signing.load import load_transcripts
from hocba_gateway.signing.states import AttemptState
from hocba_gateway.store.blobs import FileBlobs
from hocba_gateway.store.schema import items


class SlowDisk(FileBlobs):
    """Lets a test act between the moment a signature is judged and the one it is committed in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def put_all(self, many: Iterable[bytes]) -> list[str]:
        self.reached.set()
        await self.go_on.wait()
        return await super().put_all(many)


async def _replace(world: Any, transcript: str, slot: str, person: str, planned: Any) -> None:
    async with world.scope.read() as tx:
        before = (await load_transcripts(tx, [transcript]))[transcript].row.skeleton
    await replace_signer(world.scope, transcript, slot, person, planned, "admin", before=before)


def _with_teacher(world: Any, transcript: str, number: int, person: str) -> Skeleton:
    """The same record with another teacher in block `number`."""
    pupil = world.transcripts.index(transcript) + 1
    content = replace(sample_content(number=pupil, teachers=len(world.teachers)), uuid=transcript)
    blocks = list(content.blocks)
    blocks[number - 1] = replace(blocks[number - 1], teacher=Person(f"Người {person}", world.people[person]))
    return build(replace(content, blocks=tuple(blocks)), load_profile("thcs_tt22_1"))


async def _kept(world: Any) -> int:
    async with world.scope.read() as tx:
        return len(await tx.rows(items.select().where(tx.of(items), items.c.value.is_not(None))))


@pytest.mark.fault(40)
@pytest.mark.feature("T12")
async def test_a_void_makes_the_value_an_orphan(make_world: Any, go_on: Any, invariants: Any, events: Any) -> None:
    world = await make_world(pupils=2)
    world.vendor.phone.will(Mood.APPROVE, user="gv1", after=timedelta(seconds=5))
    pressed = await world.press("gv1", "gvbm")
    await world.runner.once()
    gone = world.transcripts[0]
    await hold(world.scope, [gone], "gv1", "Sai điểm", "account-gv1")
    await void(world.scope, [gone], "admin")
    done = await go_on(world, pressed)
    assert (done.count(AttemptState.SIGNED), done.count(AttemptState.ORPHAN)) == (1, 1)
    assert await _kept(world) == 2, "the orphan's value is kept"
    assert [one[0] for one in (await events(world, Event.ORPHAN))[0]["subjects"]] == [gone]
    await invariants(world)


@pytest.mark.fault(40)
@pytest.mark.feature("T11")
async def test_a_hold_stops_new_presses_but_not_what_is_on_the_phone(
    make_world: Any, go_on: Any, invariants: Any
) -> None:
    world = await make_world(pupils=1)
    world.vendor.phone.will(Mood.APPROVE, user="gv1", after=timedelta(seconds=5))
    pressed = await world.press("gv1", "gvbm")
    await world.runner.once()
    await hold(world.scope, world.transcripts, "gv1", "Sai điểm", "account-gv1")
    with pytest.raises(NotYourTurn) as stopped:
        await world.press("gv2", "gvbm")
    assert stopped.value.facts["reason"] == "held"
    assert (await go_on(world, pressed)).count(AttemptState.SIGNED) == 1
    await release(world.scope, world.transcripts, "admin")
    async with world.scope.read() as tx:
        state = (await load_transcripts(tx, world.transcripts))[world.transcripts[0]].state
    assert state.main is Main.SIGNING and state.slot("gvbm-1").signed
    await invariants(world)


@pytest.mark.fault(40)
@pytest.mark.feature("T23")
async def test_a_signer_is_replaced_and_the_old_ones_late_value_is_kept_as_an_orphan(
    make_world: Any, go_on: Any, invariants: Any, events: Any
) -> None:
    world = await make_world(pupils=1, teachers=3)
    transcript = world.transcripts[0]
    await go_on(world, await world.press("gv1", "gvbm"))
    world.vendor.phone.will(Mood.APPROVE, user="gv2", after=timedelta(seconds=5))
    pressed = await world.press("gv2", "gvbm")
    await world.runner.once()
    planned = _with_teacher(world, transcript, 2, "gv3")
    await _replace(world, transcript, "gvbm-2", "gv3", planned)
    done = await go_on(world, pressed)
    assert done.count(AttemptState.ORPHAN) == 1
    assert (await events(world, Event.ORPHAN))[0]["subjects"] == [[transcript, "gvbm-2"]]
    again = await go_on(world, await world.press("gv3", "gvbm"))
    assert again.count(AttemptState.SIGNED) == 2, "the new teacher signs both blocks in one confirmation"
    assert (await go_on(world, await world.press("cn", "gvcn"))).count(AttemptState.SIGNED) == 1
    async with world.scope.read() as tx:
        state = (await load_transcripts(tx, [transcript]))[transcript].state
    assert state.slot("gvbm-1").signed, "the first teacher's signature stayed"
    with pytest.raises(Conflict):
        await _replace(world, transcript, "cbql", "gv1", planned)
    await invariants(world)


@pytest.mark.fault(40)
@pytest.mark.feature("T12")
@pytest.mark.feature("T23")
async def test_what_changes_between_judging_and_commit_decides(
    make_world: Any, go_on: Any, invariants: Any, events: Any, tmp_path: Path
) -> None:
    world = await make_world(pupils=4, teachers=3)
    gone, own, other, same = world.transcripts
    pressed = await world.press("gv1", "gvbm")
    await world.runner.once()
    world.clock.advance(timedelta(seconds=2))
    fast, slow = world.store.blobs, SlowDisk(tmp_path / "blobs")
    world.store.blobs = slow
    finishing = asyncio.create_task(world.runner.once())
    await slow.reached.wait()
    world.store.blobs = fast
    await hold(world.scope, [gone], "gv1", "Sai điểm", "account-gv1")
    await void(world.scope, [gone], "admin")
    await _replace(world, own, "gvbm-1", "gv3", _with_teacher(world, own, 1, "gv3"))
    await _replace(world, other, "gvbm-2", "gv3", _with_teacher(world, other, 2, "gv3"))
    slow.go_on.set()
    await finishing
    done = await go_on(world, pressed)
    assert not done.open
    states = {one.subject: one.state for one in done.attempts}
    assert states == {
        gone: AttemptState.ORPHAN,
        own: AttemptState.ORPHAN,
        other: AttemptState.SIGNED,  # its block did not change, whatever did beside it
        same: AttemptState.SIGNED,
    }
    assert [one[0] for one in (await events(world, Event.ORPHAN))[0]["subjects"]] == [gone]
    await invariants(world)
