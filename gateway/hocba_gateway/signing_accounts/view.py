"""One registered account as pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hocba_core.clock import VIETNAM, from_millis
from hocba_core.workflow.accounts import PERSON_NAMES, SCHOOL_NAMES, AccountState, Method
from sqlalchemy import Select, select

from hocba_gateway.store.schema import accounts, signing_accounts
from hocba_gateway.store.store import Tx

METHOD_NAMES: Final = {Method.TOKEN: "USB TOKEN", Method.REMOTE: "REMOTE SIGNING"}
_LISTED: Final = (
    "id", "year", "person_id", "method", "provider", "credential_ref", "serial", "subject", "issuer",
    "not_before", "not_after", "state", "warning", "reason", "decided_at", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccountView:
    id: str
    year: str
    state: AccountState
    state_name: str
    method: Method
    provider: str | None
    """Key of the vendor's plugin; None for a token."""
    ref: str | None
    """The vendor's id of the key, for choosing a session; shown to nobody. None for a token."""
    serial: str
    subject: str
    """Name, with the number's middle hidden."""
    issuer: str
    not_before: datetime
    not_after: datetime
    is_valid: bool
    """By its dates, now."""
    warning: str
    reason: str
    decided_at: datetime | None
    decided_by: str
    """Username of the approver; "" while nobody decided."""
    own: bool
    """Approved or rejected by its owner."""
    created_at: datetime

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; dates as people here write them."""
        return {
            "id": self.id,
            "state": self.state.value,
            "state_name": self.state_name,
            "method": self.method.value,
            "method_name": METHOD_NAMES[self.method],
            "provider": self.provider,
            "serial": self.serial,
            "subject": self.subject,
            "issuer": self.issuer,
            "not_before": _day(self.not_before),
            "not_after": _day(self.not_after),
            "is_valid": self.is_valid,
            "warning": self.warning,
            "reason": self.reason,
            "decided_at": _day(self.decided_at) if self.decided_at else "",
            "decided_by": self.decided_by,
            "own": self.own,
            "created_at": _day(self.created_at),
        }


def query_accounts(tx: Tx, year: str) -> Select[Any]:
    """Of the school and year with who decided, newest first; narrow it further, then view() each row."""
    a = signing_accounts.c
    columns = [a[name] for name in _LISTED]
    who = (accounts.c.username.label("decider"), accounts.c.person_id.label("decider_person"))
    joined = signing_accounts.outerjoin(accounts, accounts.c.id == a.decided_by)
    query = select(*columns, *who).select_from(joined)
    return query.where(tx.of(signing_accounts), a.year == year).order_by(a.created_at.desc(), a.id)


def view(row: Any, now: int) -> AccountView:
    """`now`: UTC milliseconds."""
    state = AccountState(row.state)
    names = SCHOOL_NAMES if row.person_id is None else PERSON_NAMES
    return AccountView(
        id=row.id,
        year=row.year,
        state=state,
        state_name=names[state],
        method=Method(row.method),
        provider=row.provider,
        ref=row.credential_ref,
        serial=row.serial,
        subject=row.subject,
        issuer=row.issuer,
        not_before=from_millis(row.not_before),
        not_after=from_millis(row.not_after),
        is_valid=row.not_before <= now <= row.not_after,
        warning=row.warning or "",
        reason=row.reason or "",
        decided_at=from_millis(row.decided_at) if row.decided_at is not None else None,
        decided_by=row.decider or "",
        own=row.person_id is not None and row.decider_person == row.person_id,
        created_at=from_millis(row.created_at),
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"
