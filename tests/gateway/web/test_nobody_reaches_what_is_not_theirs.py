"""S7 and who may, walked over the route table: a new route is judged here without anybody thinking of it."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from hocba_gateway.store.schema import assignments, confirmations, packages, requests, slots
from hocba_gateway.web.route import NEEDS, Files, Route, Who
from hocba_gateway.web.table import ROUTES
from sqlalchemy import select

pytestmark = pytest.mark.feature("S7")

PLAIN = {"term": "CN", "year": "2025-2026", "key": "viettel_mysign", "slot": "gvcn"}
"""Parameters of a path that name nothing of a school's."""
FILES = {"a.xlsx": b"PK"}


def body_of(route: Route, ids: dict[str, str]) -> Any:
    """Something that the route's model takes, with the other school's ids wherever an id goes."""
    bodies: dict[str, Any] = {
        "session.log_in": {"username": "x", "password": "x"},
        "session.change_password": {"old": "x", "new": "y" * 12},
        "department.open_school": {"code": "1", "name": "x"},
        "department.set_portal": {"portal": "khong-co", "settings": {}},
        "department.set_window": {"start": None, "until": None},
        "signing_accounts.approve_school": {"accounts": [ids["account"]]},
        "signing_accounts.reject_school": {"accounts": [ids["account"]], "reason": "x"},
        "school.put_profile": {"profile": {"code": "9899001001", "name": "x"}},
        "school.open_accounts": {"people": [ids["person"]]},
        "school.set_rights": {"rights": []},
        "classes.put_print": {"classes": [ids["class_id"]]},
        "vendors.put_settings": {"settings": {"khong-co": 1}},
        "vendors.open_session": {"year": "2025-2026", "provider": "viettel_mysign", "fields": {}},
        "vendors.answer": {"challenge": "x", "code": "x"},
        "signing_accounts.register_remote": {"session": ids["session"], "ref": "x"},
        "signing_accounts.challenge": {"purpose": "school"},
        "signing_accounts.register_token": {
            "purpose": "person", "year": "2025-2026", "challenge": ids["challenge"],
            "certificate": "AAAA", "chain": [], "value": "AAAA",
        },
        "signing_accounts.approve": {"accounts": [ids["account"]]},
        "signing_accounts.reject": {"accounts": [ids["account"]], "reason": "x"},
        "transcripts.create": {},
        "transcripts.hold": {"transcripts": [ids["transcript"]], "reason": "x"},
        "transcripts.replace_signer": {"person": ids["person"]},
        "transcripts.undo_completion": {"transcripts": [ids["transcript"]], "reason": "x"},
        "signing.sign": {
            "key": uuid4().hex, "kind": "gvcn", "subjects": [ids["transcript"]], "account": ids["account"],
        },
        "signing.submit_code": {"code": "1"},
        "signing.values": {"values": {}},
    }  # fmt: skip
    for name in ("release", "void", "complete"):
        bodies[f"transcripts.{name}"] = {"transcripts": [ids["transcript"]]}
    return bodies[route.name]


def path_of(route: Route, ids: dict[str, str]) -> str:
    path = route.path.removeprefix("/api/v1")
    return re.sub(r"\{(\w+)\}", lambda match: {**PLAIN, **ids}[match[1]], path)


async def ask(caller: Any, route: Route, ids: dict[str, str]) -> Any:
    if route.body is Files:
        return await caller.call(route.method, path_of(route, ids), files=FILES)
    body = body_of(route, ids) if route.body is not None else None
    return await caller.call(route.method, path_of(route, ids), body)


def names_something(route: Route, ids: dict[str, str]) -> bool:
    """Is an id of a school's in the path or the body?"""
    said = path_of(route, ids)
    if route.body not in (None, Files):
        said += json.dumps(body_of(route, ids))
    return any(identity in said for identity in ids.values())


@pytest.fixture
async def ids(server, school, transcripts) -> dict[str, str]:
    """One of everything that the first school has."""
    person = school.people["leader"].me["person"]
    made = {
        "class_id": school.classes["6A"],
        "transcript": transcripts[0],
        "person": person,
        "school": school.id,
        **{name: str(uuid4()) for name in ("confirmation", "request", "package", "account", "session", "challenge")},
    }
    async with server.gateway.scoped(school.id).write() as tx:
        press = {"id": made["confirmation"], "key": "k", "person_id": person, "slot_kind": "cbql", "state": "open"}
        await tx.insert(confirmations, [press | {"account_id": made["account"], "created_at": 0}])
        asked = {"id": made["request"], "confirmation_id": made["confirmation"], "number": 1, "source": "token"}
        await tx.insert(requests, [asked | {"state": "waiting", "expires_at": 0}])
        package = {"id": made["package"], "class_id": made["class_id"], "event": "NEW", "version": 1, "state": "seal"}
        await tx.insert(packages, [package | {"manifest": "0" * 64, "created_by": person, "created_at": 0}])
    return made


async def test_without_a_session_only_public_routes_answer(server, ids):
    for route in ROUTES:
        answer = await ask(server.nobody(), route, ids)
        if route.who is Who.PUBLIC:
            assert answer.status != 403, route.name
        else:
            assert (answer.status, answer.body["code"]) == (401, "not_logged_in"), route.name


async def test_a_made_up_token_is_nobodys(server, ids):
    caller = server.nobody()
    caller.token = "x" * 43
    for route in ROUTES:
        if route.who is not Who.PUBLIC:
            assert (await ask(caller, route, ids)).status == 401, route.name


async def test_a_right_that_is_missing_is_named(server, school, ids):
    teacher = school.people["teacher"]
    asked = [route for route in ROUTES if route.who in NEEDS]
    assert len(asked) > 15
    for route in asked:
        answer = await ask(teacher, route, ids)
        assert (answer.status, answer.body["code"]) == (403, "forbidden"), route.name
        assert answer.body["facts"]["needs"] in answer.body["detail"]


async def test_a_school_is_closed_to_its_neighbour(server, school, neighbour, ids):
    """Whoever holds every right in another school gets "not found" for whatever is this school's."""
    before = await _everything(server, school)
    for route in ROUTES:
        if route.who in (Who.PUBLIC, Who.OFFICER) or route.name in ("session.log_out", "session.change_password"):
            continue
        answer = await ask(neighbour.admin, route, ids)
        if names_something(route, ids):
            assert (answer.status, answer.body["code"]) == (404, "not_found"), (route.name, answer.body)
        else:
            assert answer.status in (200, 404, 409, 422), (route.name, answer.body)
        said = json.dumps(answer.body) if not isinstance(answer.body, bytes) else ""
        assert school.id not in said, route.name
        assert "facts" in said or not any(identity in said for identity in ids.values()), route.name
    assert await _everything(server, school) == before


async def _everything(server, school) -> Any:
    async with server.gateway.scoped(school.id).read() as tx:
        heads = await tx.rows(select(confirmations.c.state).where(tx.of(confirmations)))
        rows = await tx.rows(select(requests.c.state).where(tx.of(requests)))
        made = await tx.rows(select(packages.c.state).where(tx.of(packages)))
    lines = await school.admin.ok("GET", f"/classes/{school.classes['6A']}/transcripts")
    return [tuple(row) for row in (*heads, *rows, *made)], lines


async def test_an_office_is_closed_to_its_neighbour(server, school, stranger, ids):
    for route in ROUTES:
        if route.who is not Who.OFFICER:
            continue
        answer = await ask(stranger.officer, route, ids)
        if names_something(route, ids):
            assert answer.status == 404, route.name
        else:
            assert answer.status in (200, 422), (route.name, answer.body)
            assert school.id not in json.dumps(answer.body), route.name


async def test_an_officer_is_nobody_in_a_school(server, school, ids):
    for route in ROUTES:
        if route.who not in (Who.PUBLIC, Who.LOGGED_IN, Who.OFFICER):
            answer = await ask(school.officer, route, ids)
            assert (answer.status, answer.body["code"]) == (403, "forbidden"), route.name


@pytest.mark.feature("T3")
async def test_a_teacher_sees_the_own_classes_only(server, school, ids):
    """Of a class that the person neither teaches, leads nor is homeroom teacher of, nothing is there."""
    room = school.classes["6A"]
    outsider = await _outsider(server, school, room)
    assert room not in {one["id"] for one in (await outsider.ok("GET", "/classes"))["classes"]}
    for route in ROUTES:
        if "{class_id}" in route.path or "{transcript}" in route.path:
            answer = await ask(outsider, route, ids)
            assert answer.status in (403, 404), (route.name, answer.body)
            if route.who is Who.STAFF:
                assert answer.status == 404, route.name


async def _outsider(server, school, room: str) -> Any:
    """An account of the staff that has nothing to do with the class."""
    code = next(iter(sorted(school.staff)))
    person = school.staff[code]
    async with server.gateway.scoped(school.id).write() as tx:
        await tx.execute(assignments.delete().where(tx.of(assignments), assignments.c.person_id == person))
        await tx.execute(slots.update().where(tx.of(slots), slots.c.person_id == person).values(person_id="ai khác"))
    return school.people[person]


@pytest.mark.feature("T1")
async def test_only_administrator_and_homeroom_teacher_create(school, ids):
    room = school.classes["6A"]
    for name in ("leader", "7A"):
        answer = await school.people[name].call("POST", f"/classes/{room}/transcripts", {})
        assert answer.status in (403, 404), answer.body
    made = await school.people["6A"].ok("POST", f"/classes/{room}/transcripts", {})
    assert made["created"]
