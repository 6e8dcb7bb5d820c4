"""Log in, log out."""

from __future__ import annotations

import json
from typing import Any

from hocba_core.errors import NotLoggedIn
from hocba_core.secret import Secret

from hocba_gateway.services import logins
from hocba_gateway.web.pages.look import LOOK, SESSIONS
from hocba_gateway.web.pages.page import Closed, Fields, Opened, Pages, Redirect, View, place_of_ours
from hocba_gateway.web.problems import words_of
from hocba_gateway.web.route import Call, Who

pages = Pages("login")


@pages.get("/login", Who.PUBLIC)
async def login_page(call: Call) -> View | Redirect:
    to = place_of_ours(call.query("next"))
    if call.caller is not None:
        return Redirect(to)  # logged in meanwhile on another tab
    values = {"next": to, "username": "", "words": None}
    return View("login.html", values | {"changed": call.query("doi-mat-khau") == "1"} | _demo(call))


@pages.post("/login", Who.PUBLIC)
async def log_in(call: Call, body: Fields) -> View | Opened:
    """Wrong is said on the page, with the name kept and the password not."""
    username, password = _one(body, "username").strip(), _one(body, "password")
    to = place_of_ours(_one(body, "next"))
    try:
        found = await logins.log_in(call.gateway, username, Secret(password))
    except NotLoggedIn as error:
        words = words_of(error.code, error.facts)
        return View(
            "login.html", {"next": to, "username": username, "words": words, "changed": False, **_demo(call)}, 401
        )
    await _end_this_browsers(call)  # of whoever sat here before
    return Opened(found.token, to)


@pages.post("/logout", Who.LOGGED_IN)
async def log_out(call: Call) -> Closed:
    await _end_this_browsers(call)
    return Closed("/login")


async def _end_this_browsers(call: Call) -> None:
    token = call.request.app[SESSIONS].token(call.request)
    if token is not None:
        await logins.log_out(call.gateway, token)


def _one(body: Fields, name: str) -> str:
    return next(iter(body.get(name, [])), "")


def _demo(call: Call) -> dict[str, Any]:
    path = call.request.app[LOOK].demo_people
    if path is None or not path.is_file():
        return {"people": [], "phones": ""}
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told
