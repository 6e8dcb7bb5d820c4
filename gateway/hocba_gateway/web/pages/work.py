"""2.2–2.5: what waits to be signed in one step, the signing dialog, and the press. One page for every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

from hocba_core.errors import NotFound
from hocba_core.secret import Secret

from hocba_gateway.services import handling, sheets, signing, work
from hocba_gateway.services.following import follow
from hocba_gateway.services.sheets import Problem, Sheet
from hocba_gateway.services.work import Row, Standing
from hocba_gateway.signing.states import PACKAGE
from hocba_gateway.web.pages.forms import back_to, filtered, many, one, secret
from hocba_gateway.web.pages.page import Fields, Pages, Redirect, View
from hocba_gateway.web.pages.signing_words import in_words, progress_values
from hocba_gateway.web.pages.words import Words, words_for
from hocba_gateway.web.route import Call, Who

pages = Pages("work")

FIELD: Final = "f-"
"""Before the names of the vendor's fields."""
MOST_NAMES: Final = 3


@pages.get("/ky/{kind}", Who.STAFF)
async def work_list(call: Call) -> View:
    """?khoi=, ?lop=, ?tt= (Standing), ?nam= narrow it; what waits is ticked when one class is looked at."""
    kind, words = _kind(call), words_for(call.request)
    grade, room, asked = (call.query(name) or "" for name in ("khoi", "lop", "tt"))
    standing = Standing(asked) if asked in tuple(Standing) else Standing.READY
    async with call.scope.read() as tx:
        rows = await work.list_work(tx, call.principal, kind)
        years = sorted({row.year for row in rows}, reverse=True)
        asked_year = call.query("nam") or next((row.year for row in rows if row.class_id == room), "")
        year = asked_year if asked_year in years else next(iter(years), "")
        rows = [row for row in rows if row.year == year]
        if grade and any(row.class_id == room and str(row.grade) != grade for row in rows):
            room = ""  # another grade was chosen after the class: no list offers both
        narrowed = [row for row in rows if grade in ("", str(row.grade)) and room in ("", row.class_id)]
        shown = await work.with_signers(tx, [row for row in narrowed if row.standing is standing])
    chosen = {name: value for name, value in (("nam", call.query("nam")), ("khoi", grade), ("lop", room)) if value}
    return View(
        "work.html",
        {
            "kind": kind,
            "rows": shown,
            "standing": standing.value,
            "standings": [
                (name.value, count, filtered(f"/ky/{kind}", {**chosen, "tt": name.value}))
                for name, count in work.counted(narrowed).items()
                if kind != PACKAGE or name in (Standing.READY, Standing.ASKED, Standing.SIGNED)
            ],
            "asked": dict.fromkeys(row.confirmation for row in narrowed if row.standing is Standing.ASKED),
            "years": years,
            "year": year,
            "grades": sorted({row.grade for row in rows}),
            "grade": grade,
            "rooms": list({row.class_id: row.class_name for row in rows if grade in ("", str(row.grade))}.items()),
            "room": room,
            "ticked": bool(room) and standing is Standing.READY,
            "may_hold": kind != PACKAGE and standing in (Standing.READY, Standing.SIGNED),
            "back": filtered(f"/ky/{kind}", {**chosen, "tt": standing.value}),
            "twins": _twins(shown),
            "state_words": {name.value: words(f"work.{name.value}") for name in Standing},
            "failure": _failure,
            "awaited": partial(_awaited, words),
        },
    )


def _twins(rows: Sequence[Row]) -> frozenset[tuple[str, str]]:
    """Class and name of pupils who share both: their codes are shown besides."""
    counted = Counter((row.class_id, row.pupil) for row in rows if row.pupil)
    return frozenset(key for key, count in counted.items() if count > 1)


def _kind(call: Call) -> str:
    kind = call.path("kind")
    if kind not in signing.KINDS:
        raise NotFound(kind="address")
    return kind


def _failure(row: Row) -> Mapping[str, str]:
    return in_words(row.failure, row.failure_facts)


def _awaited(words: Words, row: Row) -> str:
    """Who is awaited, by name: three of them, and how many more."""
    names = [name for name in row.signers if name]
    shown = ", ".join(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown = f"{shown} {words('work.and_more', count=len(names) - MOST_NAMES)}"
    return words(f"work.awaits_{row.awaited}", names=shown)


@pages.post("/ky/{kind}/hoi", Who.STAFF)
async def ask(call: Call, body: Fields) -> View:
    """The dialog of [Ký học bạ] over what is ticked: nobody is asked yet."""
    kind = _kind(call)
    found = await sheets.sheet_of(call.gateway, call.scope, call.principal, kind, many(body, "id"))
    return sheet_view(found, uuid4().hex, back_to(f"/ky/{kind}", body))


def sheet_view(found: Sheet, key: str, back: str, **more: Any) -> View:
    return View(
        "sign_sheet.html",
        {
            "sheet": found,
            "key": key,
            "back": back,
            "problem": _words(found.problem),
            "left": _left(found),
            "challenge": "",
            "challenge_kind": "",
            "sent_to": "",
            "page": False,
            **more,
        },
    )


def _words(problem: Problem | None) -> Mapping[str, str] | None:
    return None if problem is None else in_words(problem.code, problem.facts)


def _left(found: Sheet) -> list[tuple[Mapping[str, str], Sequence[sheets.Subject]]]:
    """Reasons in words, each with those whom it meets."""
    by_reason: dict[str, tuple[Mapping[str, str], list[sheets.Subject]]] = {}
    for out in found.left:
        words = in_words(out.code, out.facts)
        by_reason.setdefault(words["detail"], (words, []))[1].append(out.subject)
    return list(by_reason.values())


@pages.post("/ky/{kind}", Who.STAFF)
async def press(call: Call, body: Fields) -> View | Redirect:
    """[OK], or [Đăng nhập và ký]. The same key is the same press, however often it comes."""
    kind, ids, key = _kind(call), many(body, "id"), one(body, "key")
    account, back = one(body, "account"), back_to(f"/ky/{kind}", body)
    if challenge := await _logged_in(call, kind, account, body):
        found = await sheets.sheet_of(call.gateway, call.scope, call.principal, kind, ids)
        return sheet_view(found, key, back, page=bool(one(body, "page")), **challenge)
    pressed = await signing.sign(call.gateway, call.scope, call.principal, key, kind, ids, account)
    if one(body, "page"):
        return Redirect(f"/lan-ky/{pressed.confirmation}")
    followed = await follow(call.gateway, call.scope, call.principal, pressed.confirmation)
    return View(
        "sign_progress.html",
        {**progress_values(followed, call.gateway.clock()), "back": back, "left_out": len(pressed.left), "page": False},
    )


async def _logged_in(call: Call, kind: str, account: str, body: Fields) -> Mapping[str, str]:
    """Opens the vendor's session where the form brought what that takes; what the vendor asks besides, or nothing."""
    fields = fields_of(body)
    if not fields and not one(body, "challenge"):
        return {}
    opened = await sheets.log_in(
        call.gateway,
        call.scope,
        call.principal,
        kind,
        account,
        fields,
        one(body, "challenge"),
        Secret(secret(body, "code")),
    )
    if opened.session is not None or opened.challenge is None or opened.kind is None:
        return {}
    return {"challenge": opened.challenge, "challenge_kind": opened.kind.value, "sent_to": opened.sent_to}


def fields_of(body: Fields) -> dict[str, Secret]:
    """What was typed for the vendor."""
    return {name.removeprefix(FIELD): Secret(secret(body, name)) for name in body if name.startswith(FIELD)}


@pages.post("/ky/{kind}/de-xuat-huy", Who.STAFF)
async def hold(call: Call, body: Fields) -> Redirect:
    """[Đề xuất hủy] … [Xác nhận]: T11."""
    kind, ids = _kind(call), many(body, "id")
    await handling.hold(call.scope, call.principal, ids, one(body, "reason"))
    return Redirect(back_to(f"/ky/{kind}", body), words_for(call.request)("work.held", count=len(ids)))
