""" "1.3": every member of staff and their signing account; approved or rejected, one or many; "Ký phát hành"."""

from __future__ import annotations

from typing import Final

from hocba_core.workflow.accounts import AccountState

from hocba_gateway.services import members, signing_accounts
from hocba_gateway.services.principal import Right, read_rights
from hocba_gateway.services.vendors import vendors_of
from hocba_gateway.signing_accounts.listing import StaffAccount
from hocba_gateway.signing_accounts.view import METHOD_NAMES
from hocba_gateway.web.pages.account import working_year
from hocba_gateway.web.pages.forms import back_to, filtered, many, one
from hocba_gateway.web.pages.page import Fields, Pages, Redirect, View
from hocba_gateway.web.pages.words import words_for
from hocba_gateway.web.route import Call, Who

pages = Pages("approving")
HOME = "/duyet-tai-khoan"
WAITING: Final = "waiting"
"""A filter beside the states: something is to be decided, also beside an approved account."""


@pages.get(HOME, Who.STAFF)
async def staff(call: Call) -> View:
    year = await working_year(call)
    found = await signing_accounts.staff(call.scope, call.principal, year)
    state, method = call.query("trang-thai") or "", call.query("kieu") or ""
    shown = [each for each in found if _fits(each, state, method)]
    titles = {each.key: each.title for each in await vendors_of(call.gateway, call.scope, year)}
    states = [state.value for state in AccountState if state is not AccountState.REPLACED]
    return View(
        "approving.html",
        {
            "people": shown,
            "all": len(found),
            "waiting": sum(1 for each in found if each.account.waiting),
            "state": state,
            "method": method,
            "states": states,
            "methods": METHOD_NAMES,
            "back": filtered(HOME, {"trang-thai": state, "kieu": method}),
            "titles": titles,
            "year": year,
            "may_decide": call.principal.has(Right.APPROVE),
        },
    )


def _fits(one: StaffAccount, state: str, method: str) -> bool:
    shown = one.account.waiting or one.account.current
    if state == WAITING and one.account.waiting is None:
        return False
    if state not in ("", WAITING) and one.account.state.value != state:
        return False
    return not method or (shown is not None and shown.method == method)


@pages.post(f"{HOME}/duyet", Who.APPROVER)
async def approve(call: Call, body: Fields) -> Redirect:
    """[Duyệt tài khoản đăng ký]"""
    ids = many(body, "account")
    await signing_accounts.decide_people(call.scope, call.principal, ids, None)
    return Redirect(back_to(HOME, body), words_for(call.request)("approving.approved", count=len(ids)))


@pages.post(f"{HOME}/tu-choi", Who.APPROVER)
async def reject(call: Call, body: Fields) -> Redirect:
    """[Từ chối tài khoản] with the reason."""
    ids = many(body, "account")
    await signing_accounts.decide_people(call.scope, call.principal, ids, one(body, "reason"))
    return Redirect(back_to(HOME, body), words_for(call.request)("approving.rejected", count=len(ids)))


@pages.post(f"{HOME}/ky-phat-hanh/{{person}}", Who.STAFF)
async def set_seal(call: Call, body: Fields) -> Redirect:
    """✎ → tick "Ký phát hành" → [Lưu]."""
    call.principal.demand(Right.APPROVE, Right.ADMIN)
    async with call.scope.write() as tx:
        member = await members.one_member(tx, call.path("person"))
        held = read_rights(member["rights"])
        wanted = held | {Right.SEAL} if many(body, "seal") else held - {Right.SEAL}
        await members.set_rights(tx, call.path("person"), wanted, call.principal)
    return Redirect(back_to(HOME, body), words_for(call.request)("approving.saved"))
