""" "2.6. Quản lý hủy học bạ": what was returned; voided, or given back to who signs (T12)."""

from __future__ import annotations

from hocba_gateway.services import handling
from hocba_gateway.services.returned import list_returned
from hocba_gateway.web.pages.forms import back_to, filtered, many
from hocba_gateway.web.pages.page import Fields, Pages, Redirect, View
from hocba_gateway.web.pages.words import words_for
from hocba_gateway.web.route import Call, Who

pages = Pages("returned")
HOME = "/tra-lai"


@pages.get(HOME, Who.ADMIN)
async def returned(call: Call) -> View:
    """Filters stand in the address; ticking all means all that is shown."""
    async with call.scope.read() as tx:
        every = await list_returned(tx, call.principal)
    grade, room = call.query("khoi") or "", call.query("lop") or ""
    if not any(each.class_id == room and grade in ("", str(each.grade)) for each in every):
        room = ""  # no list offers it: another grade was chosen after the class, or its last one was decided on
    shown = [each for each in every if grade in ("", str(each.grade)) and room in ("", each.class_id)]
    return View(
        "returned.html",
        {
            "shown": shown,
            "all": len(every),
            "grades": sorted({str(each.grade) for each in every} | ({grade} - {""}), key=lambda one: (len(one), one)),
            "rooms": list({each.class_id: (each.class_name, each.grade) for each in every}.items()),
            "grade": grade,
            "room": room,
            "back": filtered(HOME, {"khoi": grade, "lop": room}),
        },
    )


@pages.post(f"{HOME}/huy", Who.ADMIN)
async def void(call: Call, body: Fields) -> Redirect:
    """[Hủy học bạ], final."""
    ids = many(body, "id")
    await handling.void(call.scope, call.principal, ids)
    return Redirect(back_to(HOME, body), words_for(call.request)("returned.voided", count=len(ids)))


@pages.post(f"{HOME}/tu-choi", Who.ADMIN)
async def release(call: Call, body: Fields) -> Redirect:
    """ "Từ chối hủy": signing goes on, every signature is kept."""
    ids = many(body, "id")
    await handling.release(call.scope, call.principal, ids)
    return Redirect(back_to(HOME, body), words_for(call.request)("returned.released", count=len(ids)))
