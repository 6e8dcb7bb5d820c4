"""The approving office: founded by the operator; it opens schools and says where transcripts go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from hocba_core.audit import Event
from hocba_core.clock import to_millis
from hocba_core.errors import BadInput, Conflict, NotFound
from hocba_core.secret import Secret
from sqlalchemy import select, update

from hocba_gateway.school.profile import SchoolProfile
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.passwords import Passwords, first_password
from hocba_gateway.services.principal import Right
from hocba_gateway.signing.clients import build
from hocba_gateway.store.schema import accounts, departments, logins, schools
from hocba_gateway.store.store import Store


@dataclass(frozen=True, slots=True)
class NewSchool:
    id: str
    administrator: str
    """Username of its first account, which holds the administrator's right only."""
    password: Secret


async def found_department(
    store: Store, passwords: Passwords, code: str, name: str, officer: str, password: Secret, *, reset: bool = False
) -> str:
    """Creates the office where it is not there, and an officer's account. Returns departments.id.

    Raises Conflict(state="username_taken") unless `reset`, which gives that officer a new password.
    """
    if not code.strip() or not name.strip() or not officer.strip():
        raise BadInput(field="department", expected="mã, tên và tên đăng nhập của cán bộ")
    hashed = await passwords.hash(password)
    now = to_millis(store.clock())
    async with store.across_schools() as connection:
        found = (await connection.execute(select(departments.c.id).where(departments.c.code == code))).scalar()
    department = str(found or uuid4())
    async with store.office(department).write() as tx:
        if found is None:
            await tx.execute(departments.insert(), [{"id": department, "code": code, "name": name}])
        taken = await tx.row(select(accounts).where(accounts.c.username == officer))
        if taken is None:
            account = str(uuid4())
            row = {"id": account, "department_id": department, "username": officer, "password_hash": hashed}
            await tx.execute(accounts.insert(), [row | {"rights": [Right.OFFICER.value], "created_at": now}])
            await tx.audit(Event.OFFICE_FOUNDED, {"code": code, "officer": account})
        elif reset and taken.department_id == department:
            here = accounts.c.id == taken.id
            await tx.execute(
                update(accounts).where(here).values(password_hash=hashed, wrong_tries=0, locked_until=None)
            )
            await tx.execute(logins.delete().where(logins.c.account_id == taken.id))
            await tx.audit(Event.OFFICER_PASSWORD, {"officer": taken.id})
        else:
            raise Conflict(state="username_taken", needs="another_name")
    return department


async def open_school(gateway: Gateway, department: str, code: str, name: str, actor: str) -> NewSchool:
    """A school with its code and name, and the account of its administrator, who fills in the rest.

    Raises BadInput, Conflict(state="code_taken").
    """
    profile = SchoolProfile(code=code, name=name)
    for field in ("code", "name"):
        if not getattr(profile, field):
            raise BadInput(field=field, expected="không để trống")
    password = first_password()
    hashed = await gateway.passwords.hash(password)
    school, account, username = str(uuid4()), str(uuid4()), f"quantri.{profile.code}"
    now = to_millis(gateway.clock())
    async with gateway.store.office(department).write() as tx:
        if await tx.row(select(schools.c.id).where(schools.c.code == profile.code)):
            raise Conflict(state="code_taken", needs="other_code")
        row = {"id": school, "department_id": department, "code": profile.code, "name": profile.name}
        await tx.execute(schools.insert(), [row | {"profile": profile.model_dump(mode="json"), "created_at": now}])
        keeper = {"id": account, "school_id": school, "username": username, "password_hash": hashed}
        await tx.execute(accounts.insert(), [keeper | {"rights": [Right.ADMIN.value], "created_at": now}])
        await tx.audit(Event.SCHOOL_CREATED, {"code": profile.code, "school": school}, actor)
        await tx.at(school).audit(Event.SCHOOL_CREATED, {"code": profile.code, "administrator": account}, actor)
    return NewSchool(school, username, password)


async def list_schools(gateway: Gateway, department: str) -> list[dict[str, Any]]:
    query = select(schools.c.id, schools.c.code, schools.c.name).where(schools.c.department_id == department)
    async with gateway.store.across_schools() as connection:
        rows = (await connection.execute(query.order_by(schools.c.code))).mappings()
        return [dict(row) for row in rows]


async def require_own_school(gateway: Gateway, department: str, school: str) -> None:
    """Raises NotFound(kind="school") for one of another office."""
    query = select(schools.c.id).where(schools.c.id == school, schools.c.department_id == department)
    async with gateway.store.across_schools() as connection:
        if (await connection.execute(query)).first() is None:
            raise NotFound(kind="school")


async def set_portal(gateway: Gateway, department: str, key: str, settings: Mapping[str, Any], actor: str) -> None:
    """The connector is tried against the portal before its settings are saved.

    Raises PluginBroken, SettingWrong, and whatever check() raises.
    """
    connector = build(key, gateway.registry.portal(key), settings, gateway.clock)
    try:
        await connector.check()
    finally:
        await connector.close()
    values = {"portal": key, "portal_settings": gateway.sealer.seal(settings)}
    async with gateway.store.office(department).write() as tx:
        await tx.execute(update(departments).where(departments.c.id == department).values(**values))
        await tx.audit(Event.PORTAL_SETTINGS, {"portal": key}, actor)


async def set_window(
    gateway: Gateway, department: str, start: datetime | None, end: datetime | None, actor: str
) -> None:
    """When schools may send; None leaves that side open. Raises BadInput(field="until")."""
    if start is not None and end is not None and start >= end:
        raise BadInput(field="until", expected="sau ngày bắt đầu")
    values = {"send_from": to_millis(start) if start else None, "send_until": to_millis(end) if end else None}
    async with gateway.store.office(department).write() as tx:
        await tx.execute(update(departments).where(departments.c.id == department).values(**values))
        facts = {"start": values["send_from"], "until": values["send_until"]}
        await tx.audit(Event.SEND_WINDOW, facts, actor)
