""" "Xác nhận hoàn thành tổng kết" per class and term (S3). The year's lock allows creating."""

from __future__ import annotations

from typing import Final

from hocba_core.audit import Event
from hocba_core.errors import BadInput, Conflict
from hocba_core.workflow.states import Life
from sqlalchemy import delete, func, select

from hocba_gateway.school.loading import find_class
from hocba_gateway.store import schema
from hocba_gateway.store.schema import classes
from hocba_gateway.store.store import Tx

TERMS: Final = ("HK1", "HK2", "CN")


async def locked_terms(tx: Tx, class_id: str) -> frozenset[str]:
    """Raises NotFound(kind="class")."""
    await find_class(tx, class_id)
    t = schema.class_locks.c
    query = select(t.term).where(tx.of(schema.class_locks), t.class_id == class_id)
    return frozenset((await tx.execute(query)).scalars())


async def lock(tx: Tx, class_id: str, term: str, actor: str) -> None:
    """Locking again changes nothing. Raises NotFound(kind="class"), BadInput(field="term")."""
    if await _is_locked(tx, class_id, term):
        return
    row = {"class_id": class_id, "term": term, "locked_by": actor, "locked_at": tx.now()}
    await tx.insert(schema.class_locks, [row])
    await tx.audit(Event.CLASS_LOCKED, {"class_id": class_id, "term": term}, actor)


async def unlock(tx: Tx, class_id: str, term: str, actor: str) -> None:
    """Raises Conflict(state="live_transcripts", needs="void", count=…) while the class has live
    transcripts: they say what was confirmed. Unlocking what is open changes nothing."""
    if not await _is_locked(tx, class_id, term):
        return
    count = await _live(tx, class_id)
    if count:
        raise Conflict(state="live_transcripts", needs="void", count=count)
    t = schema.class_locks.c
    await tx.execute(
        delete(schema.class_locks).where(tx.of(schema.class_locks), t.class_id == class_id, t.term == term)
    )
    await tx.audit(Event.CLASS_UNLOCKED, {"class_id": class_id, "term": term}, actor)


async def require_year_lock(tx: Tx, class_id: str) -> None:
    """Creating transcripts needs it. Raises Conflict(state="unlocked", needs="class_lock")."""
    if "CN" not in await locked_terms(tx, class_id):
        raise Conflict(state="unlocked", needs="class_lock")


async def hold_year_lock(tx: Tx, class_id: str) -> None:
    """As require_year_lock(), and nobody unlocks the class until this writing transaction ends."""
    await _hold(tx, class_id)
    await require_year_lock(tx, class_id)


async def _is_locked(tx: Tx, class_id: str, term: str) -> bool:
    if term not in TERMS:
        raise BadInput(field="term", expected="HK1, HK2, CN")
    await _hold(tx, class_id)
    return term in await locked_terms(tx, class_id)


async def _hold(tx: Tx, class_id: str) -> None:
    """One at a time per class: else somebody unlocks between another's look at the lock and their creating."""
    await tx.row(select(classes.c.id).where(tx.of(classes), classes.c.id == class_id).with_for_update())


async def _live(tx: Tx, class_id: str) -> int:
    t = schema.transcripts.c
    query = (
        select(func.count())
        .select_from(schema.transcripts)
        .where(tx.of(schema.transcripts), t.class_id == class_id, t.life == Life.LIVE)
    )
    return int((await tx.execute(query)).scalar_one())
