"""The two things that a person does with files: look at what would happen, and let it happen."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from hocba_core.audit import Event
from sqlalchemy import Table, bindparam, delete, update

from hocba_gateway.school.importing.plan import Plan, make_plan, refusal, settle_year
from hocba_gateway.school.loading import load_world
from hocba_gateway.school.problems import Notes
from hocba_gateway.school.reading.tables import Reading, Upload, read_files
from hocba_gateway.school.subjects import every_subject
from hocba_gateway.school.world import Row, Rows
from hocba_gateway.store import schema
from hocba_gateway.store.store import Tx

_KEYS = {
    "people": (schema.people, ("id",)),
    "classes": (schema.classes, ("id",)),
    "pupils": (schema.pupils, ("id",)),
    "assignments": (schema.assignments, ("class_id", "subject", "term", "person_id")),
    "results": (schema.results, ("pupil_id", "subject")),
}


def read(uploads: Sequence[Upload]) -> Reading:
    """CPU work (a second for a school of 1,500): do it in a thread, before any transaction."""
    return read_files(uploads, every_subject())


async def preview(tx: Tx, reading: Reading, year: str | None) -> Plan:
    """What the files would do to the school's year; `year` None takes the files' own."""
    notes = Notes(reading.notes.problems)
    settled = settle_year(reading, year, notes)
    if not settled:
        return refusal(reading, notes)
    return make_plan(reading, await load_world(tx, settled), notes)


async def store(tx: Tx, reading: Reading, year: str | None, actor: str | None) -> Plan:
    """Everything or nothing: a refused plan stores nothing. Audited with counts, never with names."""
    await tx.alone()
    plan = await preview(tx, reading, year)
    if plan.is_refused:
        return plan
    for name, (table, keys) in _KEYS.items():
        rows: Rows = getattr(plan.world, name)
        await tx.insert(table, rows.new)
        await _update(tx, table, keys, rows.changed)
        await _delete(tx, table, keys, rows.gone)
    facts = {
        "year": plan.year,
        "files": len({table.file for table in plan.tables}),
        "counts": {name: count.to_dict() for name, count in plan.counts().items()},
        "kept": len(plan.kept),
    }
    await tx.audit(Event.IMPORTED, facts, actor)
    return plan


async def _update(tx: Tx, table: Table, keys: Sequence[str], rows: Sequence[Row]) -> None:
    if not rows:
        return
    here = [table.c[key] == bindparam(f"at_{key}") for key in keys]
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in rows[0] if name not in keys}
    statement = update(table).where(tx.of(table), *here).values(values)
    await tx.execute(
        statement,
        [{(f"at_{n}" if n in keys else f"to_{n}"): value for n, value in row.items()} for row in rows],
    )


async def _delete(tx: Tx, table: Table, keys: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        here = [table.c[key] == bindparam(f"at_{key}") for key in keys]
        statement = delete(table).where(tx.of(table), *here)
        await tx.execute(statement, [{f"at_{key}": row[key] for key in keys} for row in rows])


def fingerprint(uploads: Sequence[Upload]) -> str:
    """Of what was shown in a preview, so that the same files are stored, and not others."""
    return sha256(b"".join(sha256(upload.content).digest() for upload in uploads)).hexdigest()
