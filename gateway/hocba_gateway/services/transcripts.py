"""Transcripts as lists show them, and what waits for whom. Read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hocba_core.errors import NotFound
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import DELIVERY_NAMES, ORDER, Delivery, Life, Main
from sqlalchemy import ColumnElement, Integer, case, func, select

from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.sight import require_transcripts, seen_transcripts
from hocba_gateway.services.turn import query_turns, rank_of_slot
from hocba_gateway.services.work import under_way
from hocba_gateway.signing.load import Loaded, load_transcripts
from hocba_gateway.signing.states import PACKAGE, PackageState
from hocba_gateway.store.schema import classes, packages, people, pupils, slots, transcripts
from hocba_gateway.store.store import Tx
from hocba_gateway.store.table import refers


@dataclass(frozen=True, slots=True)
class Line:
    """One transcript in a list."""

    id: str
    pupil_id: str
    pupil_code: str
    pupil: str
    class_id: str
    state: str
    """In the words of the screen, as are `completion` and `delivery`."""
    awaited: str | None
    """The kind of slot whose turn it is; None when all are signed."""
    signed: Mapping[str, tuple[int, int]]
    """Kind of slot -> how many are signed, of how many."""
    hold_reason: str | None
    completed_at: int | None
    delivery: str
    delivered_at: int | None
    delivery_reason: str | None


async def list_transcripts(tx: Tx, principal: Principal, class_id: str, *, voided: bool = False) -> list[Line]:
    """Of a class that the person may see, in the class's order; without those that were voided."""
    unsigned = func.sum(case((slots.c.signature.is_(None), 1), else_=0)).cast(Integer)
    counted = (
        select(slots.c.transcript_id, slots.c.kind, func.count().label("all"), unsigned.label("open"))
        .join_from(
            slots,
            transcripts,
            refers(slots.c.transcript_id, transcripts),
        )
        .where(tx.of(slots), transcripts.c.class_id == class_id)
        .group_by(slots.c.transcript_id, slots.c.kind)
    )
    kinds: dict[str, dict[str, tuple[int, int]]] = {}
    for row in (await tx.execute(counted)).mappings():
        kinds.setdefault(row["transcript_id"], {})[row["kind"]] = (row["all"] - row["open"], row["all"])
    query = (
        select(transcripts, pupils.c.code.label("pupil_code"), pupils.c.name.label("pupil"))
        .join_from(
            transcripts,
            pupils,
            refers(transcripts.c.pupil_id, pupils),
        )
        .where(tx.of(transcripts), transcripts.c.class_id == class_id, seen_transcripts(tx, principal))
        .order_by(pupils.c.position, pupils.c.code, transcripts.c.created_at)
    )
    if not voided:
        query = query.where(transcripts.c.life == Life.LIVE.value)
    return [_line(row, kinds.get(row.id, {})) for row in await tx.rows(query)]


def _line(row: Any, kinds: Mapping[str, tuple[int, int]]) -> Line:
    in_order = {kind.value: kinds[kind.value] for kind in ORDER if kind.value in kinds}
    awaited = next((kind for kind, (done, every) in in_order.items() if done < every), None)
    return Line(
        id=row.id,
        pupil_id=row.pupil_id,
        pupil_code=row.pupil_code,
        pupil=row.pupil,
        class_id=row.class_id,
        state=_main(row, awaited).value,
        awaited=awaited,
        signed=in_order,
        hold_reason=row.hold_reason,
        completed_at=row.completed_at,
        delivery=DELIVERY_NAMES[Delivery(row.delivery)],
        delivered_at=row.delivered_at,
        delivery_reason=row.delivery_reason,
    )


def _main(row: Any, awaited: str | None) -> Main:
    if row.life != Life.LIVE:
        return Main.VOID
    if row.hold_by is not None:
        return Main.RETURNED
    return Main.SIGNED if awaited is None else Main.SIGNING


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work of one kind in one class that can be done now."""

    kind: str
    """A SlotKind's value, or "goi" for packages to be sealed."""
    class_id: str
    class_name: str
    ids: tuple[str, ...]
    """transcripts.id in the class's order, or packages.id."""


async def waiting(tx: Tx, principal: Principal, kinds: Sequence[str] | None = None) -> list[Waiting]:
    """What waits for this person: the first thing that they are shown after log-in. Not what is being signed."""
    turns = query_turns(tx)
    mine: ColumnElement[bool] = slots.c.person_id == (principal.person or "")
    if principal.has(Right.SEAL):
        mine = mine | (slots.c.kind == SlotKind.SEAL.value)
    query = (
        select(slots.c.kind, classes.c.id.label("class_id"), classes.c.name.label("class_name"), transcripts.c.id)
        .join_from(slots, turns, (turns.c.transcript_id == slots.c.transcript_id) & (turns.c.rank == rank_of_slot()))
        .join(
            transcripts,
            refers(slots.c.transcript_id, transcripts),
        )
        .join(classes, refers(transcripts.c.class_id, classes))
        .join(pupils, refers(transcripts.c.pupil_id, pupils))
        .where(
            tx.of(slots),
            mine,
            slots.c.signature.is_(None),
            transcripts.c.life == Life.LIVE.value,
            transcripts.c.hold_by.is_(None),
        )
        .order_by(classes.c.grade, classes.c.name, slots.c.kind, pupils.c.position, slots.c.slot)
    )
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for row in await tx.rows(query):
        found.setdefault((row.kind, row.class_id, row.class_name), {})[row.id] = None
    if principal.has(Right.SEAL):
        for row in await tx.rows(_packages(tx)):
            found.setdefault((PACKAGE, row.class_id, row.class_name), {})[row.id] = None
    wanted = {key: ids for key, ids in found.items() if kinds is None or key[0] in kinds}
    asked = {kind: await under_way(tx, kind, principal.person or "") for kind in {key[0] for key in wanted}}
    left = {key: tuple(one for one in ids if one not in asked[key[0]]) for key, ids in wanted.items()}
    return [Waiting(kind, class_id, name, ids) for (kind, class_id, name), ids in left.items() if ids]


def _packages(tx: Tx) -> Any:
    return (
        select(packages.c.id, packages.c.class_id, classes.c.name.label("class_name"))
        .join_from(
            packages,
            classes,
            refers(packages.c.class_id, classes),
        )
        .where(tx.of(packages), packages.c.state == PackageState.SEAL)
        .order_by(classes.c.grade, classes.c.name, packages.c.created_at)
    )


async def one_transcript(tx: Tx, principal: Principal, transcript: str) -> tuple[Loaded, list[dict[str, Any]]]:
    """The transcript and its route: per slot who signs, whether and when they have. Raises NotFound."""
    await require_transcripts(tx, principal, [transcript])
    loaded = (await load_transcripts(tx, [transcript])).get(transcript)
    if loaded is None:
        raise NotFound(kind="transcript")
    named = [slot.person_id for slot in loaded.slots.values() if slot.person_id]
    rows = await tx.rows(select(people.c.id, people.c.name).where(tx.of(people), people.c.id.in_(named)))
    names = {row.id: row.name for row in rows}
    route = [
        {
            "slot": slot.slot,
            "kind": slot.kind,
            "signer": names.get(slot.person_id, ""),
            "signed": bool(slot.signed),
            "signed_at": slot.signed_at,
        }
        for slot in loaded.slots.values()
    ]
    return loaded, route
