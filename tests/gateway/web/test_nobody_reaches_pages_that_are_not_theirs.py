"""S7, T3 on pages, walked over the table of pages: a new page is judged here without anybody thinking of it."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from hocba_core.secret import Secret
from hocba_gateway.store.schema import confirmations, requests
from hocba_gateway.web.pages.session import csrf_of
from hocba_gateway.web.pages.table import TABLE
from hocba_gateway.web.route import NEEDS, Route, Who
from sqlalchemy import select

pytestmark = pytest.mark.feature("S7")
PLAIN = {"provider": "viettel_mysign", "slot": "gvcn", "kind": "gvbm", "language": "vi"}
OWN = ("login.log_out", "password.change", "login.log_in")
"""Of one's own log-in: nothing of a school's is named."""


async def ask(server: Any, caller: Any, route: Route, ids: dict[str, str]) -> tuple[int, str]:
    """A browser's request with every proof, and the other school's ids wherever an id goes."""
    path = re.sub(r"\{(\w+)\}", lambda match: {**PLAIN, **ids}[match[1]], route.path)
    headers, form = {"Accept": "text/html"}, None
    if caller is not None:
        headers["Cookie"] = f"hocba={caller.token}"
    if route.method == "POST":
        headers["Origin"] = server.address
        form = {"csrf": csrf_of(Secret(caller.token)) if caller else "", "reason": "x", "key": uuid4().hex}
        form |= {
            "id": ids["transcript"],
            "account": ids["account"],
            "person": ids["person"],
            "subjects": ids["transcript"],
        }
        form |= {"dang": "xml", "muc_dich": "xem", "ref": "x", "code": "1", "challenge": "x", "lop": ids["class_id"]}
    async with server.http.request(
        route.method, server.address + path, data=form, headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text(errors="replace")


@pytest.fixture
async def ids(server, school, transcripts) -> dict[str, str]:
    made = {
        "class_id": school.classes["6A"],
        "transcript": transcripts[0],
        "person": school.people["leader"].me["person"],
    }
    made |= {name: str(uuid4()) for name in ("confirmation", "request", "account", "session")}
    async with server.gateway.scoped(school.id).write() as tx:
        press = {"id": made["confirmation"], "key": "k", "person_id": made["person"], "slot_kind": "cbql"}
        await tx.insert(confirmations, [press | {"account_id": made["account"], "created_at": 0, "state": "open"}])
        asked = {"id": made["request"], "confirmation_id": made["confirmation"], "number": 1, "source": "token"}
        await tx.insert(requests, [asked | {"state": "waiting", "expires_at": 0}])
    return made


async def stored(server: Any, school: Any) -> Any:
    async with server.gateway.scoped(school.id).read() as tx:
        rows = await tx.rows(select(requests.c.state).where(tx.of(requests)))
    lines = await school.admin.ok("GET", f"/classes/{school.classes['6A']}/transcripts?voided=1")
    members = await school.admin.ok("GET", "/school/members")
    return [tuple(row) for row in rows], lines, members


def named(route: Route) -> bool:
    """Does the path name something of a school's?"""
    return any(name not in PLAIN for name in re.findall(r"\{(\w+)\}", route.path))


async def test_nobody_is_sent_to_log_in(server, ids):
    for route in TABLE:
        if route.who is not Who.PUBLIC:
            assert (await ask(server, None, route, ids))[0] == 303, route.name


async def test_a_right_that_is_missing_is_refused(server, school, ids):
    asked = [route for route in TABLE if route.who in NEEDS]
    assert asked
    for route in asked:
        assert (await ask(server, school.people["teacher"], route, ids))[0] == 403, route.name


async def test_a_school_is_closed_to_its_neighbour(server, school, neighbour, ids):
    """Whoever holds every right in another school gets "not found" for whatever is this school's."""
    before = await stored(server, school)
    for route in TABLE:
        if route.who in (Who.PUBLIC, Who.OFFICER) or route.name in OWN:
            continue
        status, text = await ask(server, neighbour.admin, route, ids)
        if named(route):
            assert status == 404 or (status == 422 and route.method == "POST"), (route.name, status)
        else:
            assert status in (200, 303, 403, 404, 409, 422), (route.name, status)
        assert "Lớp 6A" not in text and school.id not in text, route.name
    assert await stored(server, school) == before


@pytest.mark.feature("T3")
async def test_a_teacher_sees_the_own_transcripts_only(server, school, ids):
    """One who neither teaches, leads nor is homeroom teacher of that class."""
    outsider = await _outsider(server, school, ids)
    before = await stored(server, school)
    for route in TABLE:
        if "{transcript}" in route.path or "{confirmation}" in route.path or "{request}" in route.path:
            # a body that is none is refused before anybody looks whose it is
            refused = (403, 404) if route.method == "GET" else (403, 404, 422)
            assert (await ask(server, outsider, route, ids))[0] in refused, route.name
    assert await stored(server, school) == before


async def _outsider(server: Any, school: Any, ids: dict[str, str]) -> Any:
    """A member of staff who signs nothing there: the office's."""
    route = (await school.admin.ok("GET", f"/transcripts/{ids['transcript']}"))["route"]
    signers = {step["signer"] for step in route}
    for one in (await school.admin.ok("GET", "/school/members"))["members"]:
        if one["name"] not in signers and one["id"] in school.people:
            return school.people[one["id"]]
    raise AssertionError("everybody of the sample signs there")


async def test_an_officer_is_nobody_in_a_school(server, school, ids):
    for route in TABLE:
        if route.who not in (Who.PUBLIC, Who.LOGGED_IN, Who.OFFICER):
            assert (await ask(server, school.officer, route, ids))[0] == 403, route.name


@pytest.mark.parametrize("kind", ["phat-hanh", "goi"])
async def test_what_the_school_signs_is_closed_to_who_may_not_seal(server, school, ids, kind):
    """Not only to be signed: not to be seen, asked about, or handed back as a package."""
    here = ids | {"kind": kind}
    for route in TABLE:
        if "{kind}" in route.path:
            status, _ = await ask(server, school.people["6A"], route, here)
            # a press names an account of the school's, which is not there for them; to hand back is no sealing
            refused = {"work.press": (403, 404), "work.hold": (303, 404, 409)}.get(route.name, (403,))
            assert status in refused, (route.name, status)
