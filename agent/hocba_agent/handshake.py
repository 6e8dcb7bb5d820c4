"""Who may open a connection at all. Checked in this order, before anything is upgraded or executed:

peer on loopback → Host → method → path → Origin → number of connections → the same user of the PC.

The library checks none of the first four, and answers plain requests before its own Origin check.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from ipaddress import ip_address

from hocba_core.agent_protocol import HEALTH_PATH, PATH, VERSION
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from hocba_agent.neighbours import belongs_to_another_user

log = logging.getLogger(__name__)

PER_SITE = 8
IN_ALL = 32
_LOGGED_A_MINUTE = 30
_MINUTE = 60.0


class Door:
    """`check` is the library's process_request."""

    def __init__(
        self,
        port: int,
        sites: frozenset[str],
        inside: Callable[[], Iterable[str]],
        monotonic: Callable[[], float],
    ) -> None:
        """`inside` tells the Origin of each open connection; `monotonic` seconds, for limiting the log."""
        self._hosts = frozenset((f"127.0.0.1:{port}", f"localhost:{port}"))
        self._sites = sites
        self._inside = inside
        self._monotonic = monotonic
        self._minute = 0.0
        self._logged = 0

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """None lets it in."""
        peer, ours = connection.remote_address, connection.local_address
        if not ip_address(peer[0]).is_loopback:
            return self._refuse(HTTPStatus.FORBIDDEN, "peer", request)
        hosts = request.headers.get_all("Host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "host", request)
        if request.method != "GET":
            return self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "method", request)
        if request.path == HEALTH_PATH:
            return self._health(request)
        if request.path != PATH:
            return self._refuse(HTTPStatus.NOT_FOUND, "path", request)
        origins = request.headers.get_all("Origin")
        if len(origins) > 1 or "," in "".join(origins):
            return self._refuse(HTTPStatus.BAD_REQUEST, "origin", request)
        if not origins or origins[0] not in self._sites:
            return self._refuse(HTTPStatus.FORBIDDEN, "origin", request)
        inside = list(self._inside())
        if inside.count(origins[0]) >= PER_SITE or len(inside) >= IN_ALL:
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "limit", request)
        if belongs_to_another_user(peer[:2], ours[:2]):
            return self._refuse(HTTPStatus.FORBIDDEN, "user", request)
        return None

    def _health(self, request: Request) -> Response:
        """That an agent is here, and nothing else. Only a known site's script may read even that."""
        headers = _headers("application/json")
        origins = request.headers.get_all("Origin")
        if len(origins) == 1 and origins[0] in self._sites:
            headers["Access-Control-Allow-Origin"] = origins[0]
        headers["Vary"] = "Origin"
        return _response(HTTPStatus.OK, headers, json.dumps({"agent": "hocba", "protocol": VERSION}))

    def _refuse(self, status: HTTPStatus, why: str, request: Request) -> Response:
        self._note(why, request)
        headers = _headers("text/plain; charset=utf-8")
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = "GET"
        return _response(status, headers, f"{status.phrase}\n")

    def _note(self, why: str, request: Request) -> None:
        """One line, escaped and cut; no more than so many a minute."""
        now = self._monotonic()
        if now - self._minute >= _MINUTE:
            self._minute, self._logged = now, 0
        self._logged += 1
        if self._logged <= _LOGGED_A_MINUTE:
            log.warning("refused: %s, origin %s", why, ascii(request.headers.get_all("Origin"))[:120])
        elif self._logged == _LOGGED_A_MINUTE + 1:
            log.warning("refused: more, not logged until the minute is over")


def _headers(kind: str) -> Headers:
    return Headers(
        {
            "Content-Type": kind,
            "Connection": "close",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )


def _response(status: HTTPStatus, headers: Headers, body: str) -> Response:
    raw = body.encode()
    headers["Content-Length"] = str(len(raw))
    return Response(status.value, status.phrase, headers, raw)
