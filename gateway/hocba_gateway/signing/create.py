"""Creating transcripts: the first freeze point. From here on the content of the blocks never changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hocba_core.audit import Event
from hocba_core.errors import Conflict
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import Delivery, Life
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hocba_gateway.school.basis import has_changed
from hocba_gateway.school.draft import Draft
from hocba_gateway.school.locks import hold_year_lock
from hocba_gateway.store.schema import slots, transcripts
from hocba_gateway.store.store import Scope, Tx


@dataclass(frozen=True, slots=True)
class Created:
    ids: tuple[str, ...]
    """Transcripts made, in the order of the drafts."""
    existing: tuple[str, ...]
    """pupils.id of those who have a live transcript already: skipped."""


async def create_transcripts(scope: Scope, drafts: Sequence[Draft], actor: str, *, since: int | None = None) -> Created:
    """All in one transaction. `actor`: accounts.id. `since`: Drafted.since; None trusts the drafts.

    Raises Conflict(state="busy") when another creates the same, Conflict(state="unlocked") when the year of a class is
    not confirmed, or no longer, Conflict(state="class_changed") when what the drafts were made from has changed.
    That nothing is missing has been checked by hocba_gateway.school.drafting.
    """
    frozen = await asyncio.to_thread(lambda: [_freeze(draft) for draft in drafts])
    names = await scope.blobs.put_all([draft.skeleton.xml for draft in drafts])
    try:
        async with scope.write() as tx:
            await tx.alone()  # an import that is being stored was planned when these transcripts were not there
            if since is not None and await has_changed(tx, since):
                raise Conflict(state="class_changed", needs="again")
            for class_id in sorted({draft.class_id for draft in drafts}):
                await hold_year_lock(tx, class_id)
            taken = await _live_pupils(tx, drafts)
            fresh = [
                (draft, rows, name)
                for draft, rows, name in zip(drafts, frozen, names, strict=True)
                if draft.pupil_id not in taken
            ]
            await tx.insert(transcripts, [_row(draft, name, actor, tx.now()) for draft, _, name in fresh])
            await tx.insert(slots, [row for _, rows, _ in fresh for row in rows])
            made = tuple(draft.skeleton.uuid for draft, _, _ in fresh)
            if made:
                digests = [[draft.skeleton.uuid, name] for draft, _, name in fresh]
                await tx.audit(Event.CREATED, {"transcripts": digests}, actor)
    except IntegrityError as error:
        raise Conflict(state="busy", needs="again") from error
    return Created(made, tuple(draft.pupil_id for draft in drafts if draft.pupil_id in taken))


def _freeze(draft: Draft) -> list[dict[str, Any]]:
    """The rows of the slots; digests of what teachers and homeroom will sign."""
    early = (SlotKind.GVBM, SlotKind.GVCN)
    return [
        {
            "transcript_id": draft.skeleton.uuid,
            "slot": slot.id,
            "kind": slot.kind.value,
            "person_id": None if slot.kind is SlotKind.SEAL else draft.signers[slot.id],
            "target_digest": draft.skeleton.digest(slot.id) if slot.kind in early else None,
        }
        for slot in draft.skeleton.slots
    ]


async def _live_pupils(tx: Tx, drafts: Sequence[Draft]) -> set[str]:
    found = await tx.rows(
        select(transcripts.c.pupil_id, transcripts.c.year).where(
            tx.of(transcripts),
            transcripts.c.life == Life.LIVE,
            transcripts.c.pupil_id.in_([draft.pupil_id for draft in drafts]),
        )
    )
    years = {draft.year for draft in drafts}
    return {row.pupil_id for row in found if row.year in years}


def _row(draft: Draft, skeleton: str, actor: str, now: int) -> dict[str, Any]:
    return {
        "id": draft.skeleton.uuid,
        "year": draft.year,
        "class_id": draft.class_id,
        "pupil_id": draft.pupil_id,
        "profile": draft.skeleton.profile,
        "version": 1,
        "skeleton": skeleton,
        "life": Life.LIVE,
        "replaces": draft.replaces,
        "delivery": Delivery.NONE,
        "created_by": actor,
        "created_at": now,
    }
