"""Tài khoản ký: a person's certificate, the school's, and who approves them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Any

from hocba_core.clock import to_millis
from hocba_core.errors import BadInput

from hocba_gateway.services import signing_accounts
from hocba_gateway.signing_accounts.challenge import Purpose
from hocba_gateway.signing_accounts.decide import Decided
from hocba_gateway.signing_accounts.keep import Registered
from hocba_gateway.signing_accounts.listing import Standing
from hocba_gateway.signing_accounts.token import Proof
from hocba_gateway.web.route import Call, Model, Routes, Who

routes = Routes("Tài khoản ký")


class Credential(Model):
    ref: str
    label: str
    subject: str
    issuer: str
    serial: str
    not_before: int
    not_after: int
    turns_left: int | None
    usable: bool
    refusal: str
    """Why it may not be chosen."""
    warning: str


class Credentials(Model):
    credentials: list[Credential]


class Remote(Model):
    session: str
    ref: str


class Ask(Model):
    purpose: Purpose


class Challenge(Model):
    challenge: str
    digest: str
    """Base64, 32 bytes: what the token signs."""
    title: str
    expires_at: int


class Token(Model):
    purpose: Purpose
    year: str
    challenge: str
    certificate: str
    """DER, base64."""
    chain: list[str]
    value: str
    """The challenge's digest signed, raw, base64."""


class Made(Model):
    id: str
    warning: str
    """What the approver will be told."""


class Mine(Model):
    own: dict[str, Any] | None
    school: dict[str, Any]
    """The school's certificate; `current` is what it signs with."""


class Staff(Model):
    people: list[dict[str, Any]]


class Approve(Model):
    accounts: list[str]


class Reject(Approve):
    reason: str


class OneDecided(Model):
    id: str
    own: bool
    replaced: list[str]


class AllDecided(Model):
    decided: list[OneDecided]


class Certificate(Model):
    school: str
    code: str
    name: str
    account: dict[str, Any]


class Certificates(Model):
    certificates: list[Certificate]


def _made(one: Registered) -> Made:
    return Made(id=one.id, warning=one.warning)


def _decided(found: tuple[Decided, ...]) -> AllDecided:
    return AllDecided(decided=[OneDecided(id=one.id, own=one.own, replaced=list(one.replaced)) for one in found])


@routes.get("/vendor-sessions/{session}/credentials", Who.STAFF)
async def credentials(call: Call) -> Credentials:
    """The certificates of the caller's open session at a vendor, to choose from."""
    found = await signing_accounts.offered(call.gateway, call.scope, call.principal, call.path("session"))
    return Credentials(
        credentials=[
            Credential(
                ref=one.ref,
                label=one.label,
                subject=one.subject,
                issuer=one.issuer,
                serial=one.serial,
                not_before=to_millis(one.not_before),
                not_after=to_millis(one.not_after),
                turns_left=one.turns_left,
                usable=not one.refusal,
                refusal=one.refusal,
                warning=one.warning,
            )
            for one in found
        ]
    )


@routes.post("/signing-accounts/remote", Who.STAFF)
async def register_remote(call: Call, body: Remote) -> Made:
    """ "Đăng ký tài khoản ký" with a certificate at a vendor; waits for approval."""
    return _made(
        await signing_accounts.register_at_vendor(call.gateway, call.scope, call.principal, body.session, body.ref)
    )


@routes.post("/signing-accounts/challenges", Who.STAFF)
async def challenge(call: Call, body: Ask) -> Challenge:
    """A one-time challenge for the agent to sign: the person's, or the school's certificate."""
    made = await signing_accounts.challenge(call.scope, call.principal, body.purpose)
    return Challenge(
        challenge=made.id,
        digest=b64encode(made.digest).decode(),
        title=made.title,
        expires_at=to_millis(made.expires_at),
    )


@routes.post("/signing-accounts/token", Who.STAFF)
async def register_token(call: Call, body: Token) -> Made:
    """ "Đăng ký" with a USB token; waits for approval, by the school or, for its own certificate, by the office."""
    proof = Proof(
        body.challenge,
        _bytes("certificate", body.certificate),
        [_bytes("chain", one) for one in body.chain],
        _bytes("value", body.value),
    )
    return _made(
        await signing_accounts.register_token(call.gateway, call.scope, call.principal, body.purpose, body.year, proof)
    )


def _bytes(name: str, text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise BadInput(field=name, expected="base64") from error


@routes.get("/years/{year}/signing-accounts/mine", Who.STAFF)
async def mine(call: Call) -> Mine:
    """One's own account of the year, and the school's certificate."""
    year = call.path("year")
    own: Standing | None = await signing_accounts.mine(call.scope, call.principal, year)
    school = await signing_accounts.of_school(call.scope, year)
    return Mine(own=own.to_dict() if own else None, school=school.to_dict())


@routes.get("/years/{year}/signing-accounts", Who.STAFF)
async def staff(call: Call) -> Staff:
    """ "1.3. Duyệt tài khoản ký": every member of staff and their account; for approver and administrator."""
    found = await signing_accounts.staff(call.scope, call.principal, call.path("year"))
    return Staff(people=[one.to_dict() for one in found])


@routes.post("/signing-accounts/approve", Who.APPROVER)
async def approve(call: Call, body: Approve) -> AllDecided:
    """[Duyệt tài khoản đăng ký], one or many, all or none."""
    return _decided(await signing_accounts.decide_people(call.scope, call.principal, body.accounts, None))


@routes.post("/signing-accounts/reject", Who.APPROVER)
async def reject(call: Call, body: Reject) -> AllDecided:
    """[Từ chối tài khoản] with a reason."""
    return _decided(await signing_accounts.decide_people(call.scope, call.principal, body.accounts, body.reason))


@routes.get("/department/years/{year}/certificates", Who.OFFICER)
async def schools_certificates(call: Call) -> Certificates:
    """The certificates of the office's schools."""
    found = await signing_accounts.schools_certificates(call.gateway, call.department, call.path("year"))
    return Certificates(
        certificates=[
            Certificate(school=one.school, code=one.code, name=one.name, account=one.account.to_dict()) for one in found
        ]
    )


@routes.post("/department/schools/{school}/certificates/approve", Who.OFFICER)
async def approve_school(call: Call, body: Approve) -> AllDecided:
    """The office approves a school's certificate."""
    return _decided(await _of_school(call, body.accounts, None))


@routes.post("/department/schools/{school}/certificates/reject", Who.OFFICER)
async def reject_school(call: Call, body: Reject) -> AllDecided:
    """The office rejects it with a reason."""
    return _decided(await _of_school(call, body.accounts, body.reason))


async def _of_school(call: Call, accounts: list[str], reason: str | None) -> tuple[Decided, ...]:
    return await signing_accounts.decide_school(
        call.gateway, call.department, call.path("school"), accounts, reason, call.principal.account
    )
