"""Who has which signing account: for the approver, for the person, for the school and its department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hocba_core.workflow.accounts import PERSON_NAMES, SCHOOL_NAMES, AccountState, standing
from sqlalchemy import select

from hocba_gateway.school.rights import Right
from hocba_gateway.signing_accounts.view import AccountView, query_accounts, view
from hocba_gateway.store.schema import accounts, people, schools, signing_accounts
from hocba_gateway.store.store import Store, Tx
from hocba_gateway.store.table import refers


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one owner stands in a year."""

    state: AccountState
    state_name: str
    """In the words of the screen: "Chưa đăng ký tài khoản" …"""
    current: AccountView | None
    """The account that signs; where none is approved, the newest that was asked for."""
    waiting: AccountView | None
    """A request that somebody must decide on; beside an approved one it is a change of account."""
    history: tuple[AccountView, ...]
    """Everything that was ever asked for, newest first."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "state": self.state.value,
            "state_name": self.state_name,
            "current": self.current.to_dict() if self.current else None,
            "waiting": self.waiting.to_dict() if self.waiting else None,
            "history": [one.to_dict() for one in self.history],
        }


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """A row of "1.3. Duyệt tài khoản ký"."""

    person_id: str
    code: str
    name: str
    position: str
    status: str
    may_seal: bool
    """Holds "Ký phát hành"."""
    account: Standing

    def to_dict(self) -> dict[str, Any]:
        own = {"person": self.person_id, "code": self.code, "name": self.name, "position": self.position}
        return own | {"status": self.status, "may_seal": self.may_seal, **self.account.to_dict()}


@dataclass(frozen=True, slots=True)
class SchoolCertificate:
    """A row of the department's list."""

    school: str
    """schools.id: the scope in which it is decided."""
    code: str
    name: str
    account: Standing


async def list_staff(tx: Tx, year: str) -> tuple[StaffAccount, ...]:
    """Every member of staff, with an account or without, by name. Filters are the page's: at most a few hundred."""
    by_person: dict[str | None, list[Any]] = defaultdict(list)
    for row in await tx.rows(query_accounts(tx, year)):
        by_person[row.person_id].append(row)
    p = people.c
    joined = people.outerjoin(accounts, refers(accounts.c.person_id, people))
    query = select(p.id, p.code, p.name, p.position, p.status, accounts.c.rights).select_from(joined)
    staff = await tx.rows(query.where(tx.of(people)).order_by(p.name, p.code))
    return tuple(
        StaffAccount(
            row.id, row.code, row.name, row.position or "", row.status, Right.SEAL in (row.rights or ()),
            _standing(by_person[row.id], PERSON_NAMES, tx.now()),
        )
        for row in staff
    )  # fmt: skip


async def own_account(tx: Tx, year: str, person_id: str) -> Standing:
    """For "1.2. Giáo viên đăng ký tài khoản ký"."""
    query = query_accounts(tx, year).where(signing_accounts.c.person_id == person_id)
    return _standing(await tx.rows(query), PERSON_NAMES, tx.now())


async def school_certificate(tx: Tx, year: str) -> Standing:
    """For "1.1", with "Lịch sử yêu cầu đăng ký chứng thư số"."""
    query = query_accounts(tx, year).where(signing_accounts.c.person_id.is_(None))
    return _standing(await tx.rows(query), SCHOOL_NAMES, tx.now())


async def list_school_certificates(store: Store, department: str, year: str) -> tuple[SchoolCertificate, ...]:
    """Every school of a department, for A3. `department`: departments.id."""
    s = schools.c
    async with store.across_schools() as connection:
        query = select(s.id, s.code, s.name).where(s.department_id == department).order_by(s.name, s.code)
        found = (await connection.execute(query)).all()
    listed = []
    for row in found:
        async with store.scoped(row.id).read() as tx:
            listed.append(SchoolCertificate(row.id, row.code, row.name, await school_certificate(tx, year)))
    return tuple(listed)


def _standing(rows: Sequence[Any], names: dict[AccountState, str], now: int) -> Standing:
    """`rows` newest first."""
    history = tuple(view(row, now) for row in rows)
    state = standing(rows)
    approved = next((one for one in history if one.state is AccountState.APPROVED), None)
    waiting = next((one for one in history if one.state is AccountState.PENDING), None)
    asked = next((one for one in history if one.state is not AccountState.REPLACED), None)
    return Standing(state, names[state], approved or asked, waiting, history)
