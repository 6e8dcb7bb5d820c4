"""The time in which the department lets its schools send."""

from __future__ import annotations

from hocba_core.clock import from_millis
from hocba_core.errors import Conflict
from sqlalchemy import select

from hocba_gateway.store.schema import departments, schools
from hocba_gateway.store.store import Tx


async def require_window(tx: Tx) -> None:
    """Raises Conflict(state="before_window" | "after_window", needs="window", opens, closes: ISO times or None)."""
    row = await tx.row(
        select(departments.c.send_from, departments.c.send_until)
        .join_from(departments, schools, schools.c.department_id == departments.c.id)
        .where(schools.c.id == tx.school)
    )
    opens, closes = (row.send_from, row.send_until) if row is not None else (None, None)
    now = tx.now()
    facts = {"needs": "window", "opens": _iso(opens), "closes": _iso(closes)}
    if opens is not None and now < opens:
        raise Conflict(state="before_window", **facts)
    if closes is not None and now >= closes:
        raise Conflict(state="after_window", **facts)


def _iso(moment: int | None) -> str | None:
    return from_millis(moment).isoformat() if moment is not None else None
