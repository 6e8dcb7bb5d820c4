"""A person logs in at a remote-signing vendor; the open session is kept encrypted, the password is not kept.

Where the vendor wants one more proof, the challenge goes out to the page and comes back encrypted: nothing waits here.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from hocba_core.clock import to_millis
from hocba_core.errors import BadInput, OurFault, SessionEnded
from hocba_core.provider import Capabilities, Challenge, LoginChallenge, Session, SigningProvider
from hocba_core.secret import Secret

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal
from hocba_gateway.signing.sessions import save_session, session_of
from hocba_gateway.store.store import Scope

CHALLENGE_LIVES: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Opened:
    """Either a session, or a challenge to answer."""

    session: str | None
    """provider_sessions.id."""
    refs: tuple[str, ...] = ()
    """The vendor's ids of the keys that it reaches."""
    challenge: str | None = None
    """Sealed; given back to answer() as it is."""
    kind: LoginChallenge | None = None
    sent_to: str = ""


async def open_session(
    gateway: Gateway, scope: Scope, principal: Principal, year: str, provider: str, fields: Mapping[str, Secret]
) -> Opened:
    """Raises NotFound(kind="provider"), BadInput(field) for what the vendor's fields do not take, SignerAccount …"""
    async with gateway.desk.providers.use(scope, year, provider) as vendor:
        opened = await vendor.open_session(_checked(vendor.can, fields))
        if isinstance(opened, Session):
            return await _keep(gateway, scope, principal, vendor, year, opened)
    over = to_millis(gateway.clock() + CHALLENGE_LIVES)
    told = {"kind": opened.kind.value, "data": dict(opened.data), "sent_to": opened.sent_to}
    bound = {"account": principal.account, "provider": provider, "year": year, "over": over}
    sealed = urlsafe_b64encode(gateway.sealer.seal(told | bound)).decode()
    return Opened(None, challenge=sealed, kind=opened.kind, sent_to=opened.sent_to)


async def answer(gateway: Gateway, scope: Scope, principal: Principal, challenge: str, code: Secret) -> Opened:
    """Raises CodeWrong and its like; BadInput(field="challenge") for one that is not this person's, or over."""
    told = _read(gateway, challenge)
    if told.get("account") != principal.account or told.get("over", 0) < to_millis(gateway.clock()):
        raise BadInput(field="challenge", expected="lần đăng nhập còn hiệu lực của chính thầy cô")
    year, provider = told["year"], told["provider"]
    asked = Challenge(LoginChallenge(told["kind"]), told["data"], told["sent_to"])
    async with gateway.desk.providers.use(scope, year, provider) as vendor:
        session = await vendor.answer(asked, code)
        return await _keep(gateway, scope, principal, vendor, year, session)


def _read(gateway: Gateway, challenge: str) -> dict[str, Any]:
    try:
        return gateway.sealer.open(urlsafe_b64decode(challenge.encode()))
    except (OurFault, ValueError) as error:
        raise BadInput(field="challenge", expected="như đã nhận") from error


async def _keep(
    gateway: Gateway, scope: Scope, principal: Principal, vendor: SigningProvider, year: str, session: Session
) -> Opened:
    refs = tuple(one.ref for one in await vendor.credentials(session))
    async with scope.write() as tx:
        kept = await save_session(tx, gateway.sealer, principal.who, vendor.key, year, session, refs)
    return Opened(kept, refs)


def _checked(can: Capabilities, fields: Mapping[str, Secret]) -> Mapping[str, Secret]:
    """What is asked for, and nothing else, before it leaves the house."""
    unknown = set(fields) - {field.name for field in can.fields}
    if unknown:
        raise BadInput(field=sorted(unknown)[0], expected="không có trong các thông tin cần nhập")
    for field in can.fields:
        value = fields[field.name].reveal() if field.name in fields else ""
        if field.required and not value:
            raise BadInput(field=field.name, expected=field.label)
        if value and field.pattern and not re.fullmatch(field.pattern, value):
            raise BadInput(field=field.name, expected=field.hint or field.label)
    return {name: value for name, value in fields.items() if value}


async def open_session_of(scope: Scope, person: str, provider: str, year: str, ref: str) -> str:
    """The person's open session at that vendor that reaches the key `ref`.

    Raises SessionEnded(provider) when they must log in first.
    """
    found = await session_of(scope, person, provider, year, ref)
    if found is None:
        raise SessionEnded(provider=provider)
    return found
