"""The list of one signing step: what waits, is being signed, comes later, was signed, came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import ORDER, Life
from sqlalchemy import Integer, case, func, select

from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.turn import LAST, RANKS, query_turns
from hocba_gateway.signing.states import PACKAGE, AttemptState, PackageState
from hocba_gateway.store.schema import (
    attempts,
    classes,
    confirmations,
    package_records,
    packages,
    people,
    pupils,
    requests,
    slots,
    transcripts,
)
from hocba_gateway.store.store import Tx
from hocba_gateway.store.table import refers


class Standing(StrEnum):
    """Where a row stands for who looks at it; the values stand in addresses."""

    READY = "cho-ky"
    ASKED = "dang-ky"
    LATER = "chua-den-luot"
    SIGNED = "da-ky"
    RETURNED = "tra-lai"


@dataclass(frozen=True, slots=True)
class Row:
    """One transcript, or one package to be sealed."""

    id: str
    pupil: str
    """"" for a package."""
    code: str
    position: int
    """In the class's list; of a package the number of its transcripts."""
    class_id: str
    class_name: str
    grade: int
    year: str
    standing: Standing
    awaited: str | None = None
    """Kind of the slot whose turn it is; None when all are signed."""
    signers: tuple[str, ...] = ()
    """Names of who is awaited, once with_signers() has asked; "" stands for nobody in particular."""
    reason: str = ""
    """Why it came back, in its proposer's words."""
    failure: str = ""
    """Code of the error with which the last try ended."""
    failure_facts: Mapping[str, Any] = field(default_factory=dict)
    confirmation: str = ""
    """Where it is being signed."""
    at: int | None = None
    """When it was signed, or came back."""


async def list_work(tx: Tx, principal: Principal, kind: str) -> list[Row]:
    """Every row of that step that is this person's, in the order of grades, classes and class lists.

    `kind`: a SlotKind's value, or "goi". Raises Forbidden.
    """
    person = principal.demand_person()
    if kind in (SlotKind.SEAL, PACKAGE):
        principal.demand(Right.SEAL)
    asked = await under_way(tx, kind, person)
    failed = await _failed(tx, kind, person)
    rows = await _packages(tx, asked) if kind == PACKAGE else await _transcripts(tx, kind, person, asked)
    return [
        replace(row, failure=failed[row.id].error, failure_facts=failed[row.id].error_facts or {})
        if row.standing is Standing.READY and row.id in failed
        else row
        for row in rows
    ]


async def _transcripts(tx: Tx, kind: str, person: str, asked: Mapping[str, str]) -> list[Row]:
    t, p, c = transcripts.c, pupils.c, classes.c
    mine = [tx.of(slots), slots.c.kind == kind]
    if kind != SlotKind.SEAL:
        mine.append(slots.c.person_id == person)
    own = (
        select(
            slots.c.transcript_id,
            func.min(case((slots.c.signature.is_(None), 0), else_=1)).cast(Integer).label("signed"),
            func.max(slots.c.signed_at).label("signed_at"),
        )
        .where(*mine)
        .group_by(slots.c.transcript_id)
        .subquery()
    )
    turns = query_turns(tx)
    query = (
        select(
            t.id, t.hold_by, t.hold_reason, t.hold_at, own.c.signed, own.c.signed_at, turns.c.rank,
            p.name, p.code, p.position, c.id.label("class_id"), c.name.label("class_name"), c.grade, c.year,
        )
        .join_from(own, transcripts, (t.id == own.c.transcript_id) & tx.of(transcripts))
        .outerjoin(turns, turns.c.transcript_id == own.c.transcript_id)
        .join(pupils, refers(t.pupil_id, pupils))
        .join(classes, refers(t.class_id, classes))
        .where(tx.of(transcripts), t.life == Life.LIVE.value)
        .order_by(c.grade, c.name, p.position, p.code)
    )  # fmt: skip
    found = await tx.rows(query)
    if kind == SlotKind.SEAL:  # the releaser sees what is signed up to the leader, and nothing before
        rank = RANKS[kind]
        found = [row for row in found if row.rank is None or row.rank >= rank]
    return [_row(row, kind, asked) for row in found]


def _row(row: Any, kind: str, asked: Mapping[str, str]) -> Row:
    awaited = None if row.rank is None or row.rank >= LAST else ORDER[row.rank].value
    standing, at = _standing(row, kind, awaited, asked)
    return Row(
        row.id, row.name, row.code, row.position, row.class_id, row.class_name, row.grade, row.year, standing, awaited,
        reason=row.hold_reason or "" if standing is Standing.RETURNED else "",
        confirmation=asked.get(row.id, ""), at=at,
    )  # fmt: skip


def _standing(row: Any, kind: str, awaited: str | None, asked: Mapping[str, str]) -> tuple[Standing, int | None]:
    if row.hold_by is not None:
        return Standing.RETURNED, row.hold_at
    if row.signed:
        return Standing.SIGNED, row.signed_at
    if row.id in asked:
        return Standing.ASKED, None
    return (Standing.READY if awaited == kind else Standing.LATER), None


async def with_signers(tx: Tx, rows: Sequence[Row]) -> list[Row]:
    """Who is awaited, where it is somebody else: asked for the rows that are shown."""
    wanted = {row.id: row.awaited for row in rows if row.standing in (Standing.LATER, Standing.SIGNED) and row.awaited}
    if not wanted:
        return list(rows)
    query = (
        select(slots.c.transcript_id, slots.c.kind, people.c.name)
        .outerjoin_from(slots, people, refers(slots.c.person_id, people))
        .where(tx.of(slots), slots.c.signature.is_(None), slots.c.transcript_id.in_(wanted))
        .order_by(slots.c.slot)
    )
    names: dict[str, list[str]] = {}
    for slot in await tx.rows(query):
        if wanted[slot.transcript_id] == slot.kind:
            names.setdefault(slot.transcript_id, []).append(slot.name or "")
    return [replace(row, signers=tuple(dict.fromkeys(names[row.id]))) if row.id in names else row for row in rows]


async def _packages(tx: Tx, asked: Mapping[str, str]) -> list[Row]:
    count = (
        select(package_records.c.package_id, func.count().label("count"))
        .where(tx.of(package_records))
        .group_by(package_records.c.package_id)
        .subquery()
    )
    k, c = packages.c, classes.c
    query = (
        select(k.id, k.state, k.created_at, count.c.count, c.id.label("class_id"), c.name.label("class_name"), c.grade)
        .add_columns(c.year)
        .join_from(packages, classes, refers(k.class_id, classes))
        .join(count, count.c.package_id == k.id)
        .where(tx.of(packages), k.state != PackageState.DROPPED)
        .order_by(c.grade, c.name, k.created_at)
    )
    return [
        Row(
            row.id, "", "", row.count, row.class_id, row.class_name, row.grade, row.year,
            _package_standing(row, asked), confirmation=asked.get(row.id, ""), at=row.created_at,
        )
        for row in await tx.rows(query)
    ]  # fmt: skip


def _package_standing(row: Any, asked: Mapping[str, str]) -> Standing:
    if row.state != PackageState.SEAL:
        return Standing.SIGNED
    return Standing.ASKED if row.id in asked else Standing.READY


def _tries(tx: Tx, kind: str, state: AttemptState, *columns: Any) -> Any:
    """Attempts of that kind and state, with what else is wanted of their confirmation."""
    r, c = requests.c, confirmations.c
    return (
        select(attempts.c.subject_id, *columns)
        .join_from(attempts, requests, refers(attempts.c.request_id, requests))
        .join(confirmations, refers(r.confirmation_id, confirmations))
        .where(tx.of(attempts), attempts.c.state == state, c.slot_kind == kind)
    )


async def under_way(tx: Tx, kind: str, person: str) -> dict[str, str]:
    """Subject -> confirmation that is under way: this person's; of seals, which are the school's, anybody's."""
    query = _tries(tx, kind, AttemptState.ALIVE, confirmations.c.id)
    if kind not in (SlotKind.SEAL, PACKAGE):
        query = query.where(confirmations.c.person_id == person)
    return {row.subject_id: row.id for row in await tx.rows(query)}


async def _failed(tx: Tx, kind: str, person: str) -> dict[str, Any]:
    """Subject -> how this person's last try ended, of those that failed."""
    query = _tries(tx, kind, AttemptState.FAILED, attempts.c.error, attempts.c.error_facts)
    own = query.where(confirmations.c.person_id == person).order_by(attempts.c.ended_at)
    return {row.subject_id: row for row in await tx.rows(own)}


def counted(rows: Iterable[Row]) -> dict[Standing, int]:
    """How many stand where, for the filter's own words."""
    found = dict.fromkeys(Standing, 0)
    for row in rows:
        found[row.standing] += 1
    return found
