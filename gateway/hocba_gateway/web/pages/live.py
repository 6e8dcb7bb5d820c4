"""Progress as server-sent events. Every look is at the rows, so whichever gateway has the connection tells the same.

Events are pieces of the page: `head`, `requests`, `states` (only the transcripts that changed); besides `alive` now and
then, and `over` once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

from aiohttp import web
from hocba_core.errors import HocbaError, StoreTrouble

from hocba_gateway.services import signing
from hocba_gateway.services.following import Followed
from hocba_gateway.services.logins import principal_of
from hocba_gateway.web.pages.look import SESSIONS
from hocba_gateway.web.pages.rendering import render
from hocba_gateway.web.pages.signing_words import progress_values
from hocba_gateway.web.pages.words import words_for
from hocba_gateway.web.route import Call

LOOK_EVERY: Final = timedelta(milliseconds=400)
SIGN_OF_LIFE: Final = timedelta(seconds=15)
"""The page takes a line that is silent for longer to be dead and opens another, as does what stands between browser
and gateway; then, too, the log-in is looked at again."""
_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}
CLOSING: Final = web.AppKey("closing", asyncio.Event)
"""Set when the gateway ends: streams end then, and browsers come back to another gateway."""


def add_streams(app: web.Application) -> None:
    app[CLOSING] = asyncio.Event()

    async def close(app: web.Application) -> None:
        app[CLOSING].set()

    app.on_shutdown.append(close)


async def stream(call: Call, followed: Followed) -> web.StreamResponse:
    """Until the press is over, the browser leaves, the log-in ends or the gateway does."""
    response = web.StreamResponse(headers=_HEADERS)
    await response.prepare(call.request)
    with suppress(ConnectionError, HocbaError):
        await _Telling(call, followed, response).run()
    return response


class _Telling:
    def __init__(self, call: Call, followed: Followed, response: web.StreamResponse) -> None:
        self._call = call
        self._followed = followed
        self._response = response
        self._language = words_for(call.request).language
        self._told: dict[str, str] = {}

    async def run(self) -> None:
        closing = self._call.request.app[CLOSING]
        waited = timedelta(0)
        while not closing.is_set():
            await self._tell()
            if not self._followed.progress.open:
                await self._send("over", "")
                return
            waited += LOOK_EVERY
            if waited >= SIGN_OF_LIFE:
                await self._send("alive", "")
                with suppress(StoreTrouble):
                    await self._still_logged_in()
                waited = timedelta(0)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY.total_seconds()):
                    await closing.wait()
            identity = self._followed.progress.confirmation
            with suppress(StoreTrouble):  # it may come back: what is told stays true meanwhile
                now = await signing.confirmation(self._call.scope, self._call.principal, identity)
                self._followed = self._followed.at(now)

    async def _tell(self) -> None:
        """What has changed since the last time."""
        values = progress_values(self._followed, self._call.gateway.clock())
        changed = [place for place in values["states"] if self._told.get(place[0]) != place[1]]
        if changed:
            self._told |= {place[0]: place[1] for place in changed}
            await self._send(
                "states", self._render("progress_states.html", values | {"states": changed, "changed": True})
            )
        for name in ("requests", "head") if self._followed.progress.open else ("requests", "head", "foot"):
            piece = self._render(f"progress_{name}.html", values)
            if self._told.get(name) != piece:
                self._told[name] = piece
                await self._send(name, piece)

    def _render(self, template: str, values: dict[str, object]) -> str:
        return render(template, values, self._language)

    async def _send(self, event: str, data: str) -> None:
        lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
        await self._response.write(f"event: {event}\n{lines}\n".encode())

    async def _still_logged_in(self) -> None:
        """Raises NotLoggedIn."""
        token = self._call.request.app[SESSIONS].token(self._call.request)
        if token is not None:
            await principal_of(self._call.gateway, token)
