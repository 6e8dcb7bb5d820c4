"""Puts the pages into the application: who is asking, is the request ours, and what an error looks like on a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, get_args
from urllib.parse import parse_qsl, quote, unquote

from aiohttp import web
from hocba_core.errors import BadInput, HocbaError, NotFound, NotLoggedIn, OurFault

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.logins import principal_of
from hocba_gateway.services.principal import Principal
from hocba_gateway.web.pages.faults import said_of
from hocba_gateway.web.pages.live import add_streams
from hocba_gateway.web.pages.look import LOOK, SESSIONS, Look
from hocba_gateway.web.pages.menu import menu_of
from hocba_gateway.web.pages.page import PAGES, Closed, Fields, Opened, Redirect, View
from hocba_gateway.web.pages.place import came_from
from hocba_gateway.web.pages.rendering import STATIC, render
from hocba_gateway.web.pages.session import CSRF_FIELD, CSRF_HEADER, Sessions, csrf_of
from hocba_gateway.web.pages.table import TABLE
from hocba_gateway.web.pages.words import LANGUAGE, LANGUAGES
from hocba_gateway.web.problems import status_of
from hocba_gateway.web.reading import read_body
from hocba_gateway.web.route import NUMBER, Call, Route
from hocba_gateway.web.text import FITTING, is_fit, made_fit

CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",  # the style sheet's own little pictures
        "connect-src 'self' ws://127.0.0.1:* http://127.0.0.1:*",  # the agent on this PC
        "frame-src 'self'",  # the form of a transcript, which has a policy of its own
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
FORM: Final = "application/x-www-form-urlencoded"
KINDS: Final = (FORM, "application/octet-stream")
"""The second: what a request without a body is called."""
MOST_FORM: Final = 1024 * 1024
NOTICE: Final = "hocba-notice"
FOREVER: Final = "public, max-age=31536000, immutable"


def install(app: web.Application, gateway: Gateway, look: Look) -> None:
    app[PAGES] = TABLE
    app[LOOK] = look
    app[SESSIONS] = Sessions(look.public_url)
    for route in TABLE:
        app.router.add_route(route.method, route.path, _handler(gateway, route))
    app.router.add_get("/static/{path:.+}", _static)
    add_streams(app)


def _handler(gateway: Gateway, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        page = Page(gateway, route, request)
        try:
            return await page.answer()
        except OurFault:
            raise
        except NotLoggedIn as error:
            return await page.to_log_in() if not route.is_public else page.refusal(error)
        except HocbaError as error:
            return page.refusal(error)

    return handle


class Page:
    """One request for a page."""

    def __init__(self, gateway: Gateway, route: Route, request: web.Request) -> None:
        self._gateway = gateway
        self._route = route
        self._request = request
        self._look = request.app[LOOK]
        self._sessions = request.app[SESSIONS]
        self._token = self._sessions.token(request)
        self._caller: Principal | None = None

    async def answer(self) -> web.StreamResponse:
        _judge_address(self._request)
        self._caller = await self._who()
        self._route.admit(self._caller)
        call = Call(self._gateway, self._request, self._caller)
        if self._request.method == "GET":
            return self._sent(await self._route.handler(call))
        self._sessions.check_origin(self._request)
        fields = await _fields(self._request)
        if self._caller is not None and self._token is not None and not self._opens_a_log_in:
            given = self._request.headers.get(CSRF_HEADER) or next(iter(fields.get(CSRF_FIELD, [])), "")
            self._sessions.check_csrf(self._token, given)
        if self._route.body is None:
            return self._sent(await self._route.handler(call))
        return self._sent(await self._route.handler(call, fields))

    async def _who(self) -> Principal | None:
        if self._token is None:
            return None
        try:
            return await principal_of(self._gateway, self._token)
        except NotLoggedIn:
            if self._route.is_public:
                return None
            raise

    def _sent(self, answer: Any) -> web.StreamResponse:
        if isinstance(answer, View):
            return self._page(answer.template, answer.values, answer.status)
        if isinstance(answer, Redirect):
            return self._redirect(answer)
        if isinstance(answer, Opened):
            response = self._redirect(Redirect(answer.to))
            self._sessions.open(response, answer.token)
            return response
        if isinstance(answer, Closed):
            response = self._redirect(Redirect(answer.to))
            self._sessions.close(response)
            return response
        assert isinstance(answer, web.StreamResponse)
        return answer

    def _redirect(self, answer: Redirect) -> web.Response:
        if self._is_fragment:
            response = web.Response(headers={"HX-Redirect": answer.to})
        else:
            response = web.Response(status=303, headers={"Location": answer.to})
        if answer.notice:
            response.set_cookie(NOTICE, quote(answer.notice), path="/", samesite="Lax", max_age=30)
        return response

    async def to_log_in(self) -> web.Response:
        """And back: to this page, or to the one where the button was pressed."""
        is_page = self._request.method == "GET" and not self._is_fragment
        here = self._request.path_qs if is_page else await came_from(self._request)
        return self._redirect(Redirect(f"/login?next={quote(here, safe='')}"))

    def refusal(self, error: HocbaError) -> web.Response:
        """A whole page, or for a piece of one a red message in the corner."""
        status = status_of(error)
        words = said_of(self._request, error.code, {**error.facts, "number": self._request[NUMBER]})
        template = "piece_problem.html" if self._is_fragment else "problem.html"
        response = self._page(template, {"words": words, "code": error.code}, status)
        if self._is_fragment:
            response.headers.update({"HX-Retarget": "#messages", "HX-Reswap": "beforeend"})
        return response

    @property
    def _opens_a_log_in(self) -> bool:
        """Its form may be older than the log-in of another tab, and proves itself by a password."""
        return Opened in get_args(self._route.answer)

    @property
    def _is_fragment(self) -> bool:
        return self._request.headers.get("HX-Request") == "true"

    def _page(self, template: str, values: Mapping[str, Any], status: int) -> web.Response:
        request = self._request
        language = request.cookies.get(LANGUAGE, "vi")
        around = {
            "me": self._caller,
            "csrf": csrf_of(self._token) if self._token and self._caller else "",
            "menu": menu_of(self._caller, request.path),
            "support": self._look.support,
            "guides": self._look.guides,
            "number": "",
            "notice": made_fit(unquote(request.cookies.get(NOTICE, ""))),
            "path": request.path,
        }
        html = render(template, {**around, **values}, language if language in LANGUAGES else "vi")
        response = web.Response(status=status, text=html, content_type="text/html")
        response.headers["Content-Security-Policy"] = CSP
        # with "no-referrer" browsers send a form's Origin as "null", which check_origin() refuses
        response.headers["Referrer-Policy"] = "same-origin"
        if NOTICE in request.cookies and not self._is_fragment:  # a piece of a page does not show it
            response.del_cookie(NOTICE, path="/")
        return response


async def _fields(request: web.Request) -> Fields:
    """Raises BadInput(field) for another kind of body, one that is too long, and text that nothing behind can hold."""
    if request.content_type not in KINDS or request.headers.get("Content-Encoding", "identity") != "identity":
        raise BadInput(field="Content-Type", expected=FORM)
    raw = await read_body(request, MOST_FORM)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadInput(field="body", expected=FITTING) from None  # the cause holds what was typed
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        _demand_fit(name, name, value)
        found.setdefault(name, []).append(value)
    return found


def _judge_address(request: web.Request) -> None:
    """Raises NotFound(kind="address"), BadInput(field) for text that names nothing anywhere."""
    if not all(map(is_fit, request.match_info.values())):
        raise NotFound(kind="address")
    for name, value in request.query.items():
        _demand_fit(name, name, value)


def _demand_fit(field: str, *texts: str) -> None:
    """Raises BadInput(field)."""
    if not all(map(is_fit, texts)):
        raise BadInput(field=made_fit(field), expected=FITTING)


async def _static(request: web.Request) -> web.StreamResponse:
    path = (STATIC / request.match_info["path"]).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        raise NotFound(kind="address")
    response = web.FileResponse(path)
    response.headers["Cache-Control"] = FOREVER if request.query_string else "no-cache"
    return response
