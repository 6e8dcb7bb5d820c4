"""The approver says yes or no, to one or many (A6); the department to a school's certificate (A3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hocba_core.audit import Event
from hocba_core.errors import BadInput, CertificateRefused, Conflict, NotFound
from hocba_core.workflow.accounts import AccountState
from sqlalchemy import select, update

from hocba_gateway.signing_accounts.keep import replace_others
from hocba_gateway.store.schema import signing_accounts
from hocba_gateway.store.store import Scope, Tx


class Owner(StrEnum):
    """Whose accounts are decided on: they have different approvers."""

    PEOPLE = "people"  # by who holds "duyệt tài khoản ký" in the school
    SCHOOL = "school"  # by the approving office


@dataclass(frozen=True, slots=True)
class Decided:
    """One account that was decided on."""

    id: str
    own: bool
    """The approver's own account: allowed, and marked."""
    replaced: tuple[str, ...]
    """Accounts of the same owner that signed until now and do so no more."""


async def approve(
    scope: Scope, ids: Sequence[str], owner: Owner, *, actor: str, person_id: str | None = None
) -> tuple[Decided, ...]:
    """All or none. `actor`: accounts.id; `person_id`: who that is in this school.

    The owner's older approved account of the year is replaced only now. Raises NotFound(kind="signing_account"),
    Conflict(state=…, needs="pending"), and CertificateRefused(reason="ended") for one that ended while it waited.
    """
    async with scope.write() as tx:
        rows = await _pending(tx, ids, owner)
        ended = [row for row in rows if row.not_after < tx.now()]
        if ended:
            raise CertificateRefused(reason="ended", account=ended[0].id)
        replaced = {row.id: await _settle(tx, row, AccountState.APPROVED, actor) for row in rows}
        return await _done(tx, rows, AccountState.APPROVED, "", replaced, actor, person_id)


async def reject(
    scope: Scope, ids: Sequence[str], owner: Owner, reason: str, *, actor: str, person_id: str | None = None
) -> tuple[Decided, ...]:
    """All or none; what signed before signs on. Raises BadInput(field="reason") without a reason, else as approve()."""
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise BadInput(field="reason", expected="lý do từ chối, tối đa 500 ký tự")
    async with scope.write() as tx:
        rows = await _pending(tx, ids, owner)
        for row in rows:
            await _settle(tx, row, AccountState.REJECTED, actor, reason)
        return await _done(tx, rows, AccountState.REJECTED, reason, {}, actor, person_id)


async def _pending(tx: Tx, ids: Sequence[str], owner: Owner) -> list[Any]:
    """Locked, oldest first."""
    a = signing_accounts.c
    whose = a.person_id.is_(None) if owner is Owner.SCHOOL else a.person_id.is_not(None)
    query = select(a.id, a.year, a.person_id, a.state, a.not_after).where(tx.of(signing_accounts), whose, a.id.in_(ids))
    rows = await tx.rows(query.order_by(a.created_at, a.id).with_for_update())
    if not ids or len(rows) != len(set(ids)):
        raise NotFound(kind="signing_account")
    for row in rows:
        if row.state != AccountState.PENDING:
            raise Conflict(state=row.state, needs="pending", account=row.id)
    return rows


async def _settle(tx: Tx, row: Any, state: AccountState, actor: str, reason: str = "") -> tuple[str, ...]:
    """Ids that the approval replaced."""
    gone: list[str] = []
    if state is AccountState.APPROVED:
        gone = await replace_others(tx, row.year, row.person_id, AccountState.APPROVED, besides=row.id)
    values = {"state": state.value, "reason": reason or None, "decided_by": actor, "decided_at": tx.now()}
    here = (tx.of(signing_accounts), signing_accounts.c.id == row.id)
    await tx.execute(update(signing_accounts).where(*here).values(**values))
    return tuple(gone)


async def _done(
    tx: Tx,
    rows: Sequence[Any],
    state: AccountState,
    reason: str,
    replaced: dict[str, tuple[str, ...]],
    actor: str,
    person_id: str | None,
) -> tuple[Decided, ...]:
    made = tuple(
        Decided(row.id, person_id is not None and row.person_id == person_id, replaced.get(row.id, ())) for row in rows
    )
    facts = {
        "state": state.value,
        "accounts": [one.id for one in made],
        "own": [one.id for one in made if one.own],
        "replaced": [gone for one in made for gone in one.replaced],
        **({"reason": reason} if reason else {}),
    }
    await tx.audit(Event.SIGNING_ACCOUNT_DECIDED, facts, actor)
    return made
