""" "1.2": a person's own signing account. Stated in words, registered at a vendor or with a token, changed any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hocba_core.errors import BadInput, HocbaError, NotFound, OurFault, SessionEnded
from hocba_core.secret import Secret

from hocba_gateway.services import signing_accounts, vendor_login, vendors
from hocba_gateway.services.classes import newest_year
from hocba_gateway.signing_accounts.challenge import Purpose
from hocba_gateway.web.pages import token
from hocba_gateway.web.pages.forms import one, secret
from hocba_gateway.web.pages.page import Fields, Pages, Redirect, View
from hocba_gateway.web.pages.words import words_for
from hocba_gateway.web.problems import words_of
from hocba_gateway.web.route import Call, Who

pages = Pages("account")
HOME = "/tai-khoan-ky"


async def working_year(call: Call) -> str:
    """Raises NotFound(kind="class") while the school has no class."""
    async with call.scope.read() as tx:
        year = await newest_year(tx)
    if year is None:
        raise NotFound(kind="class")
    return year


@pages.get(HOME, Who.STAFF)
async def account(call: Call) -> View:
    call.principal.demand_person()
    year = await working_year(call)
    standing = await signing_accounts.mine(call.scope, call.principal, year)
    assert standing is not None, "a person has a standing"
    titles = {each.key: each.title for each in await vendors.vendors_of(call.gateway, call.scope, year)}
    return View("account.html", {"standing": standing, "year": year, "titles": titles})


@pages.get(f"{HOME}/dang-ky", Who.STAFF)
async def choose_kind(call: Call) -> View:
    """[Đăng ký tài khoản ký] → USB TOKEN or REMOTE SIGNING."""
    call.principal.demand_person()
    year = await working_year(call)
    found = await vendors.look(call.gateway, call.scope, year)
    return View("account_kind.html", {"vendors": found.usable, "unusable": sorted(found.unusable), "year": year})


@pages.get(f"{HOME}/dang-ky/{{provider}}", Who.STAFF)
async def ask_fields(call: Call) -> View:
    """What that provider wants to know, and nothing else."""
    call.principal.demand_person()
    return _fields(await _vendor(call), {})


@pages.post(f"{HOME}/dang-ky/{{provider}}", Who.STAFF)
async def log_in_at_vendor(call: Call, body: Fields) -> View | Redirect:
    """A wrong account is said on the page; what is no secret stays filled in."""
    call.principal.demand_person()
    vendor = await _vendor(call)
    typed = {each.name: secret(body, each.name) for each in vendor.can.fields}
    given = {name: Secret(value.strip()) for name, value in typed.items() if value.strip()}
    year = await working_year(call)
    try:
        opened = await vendor_login.open_session(call.gateway, call.scope, call.principal, year, vendor.key, given)
    except OurFault:
        raise
    except HocbaError as error:
        kept = {each.name: typed[each.name] for each in vendor.can.fields if not each.secret}
        return _fields(vendor, kept, error)
    return _go_on(vendor, opened)


@pages.post(f"{HOME}/ma-dang-nhap/{{provider}}", Who.STAFF)
async def answer_challenge(call: Call, body: Fields) -> View | Redirect:
    """The one more proof that the vendor wanted."""
    call.principal.demand_person()
    vendor = await _vendor(call)
    asked = {"challenge": one(body, "challenge"), "kind": one(body, "kind"), "sent_to": one(body, "sent_to")}
    code = Secret(one(body, "code"))
    try:
        opened = await vendor_login.answer(call.gateway, call.scope, call.principal, asked["challenge"], code)
    except OurFault:
        raise
    except BadInput as error:
        return _fields(vendor, {}, error)
    except HocbaError as error:
        return _challenge(vendor, asked, error)
    return _go_on(vendor, opened)


async def _vendor(call: Call) -> vendors.Offer:
    """One that the school uses this year. Raises NotFound(kind="provider"), PluginBroken, SettingWrong."""
    return await vendors.one_offer(call.gateway, call.scope, await working_year(call), call.path("provider"))


def _fields(vendor: vendors.Offer, kept: Mapping[str, str], error: HocbaError | None = None) -> View:
    return View("account_fields.html", {"vendor": vendor, "kept": kept, **_wrong(error)}, 422 if error else 200)


def _challenge(vendor: vendors.Offer, asked: Mapping[str, str], error: HocbaError | None = None) -> View:
    return View("account_challenge.html", {"vendor": vendor, **asked, **_wrong(error)}, 422 if error else 200)


def _wrong(error: HocbaError | None) -> dict[str, Any]:
    return {"words": words_of(error.code, error.facts) if error else None, "code": error.code if error else ""}


def _go_on(vendor: vendors.Offer, opened: vendor_login.Opened) -> View | Redirect:
    if opened.session is not None:
        return Redirect(f"{HOME}/chung-thu/{opened.session}")
    assert opened.challenge is not None and opened.kind is not None
    asked = {"challenge": opened.challenge, "kind": opened.kind.value, "sent_to": opened.sent_to}
    return _challenge(vendor, asked)


@pages.get(f"{HOME}/chung-thu/{{session}}", Who.STAFF)
async def choose_certificate(call: Call) -> View | Redirect:
    """Those of the open session; unusable ones with the reason."""
    try:
        found = await signing_accounts.offered(call.gateway, call.scope, call.principal, call.path("session"))
    except SessionEnded:
        return Redirect(f"{HOME}/dang-ky", words_for(call.request)("account.session_over"))
    offered = [
        (each, words_of("certificate_refused", {"reason": each.refusal}) if each.refusal else None) for each in found
    ]
    usable = [each.ref for each in found if not each.refusal]
    return View("account_certificates.html", {"offered": offered, "usable": usable, "session": call.path("session")})


@pages.post(f"{HOME}/chung-thu/{{session}}", Who.STAFF)
async def register(call: Call, body: Fields) -> Redirect:
    """[Đồng ý]"""
    session, ref = call.path("session"), one(body, "ref")
    await signing_accounts.register_at_vendor(call.gateway, call.scope, call.principal, session, ref)
    return Redirect(HOME, words_for(call.request)("account.registered"))


@pages.get(f"{HOME}/usb-token", Who.STAFF)
async def choose_token(call: Call) -> View:
    call.principal.demand_person()
    return View("account_token.html", {"at": f"{HOME}/usb-token", "home": HOME, "is_school": False})


@pages.post(f"{HOME}/usb-token/thu-thach", Who.STAFF)
async def token_challenge(call: Call, body: Fields) -> token.Json:
    return await token.challenge(call, Purpose.PERSON)


@pages.post(f"{HOME}/usb-token", Who.STAFF)
async def register_token(call: Call, body: Fields) -> Redirect:
    await token.register(call, body, Purpose.PERSON, await working_year(call))
    return Redirect(HOME, words_for(call.request)("account.registered"))
