"""S1 on both databases: one transaction, a second import updates, a wrong file changes nothing."""

from __future__ import annotations

import pytest
from hocba_gateway.school.importing.apply import preview, read
from hocba_gateway.school.importing.apply import store as import_files
from hocba_gateway.school.loading import load_world
from hocba_gateway.school.reading.tables import Upload
from hocba_gateway.store import schema
from sqlalchemy import func, select

pytestmark = pytest.mark.feature("S1")

TABLES = ("people", "classes", "pupils", "assignments", "results", "audit")


async def numbers(scope):
    async with scope.read() as tx:
        tables = {name: schema.metadata.tables[name] for name in TABLES}
        return {
            name: (await tx.row(select(func.count().label("n")).select_from(t).where(tx.of(t)))).n
            for name, t in tables.items()
        }


async def imports(scope, files):
    reading = read(files)
    async with scope.write() as tx:
        return await import_files(tx, reading, None, "qtv")


async def test_a_preview_stores_nothing(school, demo_school):
    async with school.read() as tx:
        plan = await preview(tx, read(demo_school), "2025-2026")
    assert plan.counts()["pupils"].new == 168
    assert set((await numbers(school)).values()) == {0}


async def test_a_school_is_stored_and_stored_again_without_doubles(school, demo_school):
    await imports(school, demo_school)
    first = await numbers(school)
    assert first == {
        "people": 13, "classes": 4, "pupils": 168, "assignments": 96, "results": 2184, "audit": 1,
    }  # fmt: skip
    again = await imports(school, demo_school)
    assert all(count.new == count.changed == 0 for count in again.counts().values())
    assert await numbers(school) == first | {"audit": 2}


async def test_changed_rows_are_updated_in_place(imported, workbook):
    header = ["Mã học sinh", "Họ tên", "Lớp", "Ngày sinh", "Nơi sinh", "Số CCCD"]
    row = ["9969577748", "Võ Thị Mai", "7A", None, None, 99314000001]
    plan = await imports(imported, [Upload("a.xlsx", workbook({"S": [["Năm học 2025-2026"], header, row]}))])
    assert plan.counts()["pupils"].changed == 1
    async with imported.read() as tx:
        world = await load_world(tx, "2025-2026")
        found = next(r for _, r in world.pupils.all() if r["code"] == "9969577748")
        room = world.class_named("7A")
    assert (found["personal_number"], found["class_id"]) == ("099314000001", room["id"])
    assert found["data"]["birth"] == "2014-05-05"


async def test_a_teacher_is_replaced_not_added(imported, workbook):
    rows = [["Năm học 2025-2026"], ["Họ và tên", "Mã cán bộ", "Phân công chuyên môn"],
            ["Vũ Hà Linh", "9911406998", "Ngữ văn - 6A"]]  # fmt: skip
    plan = await imports(imported, [Upload("pc.xlsx", workbook({"PC": rows}))])
    assert plan.to_dict()["counts"]["assignments"] == {
        "new": 2, "changed": 0, "unchanged": 0, "removed": 2, "title": "phân công",
    }  # fmt: skip
    assert (await numbers(imported))["assignments"] == 96


async def test_one_wrong_file_among_good_ones_changes_nothing(school, demo_school):
    plan = await imports(school, [*demo_school, Upload("hỏng.xlsx", b"PK\x03\x04")])
    assert plan.is_refused
    assert plan.to_dict()["problems"][0]["file"] == "hỏng.xlsx"
    assert set((await numbers(school)).values()) == {0}


async def test_a_pupil_with_a_live_transcript_is_left_as_is(imported, demo_school, make_live):
    async with imported.read() as tx:
        pupils = schema.pupils
        pupil = await tx.row(select(pupils).where(tx.of(pupils), pupils.c.code == "9917075325"))
    await make_live(imported, pupil)
    async with imported.write() as tx:
        where = (tx.of(pupils), pupils.c.id == pupil.id)
        await tx.execute(pupils.update().where(*where).values(name="Tên trong học bạ"))
    plan = await imports(imported, demo_school)
    assert [kept.pupil_id for kept in plan.kept] == [pupil.id]
    async with imported.read() as tx:
        assert (await tx.row(select(pupils.c.name).where(*where))).name == "Tên trong học bạ"


async def test_another_school_is_not_touched(imported, store, demo_school):
    other = store.scoped("00000000-0000-0000-0000-000000000001")
    assert set((await numbers(other)).values()) == {0}


async def test_the_audit_line_names_nobody(imported):
    async with imported.read() as tx:
        row = await tx.row(select(schema.audit).where(tx.of(schema.audit)))
    assert row.event == "school.imported"
    assert "9917075325" not in str(row.facts)
    assert "Yến" not in str(row.facts)
