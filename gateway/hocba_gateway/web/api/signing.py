"""Ký: one confirmation for many transcripts, its progress, and what a code or a token brings."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Any

from hocba_core.errors import BadInput
from hocba_core.secret import Secret
from pydantic import Field, SecretStr

from hocba_gateway.services import signing
from hocba_gateway.signing.progress import Progress
from hocba_gateway.web.route import Call, Done, Model, Routes, Who

routes = Routes("Ký số")


class Sign(Model):
    key: str = Field(min_length=8, max_length=40)
    """One-time key that the page made; the same key is the same press."""
    kind: str
    """gvbm, gvcn, cbql, phat-hanh, or goi to seal packages."""
    subjects: list[str] = Field(min_length=1, max_length=5000)
    account: str
    """The signing account: one's own, or the school's."""


class Left(Model):
    subject: str
    code: str
    facts: dict[str, Any]


class Pressed(Model):
    confirmation: str
    requests: list[str]
    """Each is one confirmation on the phone, or one job for the agent."""
    taken: list[str]
    left: list[Left]


class Request(Model):
    id: str
    number: int
    source: str
    state: str
    needs: str | None
    verification_code: str | None
    expires_at: int | None
    error: str | None
    error_facts: dict[str, Any]


class Attempt(Model):
    subject: str
    slot: str
    state: str
    error: str | None
    error_facts: dict[str, Any]


class Confirmation(Model):
    id: str
    kind: str
    open: bool
    requests: list[Request]
    attempts: list[Attempt]


class Confirmations(Model):
    confirmations: list[str]


class Code(Model):
    code: SecretStr


class Moved(Model):
    requests: int


class Item(Model):
    item: str
    title: str
    digest: str
    """SHA-256, base64."""


class Items(Model):
    items: list[Item]


class Values(Model):
    values: dict[str, str] = Field(max_length=500)
    """Item -> raw signature, base64."""


@routes.post("/confirmations", Who.STAFF)
async def sign(call: Call, body: Sign) -> Pressed:
    """[Ký học bạ]: what will be signed is stored and audited before anyone is asked. The same key never asks twice."""
    made = await signing.sign(
        call.gateway, call.scope, call.principal, body.key, body.kind, body.subjects, body.account
    )
    return Pressed(
        confirmation=made.confirmation,
        requests=list(made.requests),
        taken=list(made.taken),
        left=[Left(subject=one.subject, code=one.code, facts=dict(one.facts)) for one in made.left],
    )


@routes.get("/confirmations", Who.STAFF)
async def list_open(call: Call) -> Confirmations:
    """The caller's own that are still going on."""
    return Confirmations(confirmations=await signing.open_confirmations(call.scope, call.principal))


@routes.get("/confirmations/{confirmation}", Who.STAFF)
async def progress(call: Call) -> Confirmation:
    """How it is going, per request and per transcript."""
    return _shown(await signing.confirmation(call.scope, call.principal, call.path("confirmation")))


def _shown(found: Progress) -> Confirmation:
    return Confirmation(
        id=found.confirmation,
        kind=found.kind,
        open=found.open,
        requests=[
            Request(
                id=one.id,
                number=one.number,
                source=one.source,
                state=one.state,
                needs=one.needs,
                verification_code=one.verification_code,
                expires_at=one.expires_at,
                error=one.error,
                error_facts=dict(one.error_facts),
            )
            for one in found.requests
        ],
        attempts=[
            Attempt(
                subject=one.subject,
                slot=one.slot,
                state=one.state,
                error=one.error,
                error_facts=dict(one.error_facts),
            )
            for one in found.attempts
        ],
    )


@routes.post("/confirmations/{confirmation}/go-on", Who.STAFF)
async def go_on(call: Call) -> Moved:
    """After a new log-in at the vendor: what waited for it goes on."""
    moved = await signing.go_on(call.gateway, call.scope, call.principal, call.path("confirmation"))
    return Moved(requests=moved)


@routes.post("/requests/{request}/code", Who.STAFF)
async def submit_code(call: Call, body: Code) -> Done:
    """The code or PIN that the vendor wants for this request."""
    code = Secret(body.code.get_secret_value())
    await signing.submit_code(call.gateway, call.scope, call.principal, call.path("request"), code)
    return Done()


@routes.post("/requests/{request}/resend", Who.STAFF)
async def resend_code(call: Call) -> Done:
    """Asks the vendor to send the code again."""
    await signing.resend_code(call.gateway, call.scope, call.principal, call.path("request"))
    return Done()


@routes.get("/requests/{request}/items", Who.STAFF)
async def items(call: Call) -> Items:
    """A job for the agent: what of this request still has no value. Asked again after a break, it is the rest."""
    found = await signing.items(call.scope, call.principal, call.path("request"))
    return Items(
        items=[Item(item=item, title=title, digest=b64encode(digest).decode()) for item, title, digest in found]
    )


@routes.post("/requests/{request}/values", Who.STAFF)
async def values(call: Call, body: Values) -> Done:
    """Values from the agent, in chunks as they come; the same again changes nothing."""
    await signing.values(call.gateway, call.scope, call.principal, call.path("request"), _decoded(body.values))
    return Done()


def _decoded(values: dict[str, str]) -> dict[str, bytes]:
    try:
        return {item: b64decode(value, validate=True) for item, value in values.items()}
    except (NotBase64, ValueError) as error:
        raise BadInput(field="values", expected="base64") from error


@routes.delete("/requests/{request}", Who.STAFF)
async def stop(call: Call) -> Done:
    """Gives up the rest of a token's job; what was signed stays. Of the school's seal also somebody else who seals."""
    await signing.stop(call.scope, call.principal, call.path("request"))
    return Done()
