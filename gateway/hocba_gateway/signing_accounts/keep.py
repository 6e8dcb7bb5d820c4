"""A judged certificate → a row that waits for its approver."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from hocba_core.audit import Event
from hocba_core.clock import to_millis
from hocba_core.errors import BadInput, CertificateRefused, Conflict, NotFound
from hocba_core.workflow.accounts import AccountState, Method
from sqlalchemy import ColumnElement, select, update

from hocba_gateway.signing_accounts.rules import Judged, Staff
from hocba_gateway.store.schema import people, signing_accounts
from hocba_gateway.store.store import Tx

_YEAR: Final = re.compile(r"(20\d\d)-(20\d\d)")
HELD: Final = (AccountState.PENDING, AccountState.APPROVED)


@dataclass(frozen=True, slots=True)
class Registered:
    id: str
    """signing_accounts.id, in state "pending"."""
    warning: str
    """What the approver will be told; "" where nothing is odd."""


@dataclass(frozen=True, slots=True)
class Source:
    """How the owner reaches the key."""

    method: Method
    provider: str | None = None
    credential_ref: str | None = None
    login: bytes | None = None
    """Encrypted fields to open a session with; never passwords."""


def check_year(year: str) -> None:
    """Raises BadInput(field="year")."""
    match = _YEAR.fullmatch(year)
    if match is None or int(match[2]) != int(match[1]) + 1:
        raise BadInput(field="year", expected="năm học, ví dụ 2025-2026")


async def load_staff(tx: Tx, person_id: str) -> Staff:
    """Raises NotFound(kind="person")."""
    query = select(people.c.name, people.c.personal_number).where(tx.of(people), people.c.id == person_id)
    row = await tx.row(query)
    if row is None:
        raise NotFound(kind="person")
    return Staff(person_id, row.name, row.personal_number or "")


async def keep(tx: Tx, judged: Judged, source: Source, *, year: str, person_id: str | None, actor: str) -> Registered:
    """`person_id` None: the school's certificate. An older request of the same owner that still waits is replaced.

    Raises CertificateRefused(reason="taken") when another owner of this school has that certificate, and
    Conflict(state="already_registered") when it is approved for this owner this year already.
    """
    certificate = judged.certificate
    # one at a time per school: two who bring the same certificate must not both find it free
    await tx.alone()
    for row in await _of_certificate(tx, certificate.fingerprint):
        if row.person_id != person_id:
            raise CertificateRefused(reason="taken")
        same_way = (row.method, row.provider) == (source.method, source.provider)
        if row.year == year and row.state == AccountState.APPROVED and same_way:
            raise Conflict(state="already_registered", needs="nothing")
    await replace_others(tx, year, person_id, AccountState.PENDING)
    row_id = str(uuid4())
    await tx.insert(signing_accounts, [_row(row_id, judged, source, year, person_id, tx.now())])
    facts = {
        "account": row_id, "person": person_id, "year": year, "method": source.method,
        "provider": source.provider, "certificate": certificate.fingerprint,
    }  # fmt: skip
    await tx.audit(Event.SIGNING_ACCOUNT_ASKED, facts, actor)
    return Registered(row_id, judged.warning)


async def replace_others(
    tx: Tx, year: str, person_id: str | None, state: AccountState, besides: str | None = None
) -> list[str]:
    """The owner's accounts of that year in that state become "replaced"; their ids."""
    a = signing_accounts.c
    here = [tx.of(signing_accounts), a.year == year, owned_by(person_id), a.state == state]
    if besides is not None:
        here.append(a.id != besides)
    found = [row.id for row in await tx.rows(select(a.id).where(*here).order_by(a.created_at))]
    if found:
        # the state again: on PostgreSQL somebody may have decided on one of them since it was read
        change = update(signing_accounts).where(tx.of(signing_accounts), a.id.in_(found), a.state == state)
        await tx.execute(change.values(state=AccountState.REPLACED.value))
    return found


def owned_by(person_id: str | None) -> ColumnElement[bool]:
    """None is the school."""
    column = signing_accounts.c.person_id
    return column.is_(None) if person_id is None else column == person_id


async def _of_certificate(tx: Tx, fingerprint: str) -> list[Any]:
    a = signing_accounts.c
    query = select(a.person_id, a.year, a.state, a.method, a.provider)
    return await tx.rows(query.where(tx.of(signing_accounts), a.fingerprint == fingerprint, a.state.in_(HELD)))


def _row(row_id: str, judged: Judged, source: Source, year: str, person_id: str | None, now: int) -> dict[str, Any]:
    certificate = judged.certificate
    return {
        "id": row_id,
        "year": year,
        "person_id": person_id,
        "method": source.method,
        "provider": source.provider,
        "credential_ref": source.credential_ref,
        "login": source.login,
        "certificate": certificate.der,
        "chain": [b64encode(der).decode() for der in judged.chain],
        "fingerprint": certificate.fingerprint,
        "serial": certificate.serial,
        "subject": certificate.masked_subject,
        "issuer": certificate.issuer,
        "not_before": to_millis(certificate.not_before),
        "not_after": to_millis(certificate.not_after),
        "state": AccountState.PENDING.value,
        "warning": judged.warning or None,
        "created_at": now,
    }
