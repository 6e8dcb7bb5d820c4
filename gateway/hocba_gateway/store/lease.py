"""Takes due rows for a while: the queue is the table itself, inside the same transaction as the truth.

A row is due when its `next_at` has come and nobody holds a lease. A dead owner's lease lapses and another goes
on. The one module that would be exchanged for a real queue where this grows.
"""

from __future__ import annotations

from dataclasses import dataclass

from hocba_core.clock import to_millis
from sqlalchemy import Table, or_, select, update

from hocba_gateway.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class Leased:
    school: str
    id: str


async def take_due(store: Store, table: Table, owner: str, lease_millis: int, limit: int) -> list[Leased]:
    """Lease up to `limit` due rows of any school, oldest first. Times by the store's clock."""
    now = to_millis(store.clock())
    due = (
        select(table.c.school_id, table.c.id)
        .where(
            table.c.next_at <= now,
            or_(table.c.lease_until.is_(None), table.c.lease_until <= now),
        )
        .order_by(table.c.next_at)
        .limit(limit)
    )
    async with store.across_schools() as connection:  # readers do not wait for the writer: most looks find nothing
        if (await connection.execute(due.limit(1))).first() is None:
            return []
    async with store.across_schools(write=True) as connection:
        if store.engines.dialect == "postgresql":
            due = due.with_for_update(skip_locked=True)
        rows = (await connection.execute(due)).all()
        by_school: dict[str, list[str]] = {}
        for school, identity in rows:
            by_school.setdefault(school, []).append(identity)
        for school, ids in by_school.items():
            await connection.execute(
                update(table)
                .where(table.c.school_id == school, table.c.id.in_(ids))
                .values(lease_owner=owner, lease_until=now + lease_millis)
            )
    return [Leased(school, identity) for school, identity in rows]


async def release(tx: Tx, table: Table, identity: str, owner: str, next_at: int | None) -> None:
    """Give the row back, if it is still `owner`'s: due again at `next_at`, or never by itself."""
    await tx.execute(
        update(table)
        .where(tx.of(table), table.c.id == identity, table.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None, next_at=next_at)
    )


async def take_one(tx: Tx, table: Table, identity: str, owner: str, lease_millis: int) -> bool:
    """Lease this row, due or not. False while somebody else holds it."""
    now = tx.now()
    free = or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
    done = await tx.execute(
        update(table)
        .where(tx.of(table), table.c.id == identity, free)
        .values(lease_owner=owner, lease_until=now + lease_millis)
    )
    return done.rowcount == 1
