"""T3 and T4: who sees how much of a transcript, and who may take it out of the house."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.feature("T3")


@pytest.fixture
async def teacher(school: Any, transcripts: list[str]) -> Any:
    """Signs in the transcript as a subject teacher, and is nothing else to the class."""
    one = await school.admin.ok("GET", f"/transcripts/{transcripts[0]}")
    room = next(r for r in (await school.admin.ok("GET", "/classes"))["classes"] if r["id"] == one["class_id"])
    members = {m["name"]: m["id"] for m in (await school.admin.ok("GET", "/school/members"))["members"]}
    signers = {step["kind"]: step["signer"] for step in one["route"]}
    busy = {room["homeroom_id"], members[signers["gvcn"]], members[signers["cbql"]]}
    found = [members[step["signer"]] for step in one["route"] if step["kind"] == "gvbm"]
    return school.people[next(person for person in found if person not in busy)]


async def form_of(server: Any, caller: Any, transcript: str) -> str:
    """The page's frame, as a browser with that session fetches it."""
    address = f"{server.address}/hoc-ba/{transcript}/ban-hien-thi"
    async with server.http.get(address, headers={"Cookie": f"hocba={caller.token}"}) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_subject_teacher_sees_the_own_subjects_and_nothing_private(server, school, teacher, transcripts):
    whole = await form_of(server, school.people["6A"], transcripts[0])
    own = await form_of(server, teacher, transcripts[0])
    numbers = re.findall(r"\b099\d{9}\b", whole)
    assert numbers
    assert not re.findall(r"\b099\d{9}\b", own)
    marks = re.compile(r"\b\d{1,2},\d\b|\b\d{1,2}\.\d\b")
    assert 0 < len(marks.findall(own)) < len(marks.findall(whole))
    one = await school.admin.ok("GET", f"/transcripts/{transcripts[0]}")
    pupils = (await school.admin.ok("GET", f"/classes/{one['class_id']}/pupils"))["pupils"]
    name = next(pupil["name"] for pupil in pupils if pupil["id"] == one["pupil_id"])
    assert name in own


@pytest.mark.feature("T4")
async def test_the_file_is_for_those_who_answer_for_the_whole(school, teacher, transcripts):
    path = f"/transcripts/{transcripts[0]}/record.xml"
    assert (await teacher.call("GET", f"{path}?purpose=xem")).status == 403
    leader, homeroom = school.people["leader"], school.people["6A"]
    assert (await leader.call("GET", f"{path}?purpose=xem")).status == 200
    assert (await leader.call("GET", f"{path}?purpose=gia_dinh")).status == 403
    assert (await homeroom.call("GET", f"{path}?purpose=gia_dinh")).status == 200
    assert (await school.admin.call("GET", f"{path}?purpose=luu_tru")).status == 200
