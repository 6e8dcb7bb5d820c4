"""The aiohttp application: one handler for every route of the table, and the judging before it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from hocba_core.errors import BadInput, Conflict, HocbaError, NotFound, NotLoggedIn, OurFault, StoreTrouble
from hocba_core.provider import Reply
from sqlalchemy.exc import IntegrityError

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.logins import principal_of
from hocba_gateway.services.principal import Principal
from hocba_gateway.web.pages.faults import as_page
from hocba_gateway.web.pages.look import Look
from hocba_gateway.web.pages.serving import install
from hocba_gateway.web.problems import problem
from hocba_gateway.web.reading import MOST_FILE_BYTES, bearer, read_files, read_json, written
from hocba_gateway.web.route import NUMBER, TABLE, Call, Done, Download, Files, Model, Route
from hocba_gateway.web.table import ROUTES
from hocba_gateway.web.text import FITTING, is_fit, made_fit

log = logging.getLogger(__name__)

_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


SHUTDOWN_SECONDS: Final = 5.0
"""For answers that are being written when the gateway is told to end."""


class _NoRequests(logging.Filter):
    """aiohttp logs what it cannot read as HTTP with its bytes: a token may be among them. The kind of error stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = "no HTTP: %s", (type(error).__name__,)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = None
        return True


_server_log = logging.getLogger("hocba_gateway.web.http")
_server_log.addFilter(_NoRequests())


def serving(gateway: Gateway, look: Look | None = None) -> web.AppRunner:
    """The application with the server's own settings. Bodies are not unpacked before they are judged."""
    return web.AppRunner(
        build(gateway, look or Look()),
        access_log=None,
        auto_decompress=False,
        shutdown_timeout=SHUTDOWN_SECONDS,
        logger=_server_log,
    )


def build(gateway: Gateway, look: Look) -> web.Application:
    app = web.Application(client_max_size=MOST_FILE_BYTES, middlewares=[_answering])
    app[TABLE] = ROUTES
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(gateway, route))
    install(app, gateway, look)
    return app


def _handler(gateway: Gateway, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        _judge_head(route, request)
        caller = await _caller(gateway, route, request)
        route.admit(caller)
        call = Call(gateway, request, caller)
        if route.body is None:
            answer = await route.handler(call)
        elif route.body is Files:
            answer = await route.handler(call, await read_files(request))
        else:
            answer = await route.handler(call, await read_json(request, route.body))
        return _written(answer)

    return handle


def _judge_head(route: Route, request: web.Request) -> None:
    """Raises NotFound(kind="address"), BadInput(field) for text that names nothing anywhere, and for packed bodies."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise BadInput(field="Content-Encoding", expected="nội dung không nén")
    if not all(map(is_fit, request.match_info.values())):
        raise NotFound(kind="address")
    for name, value in request.query.items():
        if name not in route.query:
            raise BadInput(field=made_fit(name), expected="không có tham số này")
        if not is_fit(value):
            raise BadInput(field=name, expected=FITTING)


async def _caller(gateway: Gateway, route: Route, request: web.Request) -> Principal | None:
    """Whose token it is; a route that everybody may call does not look."""
    token = bearer(request)
    if token is None or route.is_public:
        return None
    return await principal_of(gateway, token)


def _written(answer: object) -> web.Response:
    if isinstance(answer, Download):
        headers = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
        return web.Response(body=answer.data, content_type=answer.mime, headers=headers)
    if isinstance(answer, Reply):
        return web.Response(status=answer.status, text=written(dict(answer.body)), content_type="application/json")
    model = answer if isinstance(answer, Model) else Done()
    return web.Response(body=model.model_dump_json().encode(), content_type="application/json")


@web.middleware
async def _answering(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Whatever happens becomes an answer with a number; the log names the route, never the address or a value."""
    number = request[NUMBER] = uuid4().hex[:12]
    started = time.monotonic()
    response = as_page(request, await _tried(request, handler, number), number)
    for name, value in _SAFE.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = number
    resource = request.match_info.route.resource
    place = resource.canonical if resource is not None else "-"
    took = int((time.monotonic() - started) * 1000)
    log.info("%s %s %d %d ms %s", request.method, place, response.status, took, number)
    return response


async def _tried(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]], number: str
) -> web.StreamResponse:
    try:
        return await handler(request)
    except StoreTrouble as error:  # no bug: a trace would hide what an operator must see
        log.error("request %s: %s, %s", number, error, type(error.__cause__).__name__)
        return problem(error, number)
    except OurFault as error:
        log.exception("request %s", number)
        return problem(error, number)
    except HocbaError as error:
        if isinstance(error, NotLoggedIn) and error.facts.get("reason") == "wrong":
            log.warning("log-in refused, request %s", number)
        return problem(error, number)
    except web.HTTPRequestEntityTooLarge:
        return problem(BadInput(field="body", expected=f"tối đa {MOST_FILE_BYTES // 1024 // 1024} MB"), number)
    except web.HTTPNotFound:
        return problem(NotFound(kind="address"), number)
    except web.HTTPMethodNotAllowed as error:
        answer = problem(NotFound(kind="address"), number, status=405)
        answer.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return answer
    except IntegrityError as error:  # two of the same in one moment: the other was first, and is seen the next time
        log.warning("two at once, request %s: %s", number, type(error.orig).__name__)
        return problem(Conflict(state="busy", needs="again"), number)
    except (web.HTTPException, asyncio.CancelledError, ConnectionError):
        raise
    except Exception:
        log.exception("request %s", number)
        return problem(OurFault(number=number), number)
