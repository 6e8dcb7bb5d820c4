"""One request with all that belongs to it, and the few ways in which its row changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hocba_core.audit import Event
from hocba_core.clock import from_millis, span_millis, to_millis
from hocba_core.errors import HocbaError
from hocba_core.provider import Approval, Pending, SignatureRequest, SigningProvider, ToSign
from sqlalchemy import select, update

from hocba_gateway.signing.load import SigningAccount, load_account
from hocba_gateway.signing.states import OVER, AttemptState, ConfirmationState, RequestState
from hocba_gateway.store.schema import attempts, confirmations, items, requests
from hocba_gateway.store.store import Tx


@dataclass(frozen=True, slots=True)
class Job:
    request: Any = field(repr=False)
    confirmation: Any = field(repr=False)
    account: SigningAccount
    attempts: Mapping[str, Any] = field(repr=False)
    """All of the request's, by id."""
    items: Sequence[Any] = field(repr=False)
    """All of the request's, without what is needed to embed them only."""

    @property
    def open_items(self) -> list[Any]:
        """Those of living attempts that have no value yet."""
        return [
            item
            for item in self.items
            if not item.has_value and self.attempts[item.attempt_id].state == AttemptState.ALIVE
        ]

    def pending(self) -> Pending:
        row = self.request
        return Pending(
            handle=row.handle or {},
            poll_after=timedelta(milliseconds=row.poll_millis or 1000),
            expires_at=from_millis(row.expires_at),
            needs=Approval(row.needs) if row.needs in tuple(Approval) else Approval.PHONE,
            verification_code=row.verification_code,
        )

    def asks(self, provider: SigningProvider, callback_url: str | None) -> SignatureRequest:
        """The same over every retry: the reference is the request's id."""
        can = provider.can
        title = self.items[0].title.split()[0] if self.items else ""
        return SignatureRequest(
            reference=self.request.id,
            credential=self.account.credential,
            items=tuple(ToSign(item.id, item.title[: can.title_chars], item.digest) for item in self.items),
            description=f"Ký học bạ lớp {title}: {len(self.attempts)} học bạ"[: can.description_chars],
            callback_url=f"{callback_url}/{self.request.id}" if callback_url else None,
        )


async def load_job(tx: Tx, request_id: str) -> Job | None:
    """None when there is no such request."""
    row = await tx.row(select(requests).where(tx.of(requests), requests.c.id == request_id))
    if row is None:
        return None
    confirmation = await tx.row(
        select(confirmations).where(tx.of(confirmations), confirmations.c.id == row.confirmation_id)
    )
    assert confirmation is not None
    found = await tx.rows(select(attempts).where(tx.of(attempts), attempts.c.request_id == request_id))
    light = [column for column in items.c if column.name not in ("prepared", "value")]
    rows = await tx.rows(
        select(*light, items.c.value.is_not(None).label("has_value"))
        .where(tx.of(items), items.c.attempt_id.in_([attempt.id for attempt in found]))
        .order_by(items.c.title, items.c.id)
    )
    account = await load_account(tx, confirmation.account_id)
    return Job(row, confirmation, account, {attempt.id: attempt for attempt in found}, rows)


async def attempt_states(tx: Tx, request_id: str) -> dict[str, str]:
    """Id -> state of the request's attempts as they stand now, not as they were when the job was loaded."""
    rows = await tx.rows(
        select(attempts.c.id, attempts.c.state).where(tx.of(attempts), attempts.c.request_id == request_id)
    )
    return {row.id: row.state for row in rows}


async def change(tx: Tx, request_id: str, owner: str | None, **values: Any) -> bool:
    """Update the row. False when `owner` no longer holds its lease (None does not ask), or the request is over."""
    mine = requests.c.lease_owner == owner if owner is not None else requests.c.id == request_id
    done = await tx.execute(
        update(requests)
        .where(tx.of(requests), requests.c.id == request_id, mine, requests.c.state.not_in(OVER))
        .values(**values)
    )
    return done.rowcount == 1


FREE: Mapping[str, Any] = {"lease_owner": None, "lease_until": None}
"""Given to change() with whatever ends the owner's turn."""


async def fail(tx: Tx, job: Job, error: HocbaError, owner: str | None, actor: str | None = None) -> bool:
    """The request is over; what lives of its attempts fails with the same reason, and their slots are open again.

    `actor`: accounts.id of who ended it, who need not be who pressed.
    """
    facts = plain(error.facts)
    over = {"state": RequestState.FAILED, "error": error.code, "error_facts": facts, "next_at": None, **FREE}
    if not await change(tx, job.request.id, owner, **over):
        return False
    lost = [one for one in job.attempts.values() if one.state == AttemptState.ALIVE]
    await end_attempts(tx, [one.id for one in lost], AttemptState.FAILED, error)
    told = {"request": job.request.id, "error": error.code, "subjects": [[one.subject_id, one.slot] for one in lost]}
    if actor is not None:
        told["pressed_by"] = job.confirmation.person_id
    await tx.audit(Event.FAILED, told, actor)
    await close_confirmation(tx, job.confirmation.id)
    return True


async def end_attempts(tx: Tx, ids: Sequence[str], state: AttemptState, error: HocbaError | None = None) -> None:
    if not ids:
        return
    values: dict[str, Any] = {"state": state, "ended_at": tx.now()}
    if error is not None:
        values |= {"error": error.code, "error_facts": plain(error.facts)}
    await tx.execute(
        update(attempts)
        .where(tx.of(attempts), attempts.c.id.in_(ids), attempts.c.state == AttemptState.ALIVE)
        .values(**values)
    )


async def close_confirmation(tx: Tx, confirmation_id: str) -> None:
    """Closes it when none of its requests goes on.

    Locked first: of two that end in the same moment, the second must see the first.
    """
    await tx.row(
        select(confirmations.c.id).where(tx.of(confirmations), confirmations.c.id == confirmation_id).with_for_update()
    )
    open_one = await tx.row(
        select(requests.c.id)
        .where(tx.of(requests), requests.c.confirmation_id == confirmation_id, requests.c.state.not_in(OVER))
        .limit(1)
    )
    if open_one is None:
        await tx.execute(
            update(confirmations)
            .where(
                tx.of(confirmations),
                confirmations.c.id == confirmation_id,
                confirmations.c.state == ConfirmationState.OPEN,
            )
            .values(state=ConfirmationState.CLOSED, closed_at=tx.now())
        )


def plain(facts: Mapping[str, object]) -> dict[str, Any]:
    """What a JSON column takes; facts hold no secrets by the rule of errors.py."""
    return {
        name: value if isinstance(value, str | int | float | bool | None) else str(value)
        for name, value in facts.items()
    }


def waits(pending: Pending) -> dict[str, Any]:
    """The columns of a request that the vendor has."""
    return {
        "state": RequestState.WAITING,
        "handle": dict(pending.handle),
        "needs": pending.needs.value,
        "verification_code": pending.verification_code,
        "poll_millis": max(1, span_millis(pending.poll_after)),
        "expires_at": to_millis(pending.expires_at),
    }
