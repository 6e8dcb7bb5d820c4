"""What is done with transcripts besides signing: each change is allowed by the workflow's table, stored, audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hocba_core.audit import Event
from hocba_core.errors import BadInput, Conflict, NotFound, NotYourTurn
from hocba_core.transcript.record import Skeleton
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import ORDER, Life, TranscriptState
from hocba_core.workflow.table import Action, may
from hocba_core.workflow.turn import Mend
from sqlalchemy import select, update

from hocba_gateway.signing.job import end_attempts
from hocba_gateway.signing.load import Loaded, load_transcripts
from hocba_gateway.signing.states import AttemptState
from hocba_gateway.store.schema import attempts, slots, transcripts
from hocba_gateway.store.store import Scope, Tx

MOST_REASON = 500
_NO_HOLD: Mapping[str, Any] = {"hold_by": None, "hold_step": None, "hold_reason": None, "hold_at": None}


async def hold(scope: Scope, ids: Sequence[str], person: str, reason: str, actor: str, *, admin: bool = False) -> None:
    """ "Đề xuất hủy". `person`: people.id; whose turn it is or was, or the administrator. The reason is obligatory.

    Raises BadInput, NotYourTurn, Conflict; then nothing is changed.
    """
    _judge_reason(reason)

    def mine(state: TranscriptState) -> None:
        if not admin and not was_or_is_turn(state, person):
            raise NotYourTurn(reason="not_yours", mend=Mend.ADMIN.value)

    async with scope.write() as tx:
        loaded = await _allowed(tx, ids, Action.HOLD, mine)
        for identity, one in loaded.items():
            awaited = one.state.awaited
            values = {
                "hold_by": person,
                "hold_step": awaited.value if awaited else None,
                "hold_reason": reason.strip(),
                "hold_at": tx.now(),
            }
            await _update(tx, [identity], values)
        await tx.audit(Event.HELD, {"transcripts": list(ids), "person": person}, actor)


def _judge_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > MOST_REASON:
        raise BadInput(field="reason", expected=f"lý do, tối đa {MOST_REASON} ký tự")


def was_or_is_turn(state: TranscriptState, person: str) -> bool:
    """The person has a slot in a step that is being signed or has been signed."""
    awaited = state.awaited
    reached = ORDER if awaited is None else ORDER[: ORDER.index(awaited) + 1]
    return any(slot.person == person for slot in state.slots if slot.kind in reached and slot.person)


async def release(scope: Scope, ids: Sequence[str], actor: str) -> None:
    """ "Từ chối hủy": the state before, with every signature."""
    async with scope.write() as tx:
        await _allowed(tx, ids, Action.RELEASE)
        await _update(tx, ids, _NO_HOLD)
        await tx.audit(Event.RELEASED, {"transcripts": list(ids)}, actor)


async def void(scope: Scope, ids: Sequence[str], actor: str) -> None:
    """ "Hủy học bạ": final. What was signed stays on record; a value that comes later is an orphan."""
    async with scope.write() as tx:
        await _allowed(tx, ids, Action.VOID)
        await _update(tx, ids, {"life": Life.VOID, "life_at": tx.now()})
        await tx.audit(Event.VOIDED, {"transcripts": list(ids)}, actor)


async def complete(scope: Scope, ids: Sequence[str], person: str, actor: str) -> None:
    """ "Xác nhận hoàn thành"."""
    async with scope.write() as tx:
        await _allowed(tx, ids, Action.COMPLETE)
        await _update(tx, ids, {"completed_by": person, "completed_at": tx.now()})
        await tx.audit(Event.COMPLETED, {"transcripts": list(ids)}, actor)


async def undo_completion(scope: Scope, ids: Sequence[str], reason: str, actor: str) -> None:
    """Only before sending, with a reason."""
    _judge_reason(reason)
    async with scope.write() as tx:
        await _allowed(tx, ids, Action.UNDO_COMPLETE)
        await _update(tx, ids, {"completed_by": None, "completed_at": None})
        await tx.audit(Event.UNCOMPLETED, {"transcripts": list(ids), "reason": reason.strip()}, actor)


async def replace_signer(
    scope: Scope, transcript: str, slot: str, person: str, planned: Skeleton, actor: str, *, before: str
) -> None:
    """Somebody fell ill: `person` signs `slot` instead. `planned`: the same record built with that signer, from the
    skeleton named `before`; Conflict(state="busy") when that is no longer the transcript's: another signer was
    replaced meanwhile, and must not be forgotten.

    Other signatures stay, so what they cover must not have changed: Conflict(state="covers_changed") otherwise.
    An answer that is still on the way for a slot whose content changed is kept as an orphan.
    """
    name = await scope.blobs.put(planned.xml)
    async with scope.write() as tx:
        one = (await _allowed(tx, [transcript], Action.REPLACE_SIGNER))[transcript]
        wanted = one.state.slot(slot)
        if wanted is None or wanted.kind is SlotKind.SEAL:
            raise NotFound(kind="slot")
        if wanted.signed:
            raise Conflict(action=Action.REPLACE_SIGNER.value, reason="already_signed", state=one.state.main.value)
        if one.row.skeleton != before:
            raise Conflict(state="busy", needs="again")
        changed = _changed_digests(one, planned)
        if any(one.slots[identity].signed for identity in changed):
            raise Conflict(state="covers_changed", needs="void")
        for identity, digest in changed.items():
            await _update_slot(tx, transcript, identity, {"target_digest": digest})
        await _update_slot(tx, transcript, slot, {"person_id": person})
        await _update(tx, [transcript], {"skeleton": name})
        await _orphan(tx, transcript, [*changed, slot])
        facts = {"transcript": transcript, "slot": slot, "from": wanted.person, "to": person, "skeleton": name}
        await tx.audit(Event.SIGNER_REPLACED, facts, actor)


def _changed_digests(one: Loaded, planned: Skeleton) -> dict[str, bytes]:
    """Slots of the first freeze point whose part reads differently now."""
    if planned.uuid != one.row.id or [slot.id for slot in planned.slots] != list(one.slots):
        raise Conflict(state="other_slots", needs="void")
    early = [slot for slot in planned.slots if slot.kind in (SlotKind.GVBM, SlotKind.GVCN)]
    found = {slot.id: planned.digest(slot.id) for slot in early}
    return {slot: digest for slot, digest in found.items() if digest != one.slots[slot].target_digest}


async def _orphan(tx: Tx, transcript: str, changed: Sequence[str]) -> None:
    rows = await tx.rows(
        select(attempts.c.id).where(
            tx.of(attempts),
            attempts.c.subject_id == transcript,
            attempts.c.slot.in_(changed),
            attempts.c.state == AttemptState.ALIVE,
        )
    )
    await end_attempts(tx, [row.id for row in rows], AttemptState.ORPHAN)


async def _allowed(
    tx: Tx, ids: Sequence[str], action: Action, besides: Callable[[TranscriptState], None] | None = None
) -> dict[str, Loaded]:
    """All or none: the first transcript that refuses stops the whole. Locked until the transaction ends."""
    loaded = await load_transcripts(tx, ids, lock=True)
    for identity in ids:
        if identity not in loaded:
            raise NotFound(kind="transcript")
        state = loaded[identity].state
        if reason := may(action, state):
            raise Conflict(action=action.value, reason=reason, state=state.main.value, transcript=identity)
        if besides is not None:
            besides(state)
    return loaded


async def _update(tx: Tx, ids: Sequence[str], values: Mapping[str, Any]) -> None:
    await tx.execute(update(transcripts).where(tx.of(transcripts), transcripts.c.id.in_(ids)).values(**values))


async def _update_slot(tx: Tx, transcript: str, slot: str, values: Mapping[str, Any]) -> None:
    await tx.execute(
        update(slots).where(tx.of(slots), slots.c.transcript_id == transcript, slots.c.slot == slot).values(**values)
    )
