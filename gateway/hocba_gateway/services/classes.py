"""Classes of a year and their pupils, as lists show them."""

from __future__ import annotations

from typing import Any

from hocba_core.workflow.states import Life
from sqlalchemy import func, select

from hocba_gateway.services.principal import Principal
from hocba_gateway.services.sight import seen_classes
from hocba_gateway.signing_accounts.keep import check_year
from hocba_gateway.store.schema import class_locks, classes, pupils, transcripts
from hocba_gateway.store.store import Tx


async def newest_year(tx: Tx) -> str | None:
    """The year in which the school works: the last that it has classes of."""
    return (await tx.execute(select(func.max(classes.c.year)).where(tx.of(classes)))).scalar()


async def list_classes(tx: Tx, principal: Principal, year: str | None) -> list[dict[str, Any]]:
    """`year` None: the newest that the school has. In the order of grade and name. Raises BadInput(field="year")."""
    if year is not None:
        check_year(year)
    else:
        year = await newest_year(tx)
    people = (
        select(pupils.c.class_id, func.count().label("number")).where(tx.of(pupils)).group_by(pupils.c.class_id)
    ).subquery()
    live = (
        select(transcripts.c.class_id, func.count().label("number"))
        .where(tx.of(transcripts), transcripts.c.life == Life.LIVE)
        .group_by(transcripts.c.class_id)
    ).subquery()
    query = (
        select(
            classes.c.id, classes.c.year, classes.c.name, classes.c.slug, classes.c.grade, classes.c.profile,
            classes.c.homeroom_id,
            func.coalesce(people.c.number, 0).label("pupils"),
            func.coalesce(live.c.number, 0).label("transcripts"),
        )
        .select_from(
            classes.outerjoin(people, people.c.class_id == classes.c.id).outerjoin(
                live, live.c.class_id == classes.c.id
            )
        )
        .where(tx.of(classes), classes.c.year == year, seen_classes(tx, principal))
        .order_by(classes.c.grade, classes.c.name)
    )  # fmt: skip
    rows = [dict(row) for row in (await tx.execute(query)).mappings()]
    locks = await _locks(tx)
    return [row | {"locks": sorted(locks.get(row["id"], ()))} for row in rows]


async def _locks(tx: Tx) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in await tx.rows(select(class_locks.c.class_id, class_locks.c.term).where(tx.of(class_locks))):
        found.setdefault(row.class_id, set()).add(row.term)
    return found


async def list_pupils(tx: Tx, class_id: str) -> list[dict[str, Any]]:
    """In the order of the class's list. The personal number stays behind."""
    query = (
        select(pupils.c.id, pupils.c.code, pupils.c.name, pupils.c.status)
        .where(tx.of(pupils), pupils.c.class_id == class_id)
        .order_by(pupils.c.position, pupils.c.code)
    )
    return [dict(row) for row in (await tx.execute(query)).mappings()]
