"""Log in, log out, and whose token this is (S5). Tokens are kept as their SHA-256 only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from hocba_core.audit import Event
from hocba_core.clock import from_millis, to_millis
from hocba_core.errors import BadInput, NotLoggedIn
from hocba_core.secret import Secret
from hocba_core.workflow.turn import WORKING
from sqlalchemy import Select, delete, select, update

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, read_rights
from hocba_gateway.store.schema import accounts, logins, people, schools
from hocba_gateway.store.table import refers

LIVES: Final = timedelta(hours=10)
"""A long working day."""
MOST_WRONG: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    token: Secret
    expires_at: datetime
    principal: Principal


async def log_in(gateway: Gateway, username: str, password: Secret) -> LoggedIn:
    """Raises NotLoggedIn(reason="wrong" | "locked" | "left"; seconds while locked). The same words whether the
    name exists; who left the school learns it only with the right password."""
    clock = gateway.clock
    async with gateway.store.across_schools() as connection:
        row = (await connection.execute(_accounts().where(accounts.c.username == username))).first()
    if row is not None:
        _not_locked(gateway, row)
    if not await gateway.passwords.is_right(row.password_hash if row else None, password):
        if row is not None:
            await _wrong(gateway, row)
        raise NotLoggedIn(reason="wrong")
    assert row is not None
    _still_here(row)
    token = Secret(secrets.token_urlsafe(32))
    ends = clock() + LIVES
    made = {"token_hash": _hash(token), "account_id": row.id, "created_at": to_millis(clock())}
    async with gateway.store.across_schools(write=True) as connection:
        await connection.execute(delete(logins).where(logins.c.expires_at <= to_millis(clock())))
        await connection.execute(logins.insert(), [made | {"expires_at": to_millis(ends)}])
        await connection.execute(
            update(accounts).where(accounts.c.id == row.id).values(wrong_tries=0, locked_until=None)
        )
    await _audit(gateway, row, Event.LOGIN)
    return LoggedIn(token, ends, _principal(row))


def _not_locked(gateway: Gateway, row: Any) -> None:
    now = gateway.clock()
    if row.locked_until is not None and row.locked_until > to_millis(now):
        left = from_millis(row.locked_until) - now
        raise NotLoggedIn(reason="locked", seconds=int(left.total_seconds()) + 1)


def _accounts() -> Select[Any]:
    """Accounts with the person that they are of and the school; None for what an account is not of."""
    same = refers(accounts.c.person_id, people)
    joined = accounts.outerjoin(people, same).outerjoin(schools, schools.c.id == accounts.c.school_id)
    names = (people.c.name.label("person_name"), schools.c.name.label("school_name"))
    return select(accounts, people.c.status, *names).select_from(joined)


def _still_here(row: Any) -> None:
    """Rights end with the work: the school's list of staff decides, from the next call on.

    Raises NotLoggedIn(reason="left").
    """
    if row.person_id is not None and row.status != WORKING:
        raise NotLoggedIn(reason="left")


async def _wrong(gateway: Gateway, row: Any) -> None:
    now = gateway.clock()
    async with gateway.store.across_schools(write=True) as connection:
        # counted in the statement: two wrong tries at once are two
        await connection.execute(
            update(accounts).where(accounts.c.id == row.id).values(wrong_tries=accounts.c.wrong_tries + 1)
        )
        await connection.execute(
            update(accounts)
            .where(accounts.c.id == row.id, accounts.c.wrong_tries >= MOST_WRONG)
            .values(locked_until=to_millis(now + LOCKED_FOR), wrong_tries=0)
        )
    await _audit(gateway, row, Event.LOGIN_FAILED)


async def _audit(gateway: Gateway, row: Any, event: Event) -> None:
    owner = gateway.scoped(row.school_id) if row.school_id is not None else gateway.store.office(row.department_id)
    async with owner.write() as tx:
        await tx.audit(event, {"account": row.id}, row.id)


async def log_out(gateway: Gateway, token: Secret) -> None:
    async with gateway.store.across_schools(write=True) as connection:
        await connection.execute(delete(logins).where(logins.c.token_hash == _hash(token)))


async def principal_of(gateway: Gateway, token: Secret) -> Principal:
    """Raises NotLoggedIn(reason="ended") for a token that is unknown or over, and (reason="left")."""
    query = (
        _accounts()
        .join(logins, logins.c.account_id == accounts.c.id)
        .where(logins.c.token_hash == _hash(token), logins.c.expires_at > to_millis(gateway.clock()))
    )
    async with gateway.store.across_schools() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotLoggedIn(reason="ended")
    _still_here(row)
    return _principal(row)


async def change_password(gateway: Gateway, principal: Principal, old: Secret, new: Secret) -> None:
    """Every open log-in of the account ends. Raises BadInput(field="old" | "password").

    A wrong old password counts like one at log-in: who found an open session must not find the password with it.
    Raises NotLoggedIn(reason="locked") after too many.
    """
    async with gateway.store.across_schools() as connection:
        row = (await connection.execute(select(accounts).where(accounts.c.id == principal.account))).one()
    _not_locked(gateway, row)
    if not await gateway.passwords.is_right(row.password_hash, old):
        await _wrong(gateway, row)
        raise BadInput(field="old", expected="mật khẩu đang dùng")
    hashed = await gateway.passwords.hash(new)
    async with gateway.store.across_schools(write=True) as connection:
        await connection.execute(
            update(accounts).where(accounts.c.id == principal.account).values(password_hash=hashed)
        )
        await connection.execute(delete(logins).where(logins.c.account_id == principal.account))


def _hash(token: Secret) -> str:
    return sha256(token.reveal().encode()).hexdigest()


def _principal(row: Any) -> Principal:
    return Principal(
        account=row.id,
        username=row.username,
        school=row.school_id,
        department=row.department_id,
        person=row.person_id,
        rights=read_rights(row.rights),
        name=row.person_name or row.username,
        school_name=row.school_name or "",
    )
