"""[Tạo học bạ]: drafts of a class become transcripts (T1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hocba_core.errors import Conflict
from sqlalchemy import select

from hocba_gateway.school.drafting import Drafted, draft_class
from hocba_gateway.school.item import Item
from hocba_gateway.school.missing import HAS_ONE
from hocba_gateway.services.principal import Principal
from hocba_gateway.services.sight import require_own_class
from hocba_gateway.signing.create import Created, create_transcripts
from hocba_gateway.store.schema import pupils as pupil_rows
from hocba_gateway.store.store import Scope

TRIES: Final = 3
"""How often a class is drafted while its data keeps changing, before a person is asked to come back."""


@dataclass(frozen=True, slots=True)
class NotCreated:
    pupil_id: str
    name: str = field(repr=False)
    reason: str
    missing: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Creation:
    created: tuple[str, ...]
    """UUIDs, in the class's order."""
    left: tuple[NotCreated, ...]
    warnings: tuple[Item, ...]


async def create(scope: Scope, principal: Principal, class_id: str, pupils: Sequence[str] | None) -> Creation:
    """`pupils`: pupils.id; None is the whole class. For the administrator and the class's homeroom teacher.

    Raises NotFound, Forbidden, Incomplete for the school's profile, and Conflict with the state "unlocked", "busy" or
    "class_changed".
    """
    async with scope.read() as tx:
        await require_own_class(tx, principal, class_id)
    drafted, made = await _created(scope, class_id, pupils, principal.account)
    left = [NotCreated(one.pupil_id, one.name, one.reason, one.items) for one in drafted.left]
    if made.existing:  # somebody else created them since the drafts were made
        names = await _names(scope, made.existing)
        left += [NotCreated(pupil, names.get(pupil, ""), HAS_ONE, ()) for pupil in made.existing]
    return Creation(made.ids, tuple(left), drafted.warnings)


async def _created(scope: Scope, class_id: str, pupils: Sequence[str] | None, actor: str) -> tuple[Drafted, Created]:
    """Drafted again when the school's data was changed meanwhile."""
    for tries_left in reversed(range(TRIES)):
        drafted = await draft_class(scope, class_id, pupils)
        try:
            return drafted, await create_transcripts(scope, drafted.drafts, actor, since=drafted.since)
        except Conflict as error:
            if error.facts["state"] != "class_changed" or not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


async def _names(scope: Scope, ids: Sequence[str]) -> dict[str, str]:
    p = pupil_rows.c
    async with scope.read() as tx:
        rows = await tx.rows(select(p.id, p.name).where(tx.of(pupil_rows), p.id.in_(ids)))
    return {row.id: row.name for row in rows}
