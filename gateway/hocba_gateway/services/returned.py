""" "Trả lại": live transcripts that somebody proposed to void, as the administrator decides on them (T12)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hocba_core.workflow.states import Delivery, Life
from sqlalchemy import select

from hocba_gateway.services.principal import Principal
from hocba_gateway.services.sight import seen_transcripts
from hocba_gateway.store.schema import classes, people, pupils, transcripts
from hocba_gateway.store.store import Tx
from hocba_gateway.store.table import refers


@dataclass(frozen=True, slots=True)
class Returned:
    id: str
    pupil: str = field(repr=False)
    pupil_code: str
    class_id: str
    class_name: str
    grade: int
    proposer: str
    """Name; "" for an account that is no member of staff's."""
    step: str | None
    """Kind of the slot whose turn it was; None when all were signed."""
    reason: str = field(repr=False)
    since: int
    recalled: bool
    """Given back by the portal: can only be voided."""


async def list_returned(tx: Tx, principal: Principal) -> list[Returned]:
    """In the order of grade, class and the class's list."""
    t = transcripts.c
    same_pupil = refers(t.pupil_id, pupils)
    same_class = refers(t.class_id, classes)
    same_person = refers(t.hold_by, people)
    joined = transcripts.join(pupils, same_pupil).join(classes, same_class).outerjoin(people, same_person)
    query = (
        select(
            t.id, t.class_id, t.hold_step, t.hold_reason, t.hold_at, t.delivery,
            pupils.c.name.label("pupil"), pupils.c.code.label("pupil_code"),
            classes.c.name.label("class_name"), classes.c.grade, people.c.name.label("proposer"),
        )
        .select_from(joined)
        .where(tx.of(transcripts), t.life == Life.LIVE, t.hold_by.is_not(None), seen_transcripts(tx, principal))
        .order_by(classes.c.grade, classes.c.name, pupils.c.position, pupils.c.code)
    )  # fmt: skip
    return [
        Returned(
            row.id, row.pupil, row.pupil_code, row.class_id, row.class_name, row.grade, row.proposer or "",
            row.hold_step, row.hold_reason or "", row.hold_at or 0, row.delivery == Delivery.RECALLED.value,
        )
        for row in await tx.rows(query)
    ]  # fmt: skip
