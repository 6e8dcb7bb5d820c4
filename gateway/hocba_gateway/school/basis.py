"""What transcripts are made of, as of when: the audit chain is its version.

Whatever changes a school's data writes its audit line in the same transaction, so whoever remembers the chain's head
before reading knows later whether anything was changed since.
"""

from __future__ import annotations

from typing import Final

from hocba_core.audit import Event
from sqlalchemy import func, select

from hocba_gateway.store.schema import audit
from hocba_gateway.store.store import Tx

CHANGES: Final = (Event.IMPORTED, Event.PRINT_SETTINGS, Event.SCHOOL_PROFILE)
"""All that writes people, classes, pupils, assignments, results, print settings or the school's profile."""


async def head(tx: Tx) -> int:
    """The chain's last seq, 0 before the first. Read it before the data."""
    return int((await tx.execute(select(func.max(audit.c.seq)).where(tx.of(audit)))).scalar() or 0)


async def has_changed(tx: Tx, since: int) -> bool:
    """Since head() was `since`. Decides only while tx.alone() keeps the next change away."""
    line = select(audit.c.seq).where(tx.of(audit), audit.c.seq > since, audit.c.event.in_(CHANGES)).limit(1)
    return await tx.row(line) is not None
