"""One press of Ký, followed: its progress as it happens, the codes that it wants, a token's values, another try."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from uuid import uuid4

from aiohttp import web
from hocba_core.errors import BadInput, NotFound
from hocba_core.secret import Secret

from hocba_gateway.services import sheets, signing
from hocba_gateway.services.following import Followed, follow
from hocba_gateway.web.pages.forms import back_to, one, secret
from hocba_gateway.web.pages.live import stream
from hocba_gateway.web.pages.page import Fields, Pages, Redirect, View
from hocba_gateway.web.pages.session import CSRF_FIELD
from hocba_gateway.web.pages.signing_words import progress_values
from hocba_gateway.web.pages.words import words_for
from hocba_gateway.web.pages.work import fields_of, sheet_view
from hocba_gateway.web.route import Call, Who

pages = Pages("following")
MOST_VALUES = 500


@pages.get("/lan-ky/{confirmation}", Who.STAFF)
async def following(call: Call) -> View:
    """Found again after it was closed, by the home page and by the lists."""
    return _whole(call, await _followed(call), "following.html")


async def _followed(call: Call) -> Followed:
    return await follow(call.gateway, call.scope, call.principal, call.path("confirmation"))


def _whole(call: Call, followed: Followed, template: str) -> View:
    values = progress_values(followed, call.gateway.clock())
    return View(template, {**values, "back": f"/ky/{followed.progress.kind}", "left_out": 0, "page": True})


@pages.get("/lan-ky/{confirmation}/dien-bien", Who.STAFF)
async def live(call: Call) -> web.StreamResponse:
    """Server-sent events, read from rows: any gateway may serve them, and they end with the press."""
    return await stream(call, await _followed(call))


@pages.post("/lan-ky/{confirmation}/dang-nhap", Who.STAFF)
async def log_in_again(call: Call, body: Fields) -> View | Redirect:
    """The vendor's session was over: [Đăng nhập và ký tiếp]."""
    followed = await _own(call)
    kind, account = followed.progress.kind, followed.account.id
    fields, challenge = fields_of(body), one(body, "challenge")
    opened = await sheets.log_in(
        call.gateway, call.scope, call.principal, kind, account, fields, challenge, Secret(secret(body, "code"))
    )
    asked = {"challenge": "", "challenge_kind": "", "sent_to": ""}
    if opened.session is None and opened.kind is not None:
        asked = {"challenge": opened.challenge or "", "challenge_kind": opened.kind.value, "sent_to": opened.sent_to}
    else:
        await signing.go_on(call.gateway, call.scope, call.principal, followed.progress.confirmation)
    return View("vendor_login.html", {"followed": followed, **asked})


async def _own(call: Call) -> Followed:
    followed = await _followed(call)
    if not followed.own:
        raise NotFound(kind="confirmation")
    return followed


@pages.post("/lan-ky/{confirmation}/ky-lai", Who.STAFF)
async def again(call: Call, body: Fields) -> View | Redirect:
    """[Ký lại phần chưa được]: only those, with the account that signs now; where more must be known, the dialog."""
    followed = await _own(call)
    kind, page = followed.progress.kind, one(body, "page")
    back = back_to(f"/ky/{kind}", body)
    if not followed.failed:
        return Redirect(f"/lan-ky/{followed.progress.confirmation}")
    found = await sheets.sheet_of(call.gateway, call.scope, call.principal, kind, followed.failed)
    if found.account is None or found.problem is not None or found.needs_login:
        return sheet_view(found, uuid4().hex, back, page=bool(page))
    key = f"lai-{followed.progress.confirmation}"  # a press is tried again once, however often and wherever it is asked
    pressed = await signing.sign(call.gateway, call.scope, call.principal, key, kind, followed.failed, found.account.id)
    if page:
        return Redirect(f"/lan-ky/{pressed.confirmation}")
    new = await follow(call.gateway, call.scope, call.principal, pressed.confirmation)
    values = progress_values(new, call.gateway.clock())
    return View("sign_progress.html", {**values, "back": back, "left_out": len(pressed.left), "page": False})


@pages.post("/yeu-cau/{request}/ma", Who.STAFF)
async def submit_code(call: Call, body: Fields) -> web.Response:
    """The code or PIN that a request wants; what becomes of it is told by the live progress."""
    code = one(body, "code").strip()
    if not code:
        raise BadInput(field="code", expected="mã xác nhận")
    await signing.submit_code(call.gateway, call.scope, call.principal, call.path("request"), Secret(code))
    return web.Response(status=204)


@pages.post("/yeu-cau/{request}/gui-lai", Who.STAFF)
async def resend_code(call: Call, body: Fields) -> View:
    await signing.resend_code(call.gateway, call.scope, call.principal, call.path("request"))
    return View("piece_done.html", {"said": words_for(call.request)("progress.resent")})


# --- a USB token: the page carries the job between this gateway and the agent on the PC -------------------


@pages.get("/yeu-cau/{request}/muc", Who.STAFF)
async def items(call: Call) -> web.Response:
    """What of the request still has no value: after a break, the rest."""
    found = await signing.items(call.scope, call.principal, call.path("request"))
    told = [{"id": item, "title": title, "digest": b64encode(digest).decode()} for item, title, digest in found]
    return web.Response(text=json.dumps(told), content_type="application/json")


@pages.post("/yeu-cau/{request}/gia-tri", Who.STAFF)
async def values(call: Call, body: Fields) -> web.Response:
    """Raw signature values, in chunks as the token makes them: item=base64 …; the same again changes nothing."""
    given = {name: one(body, name) for name in body if name != CSRF_FIELD}
    if len(given) > MOST_VALUES:
        raise BadInput(field="values", expected=f"tối đa {MOST_VALUES} giá trị một lần")
    try:
        decoded = {name: b64decode(value, validate=True) for name, value in given.items()}
    except (NotBase64, ValueError) as error:
        raise BadInput(field="values", expected="base64") from error
    await signing.values(call.gateway, call.scope, call.principal, call.path("request"), decoded)
    return web.Response(status=204)


@pages.post("/yeu-cau/{request}/dung", Who.STAFF)
async def stop(call: Call, body: Fields) -> web.Response:
    """[Bỏ phần còn lại]: what was signed stays, the rest waits again."""
    await signing.stop(call.scope, call.principal, call.path("request"))
    return web.Response(status=204)


@pages.post("/lan-ky/{confirmation}/dung", Who.STAFF)
async def stop_all(call: Call, body: Fields) -> Redirect:
    """The same for a whole press, by who seals instead of a colleague who left in the middle."""
    followed = await _followed(call)
    stopped = await signing.stop_all(call.scope, call.principal, followed.progress.confirmation)
    said = "progress.stopped" if stopped else "progress.over_already"
    return Redirect(f"/ky/{followed.progress.kind}", words_for(call.request)(said, name=followed.pressed_by))
