"""The page's end of registering a USB token: a challenge for the agent, and what the agent made of it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from aiohttp import web
from hocba_core.errors import BadInput

from hocba_gateway.services import signing_accounts
from hocba_gateway.signing_accounts.challenge import Purpose
from hocba_gateway.signing_accounts.token import Proof
from hocba_gateway.web.pages.forms import many, one
from hocba_gateway.web.pages.page import Fields
from hocba_gateway.web.route import Call

Json = web.Response


async def challenge(call: Call, purpose: Purpose) -> Json:
    made = await signing_accounts.challenge(call.scope, call.principal, purpose)
    said = {"challenge": made.id, "digest": b64encode(made.digest).decode(), "title": made.title}
    return web.json_response(said)


async def register(call: Call, body: Fields, purpose: Purpose, year: str) -> None:
    """Raises what register_token() raises."""
    proof = Proof(
        one(body, "challenge"),
        _bytes("certificate", one(body, "certificate")),
        [_bytes("chain", each) for each in many(body, "chain")],
        _bytes("value", one(body, "value")),
    )
    await signing_accounts.register_token(call.gateway, call.scope, call.principal, purpose, year, proof)


def _bytes(name: str, text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise BadInput(field=name, expected="base64") from error
