"""One transcript: the form as a family knows it, beside it who signed and who is awaited; files; another signer."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any, Final

from aiohttp import web
from hocba_core.errors import BadInput, NotFound
from hocba_core.transcript.route import SlotKind

from hocba_gateway.services import documents, handling, replacing, viewing
from hocba_gateway.services.principal import Right
from hocba_gateway.web.pages.forms import many, one
from hocba_gateway.web.pages.page import Fields, Pages, Redirect, View
from hocba_gateway.web.pages.words import words_for
from hocba_gateway.web.route import Call, Who

pages = Pages("transcript")

_STYLE: Final = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


@pages.get("/hoc-ba/{transcript}", Who.STAFF)
async def transcript(call: Call) -> View:
    """ "Xem học bạ"."""
    return View("transcript.html", await _values(call))


@pages.get("/hoc-ba/{transcript}/ho-so", Who.STAFF)
async def dossier(call: Call) -> View:
    """ "Xem hồ sơ": what was submitted, and the route."""
    return View("transcript_dossier.html", await _values(call))


async def _values(call: Call) -> dict[str, Any]:
    seen = await viewing.look(call.gateway, call.scope, call.principal, call.path("transcript"))
    is_admin = call.principal.has(Right.ADMIN)
    return {
        "seen": seen,
        "main": seen.loaded.state.main,
        "row": seen.loaded.row,
        "delivery": seen.loaded.state.delivery.value,
        "purposes": documents.PURPOSES if seen.may_export else (documents.VIEWING,),
        "is_admin": is_admin,
        "may_replace": is_admin and any(step.replaceable for step in seen.steps),
    }


@pages.get("/hoc-ba/{transcript}/ban-hien-thi", Who.STAFF)
async def form(call: Call) -> web.Response:
    """The form alone, for the frame on the page. It runs nothing and fetches nothing but its own style."""
    html = await viewing.form_of(call.scope, call.principal, call.path("transcript"))
    answer = web.Response(body=html, content_type="text/html", charset="utf-8")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {_hashes(html)}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-same-origin"
    )
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _hashes(html: bytes) -> str:
    """The style sheets that stand in the form, and no others."""
    found = (b64encode(sha256(style).digest()).decode() for style in _STYLE.findall(html))
    return " ".join(f"'sha256-{each}'" for each in found) or "'none'"


@pages.post("/hoc-ba/{transcript}/tai-ve", Who.STAFF)
async def download(call: Call, body: Fields) -> web.Response:
    """[Tải về], with what for."""
    kind = one(body, "dang")
    if kind not in ("pdf", "xml"):
        raise BadInput(field="dang", expected="pdf, xml")
    file = await documents.document(
        call.gateway,
        call.scope,
        call.principal,
        call.path("transcript"),
        "pdf" if kind == "pdf" else "xml",
        one(body, "muc_dich"),
    )
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return web.Response(body=file.data, content_type=file.mime, headers=headers)


@pages.post("/hoc-ba/{transcript}/de-xuat-huy", Who.STAFF)
async def hold(call: Call, body: Fields) -> Redirect:
    """ "Đề xuất hủy" with its reason."""
    identity = call.path("transcript")
    await handling.hold(call.scope, call.principal, [identity], one(body, "reason"))
    return Redirect(f"/hoc-ba/{identity}", words_for(call.request)("transcript.held"))


@pages.get("/hoc-ba/{transcript}/thay-nguoi-ky/{slot}", Who.ADMIN)
async def choose_signer(call: Call) -> View:
    """Who could sign that slot instead."""
    seen = await viewing.look(call.gateway, call.scope, call.principal, call.path("transcript"))
    step = next((each for each in seen.steps if each.slot == call.path("slot")), None)
    if step is None or step.kind == SlotKind.SEAL.value:
        raise NotFound(kind="slot")
    async with call.scope.read() as tx:
        people = await replacing.candidates(tx, SlotKind(step.kind))
    return View("transcript_signer.html", {"seen": seen, "step": step, "people": people, "row": seen.loaded.row})


@pages.post("/hoc-ba/{transcript}/thay-nguoi-ky/{slot}", Who.ADMIN)
async def replace_signer(call: Call, body: Fields) -> Redirect:
    identity, slot = call.path("transcript"), call.path("slot")
    done = await replacing.replace(
        call.scope, call.principal, identity, slot, one(body, "person"), whole_class=bool(many(body, "whole_class"))
    )
    return Redirect(f"/hoc-ba/{identity}", words_for(call.request)("replace.done", count=done))
