"""What needs no session: is the gateway well, what can it do, a vendor's call."""

from __future__ import annotations

from hocba_core.provider import Reply
from sqlalchemy import text

from hocba_gateway.services.callbacks import MOST_BYTES, called
from hocba_gateway.web.openapi import document
from hocba_gateway.web.reading import read_body, written
from hocba_gateway.web.route import TABLE, Call, Download, Model, Routes, Who

routes = Routes("Chung")


class Health(Model):
    ok: bool
    time: str
    unusable: list[str]
    """Plugins that the settings name and that cannot be used. Why is in the log, and said to administrators."""


@routes.get("/health", Who.PUBLIC)
async def health(call: Call) -> Health:
    """Answers when the database answers."""
    async with call.gateway.store.across_schools() as connection:
        await connection.execute(text("SELECT 1"))
    return Health(ok=True, time=call.gateway.clock().isoformat(), unusable=sorted(call.gateway.registry.broken))


@routes.get("/openapi.json", Who.PUBLIC)
async def openapi(call: Call) -> Download:
    """This document."""
    table = call.request.app[TABLE]
    return Download("openapi.json", "application/json", written(document(table)).encode())


@routes.post("/callbacks/{request}", Who.PUBLIC)
async def callback(call: Call) -> Reply:
    """A vendor calls: the request is looked at now; nothing else of the call is believed."""
    body = await read_body(call.request, MOST_BYTES)
    return await called(call.gateway, call.path("request"), dict(call.request.headers), body)
