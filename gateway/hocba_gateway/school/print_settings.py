""" "Cấu hình in học bạ": place, date and the leader who signs, per class (S4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from hocba_core.audit import Event
from hocba_core.errors import BadInput, NotFound
from sqlalchemy import delete, select

from hocba_gateway.school.class_file import PrintSettings
from hocba_gateway.school.loading import find_class
from hocba_gateway.school.reading.words import eligible, key
from hocba_gateway.store import schema
from hocba_gateway.store.store import Tx

LEADERS = ("hieutruong", "phohieutruong")
"""Beginnings of the positions that may sign as the school's leader."""


async def get(tx: Tx, class_id: str) -> PrintSettings:
    """Empty while nobody set them. Raises NotFound(kind="class")."""
    await find_class(tx, class_id)
    t = schema.print_settings.c
    query = select(t.leader_id, t.place, t.sign_date).where(tx.of(schema.print_settings), t.class_id == class_id)
    row = (await tx.execute(query)).mappings().first()
    return PrintSettings(**row) if row else PrintSettings()


async def put(tx: Tx, class_ids: Sequence[str], settings: PrintSettings, actor: str) -> None:
    """The same for several classes at once.

    Raises NotFound(kind="class" | "person"), and BadInput(field="leader_id" | "sign_date" | "place")
    for a person who is no leader or works here no more, and for what is no date.
    """
    await tx.alone()
    if settings.leader_id is not None:
        await _judge_leader(tx, settings.leader_id)
    if settings.sign_date is not None:
        _judge_date(settings.sign_date)
    if settings.place is not None and len(settings.place) > 150:
        raise BadInput(field="place", expected="tối đa 150 ký tự")
    t = schema.print_settings.c
    for class_id in class_ids:
        await find_class(tx, class_id)
        here = (tx.of(schema.print_settings), t.class_id == class_id)
        await tx.execute(delete(schema.print_settings).where(*here))
        row = {"class_id": class_id, **asdict(settings)}
        await tx.insert(schema.print_settings, [row])
    facts = {"classes": list(class_ids), "leader_id": settings.leader_id}
    await tx.audit(Event.PRINT_SETTINGS, facts, actor)


async def leaders(tx: Tx) -> list[dict[str, str]]:
    """Who may be chosen: working, with a leader's position; id, name, position."""
    t = schema.people.c
    query = select(t.id, t.name, t.position, t.position_group, t.status).where(tx.of(schema.people))
    rows = (await tx.execute(query)).mappings()
    return [
        {"id": row["id"], "name": row["name"], "position": row["position"]}
        for row in rows
        if row["status"] in eligible("staff_status") and is_leader(row["position"])
    ]


def is_leader(position: str | None) -> bool:
    """ "Hiệu trưởng" and "Phó hiệu trưởng", in any spelling."""
    return bool(position) and key(position or "").startswith(LEADERS)


async def _judge_leader(tx: Tx, person_id: str) -> None:
    t = schema.people.c
    query = select(t.position, t.status).where(tx.of(schema.people), t.id == person_id)
    row = (await tx.execute(query)).mappings().first()
    if row is None:
        raise NotFound(kind="person")
    if row["status"] not in eligible("staff_status") or not is_leader(row["position"]):
        raise BadInput(field="leader_id", expected="Hiệu trưởng hoặc Phó hiệu trưởng đang làm việc")


def _judge_date(text: str) -> None:
    try:
        same = date.fromisoformat(text).isoformat() == text  # "20260529" and week dates are ISO too
    except ValueError as e:
        raise BadInput(field="sign_date", expected="YYYY-MM-DD") from e
    if not same:
        raise BadInput(field="sign_date", expected="YYYY-MM-DD")
