"""What a person should know without asking: transcripts that were returned, certificates that end soon (A9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from hocba_core.clock import span_millis
from hocba_core.workflow.accounts import AccountState
from hocba_core.workflow.states import Life
from sqlalchemy import or_, select

from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.sight import seen_transcripts
from hocba_gateway.store.schema import classes, pupils, signing_accounts, transcripts
from hocba_gateway.store.store import Tx
from hocba_gateway.store.table import refers

WARNED: Final = (1, 7, 30)
"""Days before the end at which a warning begins, the nearest first."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate that signs now and ends soon."""

    account: str
    is_schools: bool
    days: int
    """Whole days left; negative once it has ended."""
    not_after: int


async def ending_soon(tx: Tx, principal: Principal) -> list[Ending]:
    """One's own; the school's for who administers or seals."""
    a = signing_accounts.c
    mine = a.person_id == (principal.person or "")
    whose = or_(mine, a.person_id.is_(None)) if principal.rights & {Right.ADMIN, Right.SEAL} else mine
    until = tx.now() + span_millis(timedelta(days=max(WARNED)))
    rows = await tx.rows(
        select(a.id, a.person_id, a.not_after)
        .where(tx.of(signing_accounts), whose, a.state == AccountState.APPROVED.value, a.not_after <= until)
        .order_by(a.not_after)
    )
    day = span_millis(timedelta(days=1))
    return [Ending(row.id, row.person_id is None, (row.not_after - tx.now()) // day, row.not_after) for row in rows]


async def returned_to(tx: Tx, principal: Principal) -> list[dict[str, Any]]:
    """Live transcripts that are held and that this person gets to see, newest first: class, pupil, reason, since."""
    t = transcripts.c
    same_pupil = refers(t.pupil_id, pupils)
    same_class = refers(t.class_id, classes)
    rows = await tx.execute(
        select(t.id, pupils.c.name.label("pupil"), classes.c.name.label("class_name"), t.hold_reason, t.hold_at)
        .join_from(transcripts, pupils, same_pupil)
        .join(classes, same_class)
        .where(tx.of(transcripts), t.life == Life.LIVE, t.hold_by.is_not(None), seen_transcripts(tx, principal))
        .order_by(t.hold_at.desc())
        .limit(100)
    )
    return [dict(row) for row in rows.mappings()]
