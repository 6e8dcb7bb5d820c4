"""Remote-signing vendors: what they ask for, the school's settings, a person's log-in there."""

from __future__ import annotations

from typing import Any

from hocba_core.provider import Capabilities
from hocba_core.secret import Secret
from pydantic import SecretStr

from hocba_gateway.services import vendor_login, vendors
from hocba_gateway.web.route import Call, Done, Model, Routes, Who

routes = Routes("Nhà cung cấp ký số")


class FieldOut(Model):
    name: str
    label: str
    secret: bool
    required: bool
    hint: str


class Vendor(Model):
    key: str
    title: str
    fields: list[FieldOut]
    """To ask the person for before a session is opened."""
    approval: str
    completion: str
    batch_limit: int | None
    """Transcripts in one confirmation on the phone."""
    lifetime_seconds: int


class Vendors(Model):
    vendors: list[Vendor]
    unusable: dict[str, str]
    """Vendor of the school -> why it cannot be used; for an administrator every broken plugin, and the whole reason."""


class Settings(Model):
    settings: dict[str, Any]


class OpenSession(Model):
    year: str
    provider: str
    fields: dict[str, SecretStr]


class Answer(Model):
    challenge: str
    code: SecretStr


class Opened(Model):
    open: bool
    session: str | None = None
    challenge: str | None = None
    """To be given back with the code."""
    challenge_kind: str | None = None
    sent_to: str = ""


def _vendor(key: str, title: str, can: Capabilities) -> Vendor:
    return Vendor(
        key=key,
        title=title,
        fields=[
            FieldOut(name=one.name, label=one.label, secret=one.secret, required=one.required, hint=one.hint)
            for one in can.fields
        ],
        approval=can.approval.value,
        completion=can.completion.value,
        batch_limit=can.batch_limit,
        lifetime_seconds=int(can.lifetime.total_seconds()),
    )


def _opened(found: vendor_login.Opened) -> Opened:
    return Opened(
        open=found.session is not None,
        session=found.session,
        challenge=found.challenge,
        challenge_kind=found.kind.value if found.kind else None,
        sent_to=found.sent_to,
    )


@routes.get("/years/{year}/vendors", Who.STAFF)
async def list_vendors(call: Call) -> Vendors:
    """Those that the school uses in that year, and what each asks for."""
    found = await vendors.look(call.gateway, call.scope, call.path("year"))
    return Vendors(
        vendors=[_vendor(one.key, one.title, one.can) for one in found.usable],
        unusable=vendors.reasons(call.gateway, call.principal, found),
    )


@routes.put("/years/{year}/vendors/{key}", Who.ADMIN)
async def put_settings(call: Call, body: Settings) -> Done:
    """Settings of a vendor for that year; tried at the vendor before they are saved."""
    year, key = call.path("year"), call.path("key")
    await vendors.save(call.gateway, call.scope, year, key, body.settings, call.principal.account)
    return Done()


@routes.delete("/years/{year}/vendors/{key}", Who.ADMIN)
async def give_up(call: Call) -> Done:
    """The school stops using a vendor in that year; refused while somebody has an account there or is being asked."""
    await vendors.give_up(call.scope, call.path("year"), call.path("key"), call.principal.account)
    return Done()


@routes.post("/vendor-sessions", Who.STAFF)
async def open_session(call: Call, body: OpenSession) -> Opened:
    """[Đăng nhập]: opens the caller's session at a vendor; a password goes there and is not kept."""
    fields = {name: Secret(value.get_secret_value()) for name, value in body.fields.items()}
    found = await vendor_login.open_session(call.gateway, call.scope, call.principal, body.year, body.provider, fields)
    return _opened(found)


@routes.post("/vendor-sessions/answer", Who.STAFF)
async def answer(call: Call, body: Answer) -> Opened:
    """The one more proof that a vendor wanted."""
    code = Secret(body.code.get_secret_value())
    return _opened(await vendor_login.answer(call.gateway, call.scope, call.principal, body.challenge, code))
