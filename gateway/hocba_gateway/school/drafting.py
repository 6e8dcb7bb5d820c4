"""A class's stored rows → transcripts that are ready to be created (T1, T13).

Stores nothing: hocba_gateway.signing.create does, and looks once more at the year's lock and at whether the rows are
still what the drafts were made from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from hocba_core.clock import to_millis, vietnam_date
from hocba_core.errors import NotFound
from hocba_core.transcript.record import build
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import Life
from sqlalchemy import select

from hocba_gateway.school.basis import head
from hocba_gateway.school.class_file import ClassFile
from hocba_gateway.school.content import Signers, make_content
from hocba_gateway.school.draft import Draft
from hocba_gateway.school.item import Item
from hocba_gateway.school.loading import load_class
from hocba_gateway.school.locks import require_year_lock
from hocba_gateway.school.missing import HAS_ONE, NOT_READY, ClassReport, report
from hocba_gateway.school.profile_row import require_profile
from hocba_gateway.school.signers import check_signers, load_accounts
from hocba_gateway.school.world import Row
from hocba_gateway.store.schema import transcripts
from hocba_gateway.store.store import Scope, Tx


def not_studying(status: str) -> str:
    return f"Trạng thái “{status}” không được tạo học bạ"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pupil who gets no transcript now, and why."""

    pupil_id: str
    code: str
    name: str = field(repr=False)
    reason: str
    """NOT_READY, HAS_ONE or not_studying(): as "Ghi chú" says it."""
    items: tuple[Item, ...] = ()
    """What must be added first; only errors."""

    def to_dict(self) -> dict[str, object]:
        missing = [item.to_dict() for item in self.items]
        return {"pupil_id": self.pupil_id, "code": self.code, "name": self.name} | {
            "reason": self.reason,
            "missing": missing,
        }


@dataclass(frozen=True, slots=True)
class Drafted:
    class_id: str
    class_name: str
    year: str
    drafts: tuple[Draft, ...] = field(repr=False)
    """In the order of the class's list; hand them to create_transcripts()."""
    left: tuple[LeftOut, ...]
    warnings: tuple[Item, ...]
    """Who will sign cannot yet, and what the class had better have; none of them stops creating."""
    since: int
    """basis.head() when the rows were read."""


async def draft_class(scope: Scope, class_id: str, pupil_ids: Sequence[str] | None = None) -> Drafted:
    """`pupil_ids` None: everybody in the class whose status gets a transcript.

    Raises NotFound(kind="class" | "pupil"), Incomplete(missing=[…]) for the school's own profile, and
    Conflict(state="unlocked", needs="class_lock").
    """
    clock = scope.store.clock
    async with scope.read() as tx:
        since = await head(tx)
        await require_profile(tx)
        await require_year_lock(tx, class_id)
        file = await load_class(tx, class_id)
        voided = await _voided(tx, file)
        accounts = await load_accounts(tx, file.room["year"])
    wanted = _wanted(file, pupil_ids)
    judged = await asyncio.to_thread(report, file, vietnam_date(clock()))
    ready, left = _sort_out(file, judged, wanted)
    built = await asyncio.to_thread(_build, file, ready, voided, vietnam_date(clock()))
    warnings = [item for item in judged.shared if item.severity == "warning"]
    warnings += check_signers(file, (signers for _, signers in built), accounts, to_millis(clock()))
    drafts = tuple(draft for draft, _ in built)
    return Drafted(class_id, file.room["name"], file.room["year"], drafts, left, tuple(warnings), since)


async def _voided(tx: Tx, file: ClassFile) -> Mapping[str, str]:
    """Pupil → the transcript of this year that was voided last."""
    t = transcripts.c
    query = select(t.pupil_id, t.id).where(
        tx.of(transcripts), t.year == file.room["year"], t.life == Life.VOID,
        t.pupil_id.in_([row["id"] for row in file.pupils]),
    )  # fmt: skip
    return {row.pupil_id: row.id for row in await tx.rows(query.order_by(t.life_at, t.created_at))}


def _wanted(file: ClassFile, pupil_ids: Sequence[str] | None) -> list[Row]:
    if pupil_ids is None:
        return list(file.eligible_pupils())
    chosen = set(pupil_ids)
    found = [row for row in file.pupils if row["id"] in chosen]
    if len(found) != len(chosen):
        raise NotFound(kind="pupil")
    return found


def _sort_out(file: ClassFile, judged: ClassReport, wanted: Sequence[Row]) -> tuple[list[str], tuple[LeftOut, ...]]:
    reports = {of_pupil.pupil_id: of_pupil for of_pupil in judged.pupils}
    of_class = tuple(item for item in judged.shared if item.severity == "error")
    ready: list[str] = []
    left: list[LeftOut] = []
    for row in wanted:
        who = (row["id"], row["code"], row["name"])
        of_pupil = reports.get(row["id"])
        if row["id"] in file.live:
            left.append(LeftOut(*who, HAS_ONE))
        elif of_pupil is None:
            left.append(LeftOut(*who, not_studying(row["status"])))
        elif of_class or of_pupil.errors:
            left.append(LeftOut(*who, NOT_READY, (*of_class, *of_pupil.errors)))
        else:
            ready.append(row["id"])
    return ready, tuple(left)


def _build(
    file: ClassFile, pupil_ids: Sequence[str], voided: Mapping[str, str], today: date
) -> list[tuple[Draft, Signers]]:
    """CPU work: some milliseconds a pupil."""
    made = []
    for pupil_id in pupil_ids:
        content, signers = make_content(file, pupil_id, str(uuid4()), today)
        skeleton = build(content, file.profile)
        people = {slot.id: signers.of_slot(slot.id) for slot in skeleton.slots if slot.kind is not SlotKind.SEAL}
        known = {slot: person for slot, person in people.items() if person is not None}
        assert len(known) == len(people), "a transcript whose signers are not all known is not complete"
        draft = Draft(skeleton, file.room["id"], pupil_id, file.room["year"], known, voided.get(pupil_id))
        made.append((draft, signers))
    return made
