""" "1.1": the school's certificate, brought on its USB token; the office approves it."""

from __future__ import annotations

from hocba_gateway.services import signing_accounts
from hocba_gateway.services.principal import Right
from hocba_gateway.signing_accounts.challenge import Purpose
from hocba_gateway.web.pages import token
from hocba_gateway.web.pages.account import working_year
from hocba_gateway.web.pages.page import Fields, Pages, Redirect, View
from hocba_gateway.web.pages.words import words_for
from hocba_gateway.web.route import Call, Who

pages = Pages("school_certificate")
HOME = "/chung-thu-so"


@pages.get(HOME, Who.STAFF)
async def certificate(call: Call) -> View:
    call.principal.demand(Right.ADMIN, Right.SEAL)
    year = await working_year(call)
    standing = await signing_accounts.of_school(call.scope, year)
    return View("school_certificate.html", {"standing": standing, "year": year, "titles": {}})


@pages.get(f"{HOME}/usb-token", Who.STAFF)
async def choose_token(call: Call) -> View:
    call.principal.demand(Right.ADMIN, Right.SEAL)
    return View("account_token.html", {"at": f"{HOME}/usb-token", "home": HOME, "is_school": True})


@pages.post(f"{HOME}/usb-token/thu-thach", Who.STAFF)
async def token_challenge(call: Call, body: Fields) -> token.Json:
    return await token.challenge(call, Purpose.SCHOOL)


@pages.post(f"{HOME}/usb-token", Who.STAFF)
async def register_token(call: Call, body: Fields) -> Redirect:
    await token.register(call, body, Purpose.SCHOOL, await working_year(call))
    return Redirect(HOME, words_for(call.request)("account.registered"))
