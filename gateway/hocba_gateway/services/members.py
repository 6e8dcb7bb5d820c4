"""Accounts of a school's staff (S5): opened for people who were imported, with a first password each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from hocba_core.audit import Event
from hocba_core.errors import BadInput, NotFound
from hocba_core.secret import Secret
from hocba_core.workflow.turn import WORKING
from sqlalchemy import delete, select, update

from hocba_gateway.school.rights import set_right
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.passwords import first_password
from hocba_gateway.services.principal import Principal, Right, read_rights
from hocba_gateway.store.schema import accounts, logins, people, schools
from hocba_gateway.store.store import Scope, Tx
from hocba_gateway.store.table import refers

MOST_AT_ONCE = 500
"""An argon2 hash each: half a minute of one core."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    person: str
    name: str
    username: str
    password: Secret
    """Shown once, to whoever opened the account."""


async def open_accounts(gateway: Gateway, scope: Scope, wanted: Sequence[str] | None, actor: str) -> list[NewAccount]:
    """For those of `wanted` (people.id; None: everybody) who work here and have none.

    The username is the person's code in the sector's database; where another school has it, the school's code
    is added. Raises NotFound(kind="person"), BadInput for too many at once.
    """
    async with scope.read() as tx:
        rows = await _without_account(tx, wanted)
    if len(rows) > MOST_AT_ONCE:
        raise BadInput(field="people", expected=f"tối đa {MOST_AT_ONCE} người một lần")
    passwords = [first_password() for _ in rows]
    hashed = [await gateway.passwords.hash(password) for password in passwords]
    made: list[NewAccount] = []
    async with scope.write() as tx:
        await tx.alone()
        still = {row.id for row in await _without_account(tx, wanted)}
        names = await _usernames(tx, [row.code for row in rows])
        values: list[dict[str, Any]] = []
        for row, password, secret in zip(rows, passwords, hashed, strict=True):
            if row.id not in still:
                continue
            values.append(
                {
                    "id": str(uuid4()),
                    "school_id": scope.school,
                    "person_id": row.id,
                    "username": names[row.code],
                    "password_hash": secret,
                    "rights": [],
                    "created_at": tx.now(),
                }
            )
            made.append(NewAccount(row.id, row.name, names[row.code], password))
        if values:
            await tx.execute(accounts.insert(), values)
            await tx.audit(Event.ACCOUNTS_CREATED, {"people": [one.person for one in made]}, actor)
    return made


async def _without_account(tx: Tx, wanted: Sequence[str] | None) -> list[Any]:
    query = select(people.c.id, people.c.code, people.c.name, people.c.status).where(tx.of(people))
    if wanted is not None:
        query = query.where(people.c.id.in_(wanted))
    rows = await tx.rows(query.order_by(people.c.name, people.c.code))
    if wanted is not None and len(rows) != len(set(wanted)):
        raise NotFound(kind="person")
    held = set((await tx.execute(select(accounts.c.person_id).where(accounts.c.school_id == tx.school))).scalars())
    return [row for row in rows if row.status == WORKING and row.id not in held]


async def _usernames(tx: Tx, codes: Sequence[str]) -> dict[str, str]:
    taken = set((await tx.execute(select(accounts.c.username).where(accounts.c.username.in_(codes)))).scalars())
    school = (await tx.execute(select(schools.c.code).where(schools.c.id == tx.school))).scalar_one()
    return {code: f"{code}.{school}" if code in taken else code for code in codes}


_SHOWN = (
    people.c.id,
    people.c.code,
    people.c.name,
    people.c.position,
    people.c.status,
    accounts.c.username,
    accounts.c.rights,
)
_STAFF = people.outerjoin(accounts, refers(accounts.c.person_id, people))


async def list_members(tx: Tx) -> list[dict[str, Any]]:
    """Every member of staff with account and rights, by name. The personal number is not among it."""
    query = select(*_SHOWN).select_from(_STAFF).where(tx.of(people)).order_by(people.c.name, people.c.code)
    return [dict(row) | {"rights": row["rights"] or []} for row in (await tx.execute(query)).mappings()]


async def one_member(tx: Tx, person: str) -> dict[str, Any]:
    """With personal number and birth. Raises NotFound(kind="person")."""
    query = select(*_SHOWN, people.c.personal_number, people.c.birth).select_from(_STAFF)
    row = (await tx.execute(query.where(tx.of(people), people.c.id == person))).mappings().first()
    if row is None:
        raise NotFound(kind="person")
    return dict(row) | {"rights": row["rights"] or [], "personal_number": row["personal_number"] or ""}


async def set_rights(tx: Tx, person: str, rights: frozenset[Right], principal: Principal) -> None:
    """What that person may do from now on (A7, S5). Who approves signing accounts may give and take
    "Ký phát hành" only; the others are the administrator's. Raises Forbidden, BadInput, NotFound(kind="account")."""
    row = await tx.row(
        select(accounts.c.rights).where(accounts.c.school_id == tx.school, accounts.c.person_id == person)
    )
    if row is None:
        raise NotFound(kind="account")
    changed = read_rights(row.rights).symmetric_difference(rights)
    if changed <= {Right.SEAL}:
        principal.demand(Right.ADMIN, Right.APPROVE)
    else:
        principal.demand(Right.ADMIN)
    for right in sorted(changed):
        await set_right(tx, person, right, right in rights, principal.account)


async def new_password(gateway: Gateway, scope: Scope, person: str, actor: str) -> NewAccount:
    """For who forgot theirs: open log-ins end. Raises NotFound(kind="account")."""
    password = first_password()
    hashed = await gateway.passwords.hash(password)
    async with scope.write() as tx:
        own = (accounts.c.school_id == tx.school, accounts.c.person_id == person)
        row = await tx.row(select(accounts.c.id, accounts.c.username).where(*own))
        if row is None:
            raise NotFound(kind="account")
        name = (await tx.execute(select(people.c.name).where(tx.of(people), people.c.id == person))).scalar_one()
        values = {"password_hash": hashed, "wrong_tries": 0, "locked_until": None}
        await tx.execute(update(accounts).where(accounts.c.id == row.id).values(**values))
        await tx.execute(delete(logins).where(logins.c.account_id == row.id))
        await tx.audit(Event.ACCOUNTS_CREATED, {"people": [person], "new_password": True}, actor)
    return NewAccount(person, name, row.username, password)
