"""Two tabs, a double click, two administrators: each gets an answer, and what was done was done once."""

from __future__ import annotations

import asyncio

import pytest
from hocba_core.audit import Event
from hocba_gateway.store.schema import audit, pupils
from sqlalchemy import func, select

SAME = 4


async def together(*calls):
    answers = await asyncio.gather(*calls)
    assert {answer.status for answer in answers} <= {200, 409, 422}, [answer.body for answer in answers]
    assert 200 in {answer.status for answer in answers}, [answer.body for answer in answers]
    return answers


@pytest.mark.feature("S7")
async def test_a_school_is_opened_once(empty):
    body = {"code": "9999001077", "name": "Trường bảy bảy"}
    answers = await together(*(empty.officer.call("POST", "/department/schools", body) for _ in range(SAME)))
    assert [answer.status for answer in answers].count(200) == 1
    listed = (await empty.officer.ok("GET", "/department/schools"))["schools"]
    assert [one["code"] for one in listed].count("9999001077") == 1


@pytest.mark.feature("S1")
async def test_spreadsheets_are_imported_once(server, empty, sample_files):
    await empty.admin.ok("PUT", "/school/profile", {"profile": {"code": "9999001001", "name": "Trường THCS Mẫu"}})
    await together(*(empty.admin.call("POST", "/school/import", files=sample_files) for _ in range(2)))
    async with server.gateway.scoped(empty.id).read() as tx:
        row = (await tx.rows(select(func.count(), func.count(pupils.c.code.distinct())).where(tx.of(pupils))))[0]
    assert row[0] == row[1] > 0


@pytest.mark.feature("S5")
async def test_accounts_are_opened_once(server, empty, sample_files):
    await empty.admin.ok("POST", "/school/import", files=sample_files)
    answers = await together(*(empty.admin.call("POST", "/school/accounts", {}) for _ in range(2)))
    made = [one["username"] for answer in answers if answer.status == 200 for one in answer.body["accounts"]]
    assert len(made) == len(set(made)) > 0


@pytest.mark.feature("S4")
async def test_settings_that_are_put_by_two_are_one_of_theirs(school):
    bodies = [{"classes": list(school.classes.values()), "place": f"Nơi {number}"} for number in range(SAME)]
    await together(*(school.admin.call("PUT", "/print-settings", body) for body in bodies))
    rooms = school.classes.values()
    found = {(await school.admin.ok("GET", f"/classes/{room}/print-settings"))["place"] for room in rooms}
    assert len(found) == 1
    names = [f"/classes/{room}/locks/{term}" for room in rooms for term in ("HK1", "CN", "CN")]
    await together(*(school.admin.call("PUT", name) for name in names))


@pytest.mark.feature("T11")
@pytest.mark.feature("T12")
async def test_a_transcript_is_held_and_voided_once(server, school, transcripts):
    held = {"transcripts": transcripts, "reason": "sai tên"}
    answers = await together(*(school.admin.call("POST", "/transcripts/hold", held) for _ in range(SAME)))
    assert [answer.status for answer in answers].count(200) == 1
    ids = {"transcripts": transcripts}
    voids = [school.admin.call("POST", "/transcripts/void", ids) for _ in range(2)]
    answers = await together(*voids, school.admin.call("POST", "/transcripts/release", ids))
    assert [answer.status for answer in answers].count(200) == 1
    async with server.gateway.scoped(school.id).read() as tx:
        events = list((await tx.execute(select(audit.c.event).where(tx.of(audit)))).scalars())
    assert events.count(Event.HELD.value) == 1
    assert events.count(Event.VOIDED.value) + events.count(Event.RELEASED.value) == 1


@pytest.mark.feature("T23")
async def test_signers_of_two_slots_replaced_at_once_are_both_in_the_record_or_one_is_told(server, school, transcripts):
    one, admin = transcripts[0], school.admin
    teachers = {one["slot"]: one for one in (await admin.ok("GET", f"/transcripts/{one}"))["route"]}
    wanted = [slot for slot, step in teachers.items() if step["kind"] == "gvbm"][:2]
    chosen = [identity for identity in school.staff.values() if await _fits(school, identity, teachers, wanted)][:2]
    calls = [
        admin.call("POST", f"/transcripts/{one}/slots/{slot}/signer", {"person": person})
        for slot, person in zip(wanted, chosen, strict=True)
    ]
    answers = await together(*calls)
    record = (await admin.ok("GET", f"/transcripts/{one}/record.xml?purpose=xem")).decode()
    route = {step["slot"]: step["signer"] for step in (await admin.ok("GET", f"/transcripts/{one}"))["route"]}
    for slot, person, answer in zip(wanted, chosen, answers, strict=True):
        name = (await admin.ok("GET", f"/school/members/{person}"))["name"]
        if answer.status == 200:
            assert route[slot] == name
        assert (f'CHU_KY="{slot}"><HO_TEN>{route[slot]}</HO_TEN>') in record, (slot, answer.body)


async def _fits(school, identity, teachers, wanted) -> bool:
    """May sign, and does not sign one of these."""
    about = await school.admin.ok("GET", f"/school/members/{identity}")
    return bool(about["personal_number"]) and about["name"] not in {teachers[slot]["signer"] for slot in wanted}
