"""A school of a few people, certificates of every kind, MySign's simulator, and tokens that are keys in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hocba_core.testing.clock import HandClock
from hocba_core.testing.phone import FakePerson
from hocba_core.testing.pki import Identity, TestCa
from hocba_core.trust import TrustStore
from hocba_gateway.signing.sessions import save_session
from hocba_gateway.signing_accounts.challenge import Purpose, make_challenge
from hocba_gateway.signing_accounts.keep import Registered
from hocba_gateway.signing_accounts.remote import register_remote
from hocba_gateway.signing_accounts.token import Proof, register_person_token, register_school_token
from hocba_gateway.store.schema import accounts, audit, people, schools, signing_accounts
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope, Store
from hocba_gateway.testing.sample_school import SCHOOL_PROFILE
from hocba_viettel_mysign.provider import ViettelMySign
from hocba_viettel_mysign.simulator import Simulator
from sqlalchemy import insert, select

YEAR = "2025-2026"
STAFF = {
    "an": ("Nguyễn Thị An", "099185000001"),
    "binh": ("Trần Văn Bình", "099185000002"),
    "cuc": ("Lê Thị Cúc", None),
    "duyet": ("Phạm Văn Duyệt", "099185000004"),
}


class Vendor(Simulator):
    """MySign, whose people may hold certificates that the test made."""

    given: dict[str, Identity]
    disabled: set[str]

    async def identity_of(self, person: FakePerson) -> Identity:
        return self.given.get(person.user) or await super().identity_of(person)

    def _entry(self, person: FakePerson, identity: Identity, *, with_chain: bool) -> dict[str, Any]:
        entry = super()._entry(person, identity, with_chain=with_chain)
        if person.user in self.disabled:
            entry["key"]["status"] = "disabled"
        return entry


@dataclass(slots=True)
class Town:
    """One school with everything that registering needs."""

    scope: Scope
    clock: HandClock
    sealer: Sealer
    trust: TrustStore
    people_ca: TestCa
    seal_ca: TestCa
    vendor: Vendor
    provider: ViettelMySign

    async def session(self, person: str, identity: Identity | None = None) -> tuple[str, str]:
        """The person logs in at the vendor, who holds `identity` for them: session and the certificate's ref."""
        name, number = STAFF[person]
        known = self.vendor.add_person(name, number or "099185000003")
        if identity is not None:
            self.vendor.given[known.user] = identity
        opened = await self.provider.open_session(self.vendor.fields_of(known))
        async with self.scope.write() as tx:
            identity_of = await save_session(tx, self.sealer, person, self.provider.key, YEAR, opened, [])
        return identity_of, (await self.provider.credentials(opened))[0].ref

    async def remote(self, person: str, identity: Identity | None = None, **changed: Any) -> Registered:
        session, ref = await self.session(person, identity)
        how = {"year": YEAR, "person_id": person, "session": session, "ref": ref, "actor": f"acc-{person}"} | changed
        return await register_remote(self.scope, self.sealer, self.trust, self.provider, **how)

    async def proof(self, account: str, identity: Identity, purpose: Purpose) -> Proof:
        asked = await make_challenge(self.scope, account, purpose)
        return Proof(asked.id, identity.certificate, identity.chain, identity.sign_digest(asked.digest))

    async def token(self, person: str, identity: Identity, trust: TrustStore | None = None) -> Registered:
        proof = await self.proof(f"acc-{person}", identity, Purpose.PERSON)
        how = {"year": YEAR, "person_id": person, "account": f"acc-{person}", "proof": proof}
        return await register_person_token(self.scope, trust or self.trust, **how)

    async def seal(self, identity: Identity, trust: TrustStore | None = None) -> Registered:
        proof = await self.proof("acc-duyet", identity, Purpose.SCHOOL)
        return await register_school_token(self.scope, trust or self.trust, year=YEAR, account="acc-duyet", proof=proof)

    def own(self, person: str, **how: Any) -> Identity:
        name, number = STAFF[person]
        return self.people_ca.issue_person(name, number or "099185000003", **how)

    async def rows(self) -> list[Any]:
        async with self.scope.read() as tx:
            query = select(signing_accounts).where(tx.of(signing_accounts))
            return await tx.rows(query.order_by(signing_accounts.c.created_at))

    async def states(self) -> dict[str, str]:
        return {row.id: row.state for row in await self.rows()}

    async def events(self) -> list[Any]:
        async with self.scope.read() as tx:
            return await tx.rows(select(audit).where(tx.of(audit)).order_by(audit.c.seq))


@pytest.fixture(scope="session")
def people_ca() -> TestCa:
    return TestCa.create("Public CA", HandClock()())


MakeSchool = Callable[..., Any]


@pytest.fixture
async def make_school(store: Store) -> MakeSchool:
    """make_school("school-1", department=…, **profile) → Scope, with staff and their log-ins."""

    async def make(identity: str, *, department: str = "so", **changed: Any) -> Scope:
        profile = SCHOOL_PROFILE.model_copy(update={"code": identity, **changed})
        scope = store.scoped(identity)
        row = {"id": identity, "department_id": department, "code": identity, "name": profile.name}
        row |= {"profile": profile.model_dump(mode="json"), "created_at": 0}
        logins = [
            {"id": f"acc-{person}", "school_id": identity, "person_id": person, "username": f"{person}@{identity}"}
            | {"password_hash": "x", "rights": [], "created_at": 0}
            for person in STAFF
        ]
        async with store.across_schools(write=True) as connection:
            await connection.execute(insert(schools), [row])
            known = set((await connection.execute(select(accounts.c.id))).scalars())
            if not known:
                await connection.execute(insert(accounts), logins)
        staff = [
            {"id": person, "code": person, "name": name, "personal_number": number, "status": "Đang làm việc"}
            | {"position": "Giáo viên", "data": {}}
            for person, (name, number) in STAFF.items()
        ]
        async with scope.write() as tx:
            await tx.insert(people, staff)
        return scope

    return make


@pytest.fixture
async def town(make_school: MakeSchool, clock: HandClock, people_ca: TestCa, seal_ca: TestCa) -> AsyncIterator[Town]:
    vendor = Vendor(clock=clock)
    vendor.given, vendor.disabled = {}, set()
    async with vendor:
        provider = ViettelMySign(vendor.settings(), clock)
        yield Town(
            scope=await make_school("school-1"),
            clock=clock,
            sealer=Sealer([Fernet.generate_key()]),
            trust=TrustStore.of([vendor.ca.root_pem, people_ca.root_pem], [seal_ca.root_pem]),
            people_ca=people_ca,
            seal_ca=seal_ca,
            vendor=vendor,
            provider=provider,
        )
        await provider.close()


@pytest.fixture
def wrong_people(people_ca: TestCa, seal_ca: TestCa, clock: HandClock) -> dict[str, Identity]:
    """Reason → a certificate that Nguyễn Thị An may not register for it."""
    now, (name, number) = clock(), STAFF["an"]
    day = timedelta(days=1)
    return {
        "not_own": people_ca.issue_person(name, "099185009999"),
        "not_own by name": people_ca.issue_person("Người Khác", ""),
        "organisation": people_ca.issue_school("Công ty Mẫu", "0100000002"),
        "ended": people_ca.issue_person(name, number, end=now - day),
        "not_yet": people_ca.issue_person(name, number, start=now + day),
        "usage": people_ca.issue_person(name, number, signing_usage=False),
        "usage by purpose": people_ca.issue_person(name, number, login_only=True),
        "ca_not_allowed": seal_ca.issue_person(name, number),
    }
