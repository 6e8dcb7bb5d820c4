"""T1, T13, T20: stored rows of each level → skeletons that their profile accepts, and who was left out and why."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hocba_core.errors import Conflict, Incomplete, NotFound
from hocba_core.testing.sample import Signers
from hocba_core.transcript.profile import load_profile
from hocba_core.transcript.record import read_skeleton
from hocba_core.verify.record import verify_record
from hocba_gateway.school import locks
from hocba_gateway.school.class_file import PrintSettings
from hocba_gateway.school.drafting import draft_class, not_studying
from hocba_gateway.school.missing import HAS_ONE, NOT_READY
from hocba_gateway.school.print_settings import put
from hocba_gateway.school.profile_row import save_profile
from hocba_gateway.signing.create import create_transcripts
from hocba_gateway.store.schema import people, pupils, signing_accounts, slots, transcripts
from lxml import etree
from sqlalchemy import select, update

pytestmark = pytest.mark.feature("T1")

LEVELS = [
    pytest.param("primary_school", "4A", "th_tt27_1", 3, id="primary"),
    pytest.param("demo_school", "9A", "thcs_tt22_1", 39, id="lower secondary"),
    pytest.param("upper_school", "10A1", "thpt_tt22_1", 3, id="upper secondary"),
]


def elements(draft, name):
    return [element.text for element in etree.fromstring(draft.skeleton.xml).iter(name)]


def signs(draft):
    return [slot.id for slot in draft.skeleton.slots]


@pytest.mark.feature("T20")
@pytest.mark.feature("S1")
@pytest.mark.parametrize(("files", "name", "profile", "count"), LEVELS)
async def test_every_pupil_of_each_level_gets_a_skeleton_that_its_profile_accepts(
    school, make_ready, request, clock, files, name, profile, count
):
    room = await make_ready(school, request.getfixturevalue(files), name)
    drafted = await draft_class(school, room)
    # the sample of lower secondary has two incomplete dossiers in each class
    assert {item.text for one in drafted.left for item in one.items} <= {"Số định danh cá nhân", "Nơi sinh"}
    assert len({draft.skeleton.uuid for draft in drafted.drafts}) == len(drafted.drafts) == count
    schema = etree.XMLSchema(etree.parse(load_profile(profile).path("schema.xsd")))
    trust = Signers.create(clock()).trust
    for draft in drafted.drafts:
        assert draft.skeleton.profile == profile
        assert schema.validate(etree.fromstring(draft.skeleton.xml)), schema.error_log
        assert verify_record(draft.skeleton.xml, trust, clock(), partial=True).outcome == "valid"
        assert read_skeleton(draft.skeleton.xml) == draft.skeleton
        assert set(draft.signers) == set(signs(draft)) - {"phat-hanh"}
        assert draft.replaces is None


async def test_primary_has_no_step_of_subject_teachers(school, make_ready, primary_school):
    drafted = await draft_class(school, await make_ready(school, primary_school, "4A"))
    assert {tuple(signs(draft)) for draft in drafted.drafts} == {("gvcn", "cbql", "phat-hanh")}
    assert "Ngoại ngữ 1" in elements(drafted.drafts[0], "TEN_MON")


async def test_chosen_subjects_stand_where_the_pupil_chose_them(school, make_ready, upper_school):
    drafted = await draft_class(school, await make_ready(school, upper_school, "10A1"))
    first, _, third = drafted.drafts
    assert {"Vật lí", "Hóa học"} <= set(elements(first, "TEN_MON"))
    assert {"Địa lí", "Hóa học"} <= set(elements(third, "TEN_MON"))
    assert "Vật lí" not in elements(third, "TEN_MON")
    assert (len(signs(first)), len(signs(third))) == (5 + 3, 6 + 3)


async def test_the_day_is_vietnams(school, make_ready, primary_school, clock):
    room = await make_ready(school, primary_school, "4A")
    clock.set(datetime(2026, 5, 25, 18, 30, tzinfo=UTC))
    drafted = await draft_class(school, room)
    assert elements(drafted.drafts[0], "NGAY_TAO") == ["2026-05-26"]


async def test_drafts_become_transcripts_and_nobody_gets_two(school, make_ready, primary_school):
    room = await make_ready(school, primary_school, "4A")
    drafted = await draft_class(school, room)
    created = await create_transcripts(school, drafted.drafts, "qtv")
    assert len(created.ids) == 3
    async with school.read() as tx:
        rows = await tx.rows(select(slots).where(tx.of(slots), slots.c.transcript_id == created.ids[0]))
    assert {row.slot: row.person_id for row in rows} == {**drafted.drafts[0].signers, "phat-hanh": None}
    again = await draft_class(school, room)
    assert again.drafts == ()
    assert [(one.name, one.reason) for one in again.left] == [
        ("Vũ Thị Yến", HAS_ONE), ("Lê Văn An", HAS_ONE), ("Hồ Bảo Nam", HAS_ONE),
    ]  # fmt: skip


@pytest.mark.feature("T13")
async def test_after_voiding_the_new_one_names_the_one_it_stands_for(school, make_ready, primary_school, clock):
    room = await make_ready(school, primary_school, "4A")
    for at in (1, 2):
        made = await create_transcripts(school, (await draft_class(school, room)).drafts[:1], "qtv")
        async with school.write() as tx:
            here = (tx.of(transcripts), transcripts.c.id == made.ids[0])
            await tx.execute(update(transcripts).where(*here).values(life="void", life_at=at))
    drafted = await draft_class(school, room)
    assert [draft.replaces for draft in drafted.drafts] == [made.ids[0], None, None]
    assert drafted.drafts[0].skeleton.uuid != made.ids[0]


@pytest.mark.feature("T2")
async def test_an_incomplete_dossier_is_left_out_and_named(school, make_ready, primary_school):
    room = await make_ready(school, primary_school, "4A")
    async with school.write() as tx:
        first, second, third = await tx.rows(select(pupils).where(tx.of(pupils)).order_by(pupils.c.position))
        one = (tx.of(pupils), pupils.c.id == first.id)
        await tx.execute(update(pupils).where(*one).values(personal_number=None))
        gone = (tx.of(pupils), pupils.c.id == second.id)
        await tx.execute(update(pupils).where(*gone).values(status="Chuyển đi"))
    drafted = await draft_class(school, room)
    assert [draft.pupil_id for draft in drafted.drafts] == [third.id]
    (left,) = drafted.left
    assert (left.pupil_id, left.reason) == (first.id, NOT_READY)
    assert left.to_dict()["missing"] == [
        {"severity": "error", "item": "Số định danh cá nhân", "where": "Hồ sơ học sinh"}
    ]
    chosen = await draft_class(school, room, [second.id, third.id])
    assert [one.reason for one in chosen.left] == [not_studying("Chuyển đi")]
    assert [draft.pupil_id for draft in chosen.drafts] == [third.id]


@pytest.mark.feature("T2")
async def test_a_teacher_who_is_missing_stops_only_those_who_have_the_subject(school, make_ready, upper_school):
    room = await make_ready(school, upper_school, "10A1")
    async with school.write() as tx:
        where = (tx.of(people), people.c.name == "Thầy Số Sáu")
        await tx.execute(update(people).where(*where).values(personal_number=None))
    drafted = await draft_class(school, room)
    assert len(drafted.drafts) == 2
    (left,) = drafted.left
    assert [item.text for item in left.items] == ["Số định danh cá nhân của Thầy Số Sáu"]


async def test_nothing_is_drafted_without_lock_profile_or_leader(school, make_ready, primary_school, school_profile):
    room = await make_ready(school, primary_school, "4A")
    with pytest.raises(NotFound):
        await draft_class(school, "no-such-class")
    with pytest.raises(NotFound):
        await draft_class(school, room, ["somebody else"])
    async with school.write() as tx:
        await save_profile(tx, school_profile.model_copy(update={"tax_number": ""}), "qtv")
    with pytest.raises(Incomplete):
        await draft_class(school, room)
    async with school.write() as tx:
        await save_profile(tx, school_profile, "qtv")
        await locks.unlock(tx, room, "CN", "qtv")
    with pytest.raises(Conflict) as refusal:
        await draft_class(school, room)
    assert refusal.value.facts == {"state": "unlocked", "needs": "class_lock"}


@pytest.mark.feature("S3")
async def test_creating_looks_at_the_lock_once_more(school, make_ready, primary_school):
    room = await make_ready(school, primary_school, "4A")
    drafted = await draft_class(school, room)
    async with school.write() as tx:
        await locks.unlock(tx, room, "CN", "qtv")
    with pytest.raises(Conflict):
        await create_transcripts(school, drafted.drafts, "qtv")
    async with school.read() as tx:
        assert await tx.rows(select(transcripts.c.id).where(tx.of(transcripts))) == []


@pytest.mark.feature("S3")
async def test_unlocking_and_creating_at_once_do_not_both_happen(school, make_ready, primary_school):
    room = await make_ready(school, primary_school, "4A")
    drafted = await draft_class(school, room)

    async def unlock():
        async with school.write() as tx:
            await locks.unlock(tx, room, "CN", "qtv")

    done = await asyncio.gather(create_transcripts(school, drafted.drafts, "qtv"), unlock(), return_exceptions=True)
    assert [type(one) for one in done if isinstance(one, Exception)] == [Conflict]
    async with school.read() as tx:
        made = await tx.rows(select(transcripts.c.id).where(tx.of(transcripts)))
        assert bool(made) == ("CN" in await locks.locked_terms(tx, room))


@pytest.mark.feature("S4")
async def test_a_class_without_a_leader_lacks_data(school, make_ready, primary_school):
    room = await make_ready(school, primary_school, "4A")
    async with school.write() as tx:
        await put(tx, [room], PrintSettings(None, "Nam Sơn", "2026-05-29"), "qtv")
    drafted = await draft_class(school, room)
    assert drafted.drafts == ()
    assert {item.label for one in drafted.left for item in one.items} == {"Lãnh đạo ký học bạ"}


async def test_who_cannot_sign_yet_is_named_but_stops_nothing(school, make_ready, primary_school, clock):
    room = await make_ready(school, primary_school, "4A")

    async def warnings():
        drafted = await draft_class(school, room)
        assert len(drafted.drafts) == 3
        return [item.label for item in drafted.warnings if "Nhận xét" not in item.label and "Quê" not in item.label]

    homeroom, leader = "Thầy Số Một (giáo viên chủ nhiệm)", "Dương Bích Trang (lãnh đạo)"
    assert await warnings() == [
        f"{homeroom}: Chưa đăng ký tài khoản",
        f"{leader}: Chưa đăng ký tài khoản",
        "Chứng thư số nhà trường: Chưa đăng ký",
    ]
    async with school.write() as tx:
        known = {row.name: row.id for row in await tx.rows(select(people.c.name, people.c.id).where(tx.of(people)))}
        rows = [
            (None, "approved", 2**50), (known["Thầy Số Một"], "pending", 2**50),
            (known["Dương Bích Trang"], "approved", 1),
        ]  # fmt: skip
        empty = {"year": "2025-2026", "method": "token", "certificate": b"x", "chain": [], "fingerprint": "f"}
        empty |= {"serial": "1", "subject": "s", "issuer": "i", "not_before": 0, "created_at": 0}
        made = [
            {**empty, "id": str(number), "person_id": person, "state": state, "not_after": until}
            for number, (person, state, until) in enumerate(rows)
        ]
        await tx.insert(signing_accounts, made)
    assert await warnings() == [
        f"{homeroom}: Đã đăng ký, chờ duyệt",
        f"{leader}: chứng thư số hết hạn hoặc chưa có hiệu lực",
    ]
