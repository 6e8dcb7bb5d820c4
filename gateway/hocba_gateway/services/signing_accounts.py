"""Signing accounts, by who is asking: register one's own, bring the school's, approve (A1, A3–A7)."""

from __future__ import annotations

from collections.abc import Sequence

from hocba_core.errors import NotFound
from sqlalchemy import select

from hocba_gateway.services.departments import require_own_school
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.signing_accounts import decide
from hocba_gateway.signing_accounts.challenge import Purpose, TokenChallenge, make_challenge
from hocba_gateway.signing_accounts.decide import Decided, Owner
from hocba_gateway.signing_accounts.keep import Registered
from hocba_gateway.signing_accounts.listing import (
    SchoolCertificate,
    StaffAccount,
    Standing,
    list_school_certificates,
    list_staff,
    own_account,
    school_certificate,
)
from hocba_gateway.signing_accounts.remote import Offered, offer, register_remote
from hocba_gateway.signing_accounts.token import Proof, register_person_token, register_school_token
from hocba_gateway.store.schema import provider_sessions
from hocba_gateway.store.store import Scope


async def offered(gateway: Gateway, scope: Scope, principal: Principal, session: str) -> tuple[Offered, ...]:
    """The certificates of an open session of one's own. Raises NotFound(kind="session") for any other."""
    person = principal.demand_person()
    year, provider = await _session(scope, person, session)
    sealer, trust = gateway.sealer, gateway.desk.trust
    async with gateway.desk.providers.use(scope, year, provider) as vendor:
        return await offer(scope, sealer, trust, vendor, year=year, person_id=person, session=session)


async def register_at_vendor(
    gateway: Gateway, scope: Scope, principal: Principal, session: str, ref: str
) -> Registered:
    """ "Đăng ký tài khoản ký", REMOTE SIGNING (A5)."""
    person = principal.demand_person()
    year, provider = await _session(scope, person, session)
    async with gateway.desk.providers.use(scope, year, provider) as vendor:
        return await register_remote(
            scope,
            gateway.sealer,
            gateway.desk.trust,
            vendor,
            year=year,
            person_id=person,
            session=session,
            ref=ref,
            actor=principal.account,
        )


async def _session(scope: Scope, person: str, session: str) -> tuple[str, str]:
    s = provider_sessions.c
    async with scope.read() as tx:
        own = (tx.of(provider_sessions), s.id == session, s.person_id == person)
        row = await tx.row(select(s.year, s.provider).where(*own))
    if row is None:
        raise NotFound(kind="session")
    return row.year, row.provider


async def challenge(scope: Scope, principal: Principal, purpose: Purpose) -> TokenChallenge:
    """For the agent to sign once. The school's may be brought by who seals, administers or leads (A1)."""
    if purpose is Purpose.SCHOOL:
        principal.demand(Right.ADMIN, Right.SEAL)
    else:
        principal.demand_person()
    return await make_challenge(scope, principal.account, purpose)


async def register_token(
    gateway: Gateway, scope: Scope, principal: Principal, purpose: Purpose, year: str, proof: Proof
) -> Registered:
    """A USB token: one's own (A4) or the school's (A1)."""
    trust = gateway.desk.trust
    if purpose is Purpose.SCHOOL:
        principal.demand(Right.ADMIN, Right.SEAL)
        return await register_school_token(scope, trust, year=year, account=principal.account, proof=proof)
    person = principal.demand_person()
    return await register_person_token(
        scope, trust, year=year, person_id=person, account=principal.account, proof=proof
    )


async def mine(scope: Scope, principal: Principal, year: str) -> Standing | None:
    """None for an account that is no member of staff's."""
    if principal.person is None:
        return None
    async with scope.read() as tx:
        return await own_account(tx, year, principal.person)


async def of_school(scope: Scope, year: str) -> Standing:
    async with scope.read() as tx:
        return await school_certificate(tx, year)


async def staff(scope: Scope, principal: Principal, year: str) -> tuple[StaffAccount, ...]:
    """ "1.3": every member of staff."""
    principal.demand(Right.APPROVE, Right.ADMIN)
    async with scope.read() as tx:
        return await list_staff(tx, year)


async def decide_people(
    scope: Scope, principal: Principal, ids: Sequence[str], reason: str | None
) -> tuple[Decided, ...]:
    """Approves; rejects where there is a reason."""
    principal.demand(Right.APPROVE)
    actor, person = principal.account, principal.person
    if reason is None:
        return await decide.approve(scope, ids, Owner.PEOPLE, actor=actor, person_id=person)
    return await decide.reject(scope, ids, Owner.PEOPLE, reason, actor=actor, person_id=person)


async def decide_school(
    gateway: Gateway, department: str, school: str, ids: Sequence[str], reason: str | None, actor: str
) -> tuple[Decided, ...]:
    """By the approving office, for a school of its own. Raises NotFound(kind="school")."""
    await require_own_school(gateway, department, school)
    scope = gateway.scoped(school)
    if reason is None:
        return await decide.approve(scope, ids, Owner.SCHOOL, actor=actor)
    return await decide.reject(scope, ids, Owner.SCHOOL, reason, actor=actor)


async def schools_certificates(gateway: Gateway, department: str, year: str) -> tuple[SchoolCertificate, ...]:
    return await list_school_certificates(gateway.store, department, year)
