"""The signer of a slot that is still unsigned is replaced: somebody fell ill (T23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hocba_core.errors import BadInput, Conflict, NotFound
from hocba_core.transcript.content import Person
from hocba_core.transcript.route import SlotKind
from hocba_core.transcript.signer import with_signer
from hocba_core.workflow.states import Life
from hocba_core.workflow.table import Action, may
from hocba_core.workflow.turn import WORKING
from sqlalchemy import select

from hocba_gateway.school import print_settings
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.sight import require_transcripts
from hocba_gateway.signing.actions import replace_signer
from hocba_gateway.signing.load import Loaded, load_skeletons, load_transcripts
from hocba_gateway.store.schema import people, slots, transcripts
from hocba_gateway.store.store import Scope, Tx
from hocba_gateway.store.table import refers

_BY_PEOPLE = (SlotKind.GVBM, SlotKind.GVCN, SlotKind.CBQL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who could sign instead."""

    id: str
    name: str
    position: str
    code: str
    """The school's own, by which people of one name are told apart."""


async def candidates(tx: Tx, kind: SlotKind) -> list[Candidate]:
    """Members of staff who work here and whose personal number is known; for the leader's slot only leaders."""
    p = people.c
    query = select(p.id, p.name, p.position, p.code).where(
        tx.of(people), p.status == WORKING, p.personal_number.is_not(None), p.personal_number != ""
    )
    rows = await tx.rows(query.order_by(p.name, p.code))
    if kind is SlotKind.CBQL:
        leaders = {one["id"] for one in await print_settings.leaders(tx)}
        rows = [row for row in rows if row.id in leaders]
    return [Candidate(row.id, row.name, row.position or "", row.code or "") for row in rows]


async def replace(
    scope: Scope, principal: Principal, transcript: str, slot: str, person: str, *, whole_class: bool = False
) -> int:
    """`person`: people.id of who signs from now on. `whole_class`: in every transcript of the class where the same
    person is awaited in the same step. Returns in how many transcripts.

    Raises Forbidden, NotFound(kind="transcript" | "slot"), BadInput(field="person"), and Conflict with the reason:
    already_signed, homeroom_signed, void; Conflict(state="busy") while somebody else replaces a signer there. Another
    transcript of the class for which it is too late, or that somebody else changes just now, is left as it is.
    """
    principal.demand(Right.ADMIN)
    async with scope.read() as tx:
        await require_transcripts(tx, principal, [transcript])
        one = (await load_transcripts(tx, [transcript]))[transcript]
        kind, signer = _judge(one, slot)
        chosen = await _person(tx, kind, person, signer)
        todo = [(one, slot)]
        if whole_class:
            todo += await _same_in_class(tx, one, kind, signer)
    skeletons = await load_skeletons(scope, [each.row.skeleton for each, _ in todo])
    done = 0
    for each, its_slot in todo:
        before = each.row.skeleton
        planned = with_signer(skeletons[before], its_slot, chosen)
        try:
            await replace_signer(scope, each.row.id, its_slot, person, planned, principal.account, before=before)
        except Conflict:
            if each is one:
                raise
            continue  # changed since it was looked at
        done += 1
    return done


def _judge(one: Loaded, slot: str) -> tuple[SlotKind, str]:
    """The slot's kind and who signs it now, where that may be changed."""
    wanted = one.state.slot(slot)
    if wanted is None or wanted.kind not in _BY_PEOPLE:
        raise NotFound(kind="slot")
    facts = {"action": Action.REPLACE_SIGNER.value, "state": one.state.main.value}
    if wanted.signed:
        raise Conflict(reason="already_signed", **facts)
    if reason := may(Action.REPLACE_SIGNER, one.state):
        raise Conflict(reason=reason, **facts)
    return wanted.kind, wanted.person or ""


async def _person(tx: Tx, kind: SlotKind, person: str, before: str) -> Person:
    if person == before or person not in {one.id for one in await candidates(tx, kind)}:
        needs = "một lãnh đạo khác" if kind is SlotKind.CBQL else "một người khác"
        raise BadInput(field="person", expected=f"{needs} đang làm việc tại trường, đã có số định danh cá nhân")
    p = people.c
    query = select(p.name, p.personal_number, p.position).where(tx.of(people), p.id == person)
    row = (await tx.rows(query))[0]
    return Person(row.name, row.personal_number, row.position or "")


async def _same_in_class(tx: Tx, one: Loaded, kind: SlotKind, before: str) -> Sequence[tuple[Loaded, str]]:
    same = refers(slots.c.transcript_id, transcripts)
    query = (
        select(slots.c.transcript_id, slots.c.slot)
        .join_from(slots, transcripts, same)
        .where(
            tx.of(slots),
            transcripts.c.class_id == one.row.class_id,
            transcripts.c.life == Life.LIVE,
            slots.c.transcript_id != one.row.id,
            slots.c.kind == kind.value,
            slots.c.person_id == before,
            slots.c.signature.is_(None),
        )
    )
    found = {row.transcript_id: row.slot for row in await tx.rows(query)}
    loaded = await load_transcripts(tx, list(found))
    return [(each, found[name]) for name, each in loaded.items() if not may(Action.REPLACE_SIGNER, each.state)]
