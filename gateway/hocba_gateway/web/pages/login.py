"""Log in, log out, language."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from hocba_core.errors import NotLoggedIn
from hocba_core.secret import Secret

from hocba_gateway.services import logins
from hocba_gateway.web.pages.look import LOOK, SESSIONS
from hocba_gateway.web.pages.page import Closed, Fields, Opened, Pages, Redirect, View
from hocba_gateway.web.pages.words import LANGUAGE, LANGUAGES
from hocba_gateway.web.problems import words_of
from hocba_gateway.web.route import Call, Who

pages = Pages("login")
YEAR_SECONDS = 365 * 24 * 3600


@pages.get("/login", Who.PUBLIC)
async def login_page(call: Call) -> View | Redirect:
    if call.caller is not None:
        return Redirect("/")
    values = {"next": _own(call.query("next")), "username": "", "words": None}
    return View("login.html", values | {"changed": call.query("doi-mat-khau") == "1"} | _demo(call))


@pages.post("/login", Who.PUBLIC)
async def log_in(call: Call, body: Fields) -> View | Opened:
    """Wrong is said on the page, with the name kept and the password not."""
    username, password = _one(body, "username").strip(), _one(body, "password")
    to = _own(_one(body, "next"))
    try:
        found = await logins.log_in(call.gateway, username, Secret(password))
    except NotLoggedIn as error:
        words = words_of(error.code, error.facts)
        return View(
            "login.html", {"next": to, "username": username, "words": words, "changed": False, **_demo(call)}, 401
        )
    return Opened(found.token, to)


@pages.post("/logout", Who.LOGGED_IN)
async def log_out(call: Call) -> Closed:
    token = call.request.app[SESSIONS].token(call.request)
    if token is not None:
        await logins.log_out(call.gateway, token)
    return Closed("/login")


def _one(body: Fields, name: str) -> str:
    return next(iter(body.get(name, [])), "")


def _own(address: str | None) -> str:
    """Only a place of our own: a log-in never leads elsewhere."""
    parts = urlsplit(address or "/")
    path = parts.path
    if parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return "/"
    return path + (f"?{parts.query}" if parts.query else "")


def _demo(call: Call) -> dict[str, Any]:
    path = call.request.app[LOOK].demo_people
    if path is None or not path.is_file():
        return {"people": [], "phones": ""}
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


@pages.get("/ngon-ngu/{language}", Who.PUBLIC)
async def choose_language(call: Call) -> web.Response:
    """Back to the log-in page or the first page, in the other language."""
    response = web.Response(status=303, headers={"Location": "/"})
    if call.path("language") in LANGUAGES:
        response.set_cookie(LANGUAGE, call.path("language"), path="/", samesite="Lax", max_age=YEAR_SECONDS)
    return response
