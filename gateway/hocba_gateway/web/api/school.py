"""The school's own data: profile, spreadsheets, staff, rights."""

from __future__ import annotations

import asyncio
from typing import Any

from hocba_core.errors import Conflict

from hocba_gateway.school.importing import apply
from hocba_gateway.school.profile import SchoolProfile
from hocba_gateway.school.profile_row import load_profile_of_school, save_profile
from hocba_gateway.services import members
from hocba_gateway.services.principal import Right
from hocba_gateway.web.route import Call, Done, Files, Model, Routes, Who

routes = Routes("Trường")


class Profile(Model):
    profile: SchoolProfile
    missing: list[str]
    """What must still be given, in words; stops registering certificates and creating transcripts."""


class PutProfile(Model):
    profile: SchoolProfile


class Plan(Model):
    stored: bool
    fingerprint: str
    """Of the files; given to the import, it makes sure that what was previewed is what is stored."""
    plan: dict[str, Any]


class Member(Model):
    id: str
    code: str
    name: str
    position: str | None
    status: str
    username: str | None
    rights: list[str]


class Members(Model):
    members: list[Member]


class MemberDetail(Member):
    personal_number: str
    """Whole: for whoever keeps the staff's records, one person at a time."""
    birth: str | None


class OpenAccounts(Model):
    people: list[str] | None = None
    """people.id; absent: everybody who works here and has none."""


class NewAccount(Model):
    person: str
    name: str
    username: str
    password: str
    """Shown once."""


class NewAccounts(Model):
    accounts: list[NewAccount]


class Rights(Model):
    rights: list[Right]


@routes.get("/school/profile", Who.STAFF)
async def get_profile(call: Call) -> Profile:
    """The school's profile and what it lacks."""
    async with call.scope.read() as tx:
        profile = await load_profile_of_school(tx)
    return Profile(profile=profile, missing=profile.missing())


@routes.put("/school/profile", Who.ADMIN)
async def put_profile(call: Call, body: PutProfile) -> Profile:
    """Stores the profile; it may still lack things."""
    async with call.scope.write() as tx:
        await save_profile(tx, body.profile, call.principal.account)
    return Profile(profile=body.profile, missing=body.profile.missing())


@routes.post("/school/import/preview", Who.ADMIN)
async def preview(call: Call, body: Files) -> Plan:
    """What the spreadsheets would do, with every problem by file, sheet, row and column. Stores nothing."""
    reading = await asyncio.to_thread(apply.read, body.uploads)
    async with call.scope.read() as tx:
        plan = await apply.preview(tx, reading, body.fields.get("year"))
    return Plan(stored=False, fingerprint=apply.fingerprint(body.uploads), plan=plan.to_dict())


@routes.post("/school/import", Who.ADMIN)
async def import_files(call: Call, body: Files) -> Plan:
    """Stores everything or nothing; a refused plan says why and stores nothing."""
    fingerprint = apply.fingerprint(body.uploads)
    if body.fields.get("fingerprint", fingerprint) != fingerprint:
        raise Conflict(state="other_files", needs="preview")
    reading = await asyncio.to_thread(apply.read, body.uploads)
    async with call.scope.write() as tx:
        plan = await apply.store(tx, reading, body.fields.get("year"), call.principal.account)
    return Plan(stored=not plan.is_refused, fingerprint=fingerprint, plan=plan.to_dict())


@routes.get("/school/members", Who.ADMIN)
async def list_members(call: Call) -> Members:
    """Staff, their accounts and rights."""
    async with call.scope.read() as tx:
        return Members(members=[Member(**row) for row in await members.list_members(tx)])


@routes.get("/school/members/{person}", Who.ADMIN)
async def get_member(call: Call) -> MemberDetail:
    """One member of staff, with what the lists leave out."""
    async with call.scope.read() as tx:
        return MemberDetail(**await members.one_member(tx, call.path("person")))


@routes.post("/school/accounts", Who.ADMIN)
async def open_accounts(call: Call, body: OpenAccounts) -> NewAccounts:
    """Opens accounts for staff, each with a first password that is shown once."""
    made = await members.open_accounts(call.gateway, call.scope, body.people, call.principal.account)
    return NewAccounts(accounts=[_account(one) for one in made])


@routes.post("/school/members/{person}/password", Who.ADMIN)
async def new_password(call: Call) -> NewAccount:
    """A new first password for who forgot theirs."""
    return _account(await members.new_password(call.gateway, call.scope, call.path("person"), call.principal.account))


@routes.put("/school/members/{person}/rights", Who.STAFF)
async def set_rights(call: Call, body: Rights) -> Done:
    """Grants and takes away rights; "Ký phát hành" also by who approves signing accounts."""
    async with call.scope.write() as tx:
        await members.set_rights(tx, call.path("person"), frozenset(body.rights), call.principal)
    return Done()


def _account(one: members.NewAccount) -> NewAccount:
    return NewAccount(person=one.person, name=one.name, username=one.username, password=one.password.reveal())
