"""Rows of the store → the values that this room works on. Reads only, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hocba_core.errors import NotFound
from hocba_core.workflow.states import Life
from sqlalchemy import Table, and_, select

from hocba_gateway.school.class_file import ClassFile, PrintSettings
from hocba_gateway.school.content import DOSSIER
from hocba_gateway.school.missing import absent_elements
from hocba_gateway.school.profile_row import load_profile_of_school
from hocba_gateway.school.reading.words import eligible
from hocba_gateway.school.world import Row, Rows, World
from hocba_gateway.store import schema
from hocba_gateway.store.store import Tx


async def load_world(tx: Tx, year: str) -> World:
    """The school's whole year, to plan an import against."""
    school = await load_profile_of_school(tx)
    classes = await _rows(tx, schema.classes, schema.classes.c.year == year)
    pupils = await _rows(tx, schema.pupils, schema.pupils.c.year == year)
    held = {row["id"] for row in classes}
    assignments = await _rows(tx, schema.assignments)
    results = await _results(tx, year)
    return World(
        year=year,
        school_name=school.name,
        people=_by(await _rows(tx, schema.people), "id"),
        classes=_by(classes, "id"),
        pupils=_by(pupils, "id"),
        assignments=_by(
            [row for row in assignments if row["class_id"] in held],
            "class_id", "subject", "term", "person_id",
        ),
        results=_by(results, "pupil_id", "subject"),
        live=await live_pupils(tx, year),
    )  # fmt: skip


async def live_pupils(tx: Tx, year: str, class_id: str | None = None) -> frozenset[str]:
    """Pupils who have a live transcript."""
    t = schema.transcripts.c
    query = select(t.pupil_id).where(tx.of(schema.transcripts), t.year == year, t.life == Life.LIVE)
    if class_id is not None:
        query = query.where(t.class_id == class_id)
    return frozenset((await tx.execute(query)).scalars())


async def find_class(tx: Tx, class_id: str) -> Row:
    """Raises NotFound(kind="class")."""
    rows = await _rows(tx, schema.classes, schema.classes.c.id == class_id)
    if not rows:
        raise NotFound(kind="class")
    return rows[0]


async def load_class(tx: Tx, class_id: str) -> ClassFile:
    """Everything about one class. Raises NotFound(kind="class")."""
    room = await find_class(tx, class_id)
    school = await load_profile_of_school(tx)
    pupils = await _rows(tx, schema.pupils, schema.pupils.c.class_id == class_id)
    assignments = await _rows(tx, schema.assignments, schema.assignments.c.class_id == class_id)
    settings = await _rows(tx, schema.print_settings, schema.print_settings.c.class_id == class_id)
    locks = await _rows(tx, schema.class_locks, schema.class_locks.c.class_id == class_id)
    found = settings[0] if settings else {}
    leader = found.get("leader_id")
    named = {row["person_id"] for row in assignments} | {room["homeroom_id"], leader}
    people = await _rows(tx, schema.people, schema.people.c.id.in_(sorted(named - {None})))
    results = await _results(tx, room["year"], class_id)
    return ClassFile(
        school=school,
        room=room,
        pupils=tuple(sorted(pupils, key=lambda row: (row["position"], row["code"]))),
        results={(row["pupil_id"], row["subject"]): row["data"] for row in results},
        assignments=tuple(assignments),
        people={row["id"]: row for row in people},
        settings=PrintSettings(leader, found.get("place"), found.get("sign_date")),
        live=await live_pupils(tx, room["year"], class_id),
        locks=frozenset(row["term"] for row in locks),
        absent=await absent_from_dossiers(tx, room["year"]),
    )


async def absent_from_dossiers(tx: Tx, year: str) -> frozenset[str]:
    """Elements of a dossier that no pupil of the year has: the school's files lack the column."""
    p = schema.pupils.c
    query = select(p.data).where(tx.of(schema.pupils), p.year == year, p.status.in_(sorted(eligible("pupil_status"))))
    rows = [{"data": data} for data in (await tx.execute(query)).scalars()]
    return absent_elements(rows, DOSSIER.items()) if rows else frozenset()


async def _results(tx: Tx, year: str, class_id: str | None = None) -> list[Row]:
    r, p = schema.results.c, schema.pupils.c
    query = (
        select(r.pupil_id, r.subject, r.data)
        .join(schema.pupils, and_(p.school_id == r.school_id, p.id == r.pupil_id))
        .where(tx.of(schema.results), p.year == year)
    )
    if class_id is not None:
        query = query.where(p.class_id == class_id)
    return [dict(row) for row in (await tx.execute(query)).mappings()]


async def _rows(tx: Tx, table: Table, *conditions: Any) -> list[Row]:
    """The table's rows of this school without `school_id`, which the scope holds."""
    columns = [column for column in table.c if column.name != "school_id"]
    query = select(*columns).where(tx.of(table), *conditions)
    return [dict(row) for row in (await tx.execute(query)).mappings()]


def _by(rows: Iterable[Row], *names: str) -> Rows:
    if len(names) == 1:
        return Rows({row[names[0]]: row for row in rows})
    return Rows({tuple(row[name] for name in names): row for row in rows})
