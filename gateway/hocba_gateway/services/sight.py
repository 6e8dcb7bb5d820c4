"""What a person of a school gets to see (T3): classes and transcripts of the own school, by right and role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hocba_core.errors import Forbidden, NotFound
from hocba_core.transcript.route import SlotKind
from sqlalchemy import ColumnElement, exists, or_, select, true

from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.store.schema import assignments, classes, print_settings, slots, transcripts
from hocba_gateway.store.store import Tx
from hocba_gateway.store.table import refers


def seen_classes(tx: Tx, principal: Principal) -> ColumnElement[bool]:
    """A condition on `classes`: homeroom, taught, led; all for administrator and releaser."""
    if principal.rights & {Right.ADMIN, Right.SEAL}:
        return true()
    person = principal.person or ""
    taught = exists().where(
        tx.of(assignments), assignments.c.class_id == classes.c.id, assignments.c.person_id == person
    )
    led = exists().where(
        tx.of(print_settings), print_settings.c.class_id == classes.c.id, print_settings.c.leader_id == person
    )
    # who signs there need not teach there any more: a replaced or transferred teacher still sees what was signed
    signs = exists().where(
        tx.of(slots),
        tx.of(transcripts),
        slots.c.transcript_id == transcripts.c.id,
        transcripts.c.class_id == classes.c.id,
        slots.c.person_id == person,
    )
    return or_(classes.c.homeroom_id == person, taught, led, signs)


def seen_transcripts(tx: Tx, principal: Principal) -> ColumnElement[bool]:
    """A condition on `transcripts`: those with a slot of one's own; the releaser's: signed up to the leader."""
    if principal.has(Right.ADMIN):
        return true()
    own = exists().where(
        tx.of(slots), slots.c.transcript_id == transcripts.c.id, slots.c.person_id == (principal.person or "")
    )
    if not principal.has(Right.SEAL):
        return own
    unsigned = exists().where(
        tx.of(slots),
        slots.c.transcript_id == transcripts.c.id,
        slots.c.kind != SlotKind.SEAL.value,
        slots.c.signature.is_(None),
    )
    return or_(own, ~unsigned)


async def sees_whole(tx: Tx, principal: Principal, transcript: str) -> bool:
    """False for a subject teacher who is nothing else to it: they see their own subjects only (T3)."""
    if principal.rights & {Right.ADMIN, Right.SEAL}:
        return True
    person = principal.person or ""
    leads = exists().where(
        tx.of(slots),
        slots.c.transcript_id == transcripts.c.id,
        slots.c.person_id == person,
        slots.c.kind != SlotKind.GVBM.value,
    )
    cares = exists().where(tx.of(classes), classes.c.id == transcripts.c.class_id, classes.c.homeroom_id == person)
    found = select(transcripts.c.id).where(tx.of(transcripts), transcripts.c.id == transcript, or_(leads, cares))
    return await tx.row(found) is not None


async def may_export(tx: Tx, principal: Principal, transcript: str) -> bool:
    """The administrator and the class's homeroom teacher (T4)."""
    if principal.has(Right.ADMIN):
        return True
    cares = refers(transcripts.c.class_id, classes)
    own = (transcripts.c.id == transcript, classes.c.homeroom_id == (principal.person or ""))
    return await tx.row(select(transcripts.c.id).join(classes, cares).where(tx.of(transcripts), *own)) is not None


async def require_class(tx: Tx, principal: Principal, class_id: str) -> Any:
    """The class's row. Raises NotFound(kind="class"), also for one that the person does not get to see."""
    row = await tx.row(select(classes).where(tx.of(classes), classes.c.id == class_id, seen_classes(tx, principal)))
    if row is None:
        raise NotFound(kind="class")
    return row


async def require_own_class(tx: Tx, principal: Principal, class_id: str) -> Any:
    """For what the administrator and the class's homeroom teacher do (T1, T2, T4). Raises NotFound, Forbidden."""
    row = await require_class(tx, principal, class_id)
    if not principal.has(Right.ADMIN) and row.homeroom_id != principal.person:
        raise Forbidden(needs="quyền quản trị, hoặc giáo viên chủ nhiệm của lớp")
    return row


async def require_transcripts(tx: Tx, principal: Principal, ids: Sequence[str]) -> None:
    """Raises NotFound(kind="transcript") when one of them is not there for this person."""
    query = select(transcripts.c.id).where(
        tx.of(transcripts), transcripts.c.id.in_(ids), seen_transcripts(tx, principal)
    )
    found = set((await tx.execute(query)).scalars())
    if not ids or found != set(ids):
        raise NotFound(kind="transcript")
