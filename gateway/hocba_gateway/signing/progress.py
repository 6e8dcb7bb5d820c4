"""How a confirmation is doing, read from its rows, so that any gateway can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hocba_core.errors import NotFound
from sqlalchemy import select

from hocba_gateway.signing.states import AttemptState, ConfirmationState
from hocba_gateway.store.schema import attempts, confirmations, requests
from hocba_gateway.store.store import Tx


@dataclass(frozen=True, slots=True)
class RequestView:
    id: str
    number: int
    source: str
    state: str
    needs: str | None
    """phone, otp, pin, totp, login; None when nothing is asked of anyone."""
    verification_code: str | None
    expires_at: int | None
    error: str | None
    error_facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptView:
    subject: str
    slot: str
    state: str
    error: str | None
    error_facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    confirmation: str
    person: str
    kind: str
    open: bool
    requests: tuple[RequestView, ...]
    attempts: tuple[AttemptView, ...]

    def count(self, state: AttemptState) -> int:
        return sum(one.state == state for one in self.attempts)


async def progress(tx: Tx, confirmation_id: str) -> Progress:
    """Raises NotFound(kind="confirmation")."""
    row = await tx.row(select(confirmations).where(tx.of(confirmations), confirmations.c.id == confirmation_id))
    if row is None:
        raise NotFound(kind="confirmation")
    found = await tx.rows(
        select(requests)
        .where(tx.of(requests), requests.c.confirmation_id == confirmation_id)
        .order_by(requests.c.number)
    )
    tried = await tx.rows(select(attempts).where(tx.of(attempts), attempts.c.request_id.in_([one.id for one in found])))
    return Progress(
        confirmation=row.id,
        person=row.person_id,
        kind=row.slot_kind,
        open=row.state == ConfirmationState.OPEN,
        requests=tuple(
            RequestView(
                one.id,
                one.number,
                one.source,
                one.state,
                one.needs,
                one.verification_code,
                one.expires_at,
                one.error,
                one.error_facts or {},
            )
            for one in found
        ),
        attempts=tuple(
            AttemptView(one.subject_id, one.slot, one.state, one.error, one.error_facts or {}) for one in tried
        ),
    )
