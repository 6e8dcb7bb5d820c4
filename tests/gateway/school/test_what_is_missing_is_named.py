"""T2: what is missing of a class's stored rows, item by item, where it is entered, and as a spreadsheet."""

from __future__ import annotations

import io

import pytest
from hocba_core.clock import vietnam_date
from hocba_gateway.school.drafting import draft_class
from hocba_gateway.school.loading import load_class
from hocba_gateway.school.missing import HAS_ONE, NOT_READY, report
from hocba_gateway.school.missing_sheet import HEADER, missing_sheet
from hocba_gateway.store.schema import assignments, people, pupils, results
from lxml import etree
from openpyxl import load_workbook
from sqlalchemy import delete, select, update

pytestmark = [pytest.mark.feature("T2"), pytest.mark.feature("S9")]


@pytest.fixture
async def room(school, make_ready, primary_school):
    return await make_ready(school, primary_school, "4A")


async def judged(scope, room):
    async with scope.read() as tx:
        file = await load_class(tx, room)
    return report(file, vietnam_date(scope.store.clock()))


async def change_pupils(scope, names=("Vũ Thị Yến", "Lê Văn An", "Hồ Bảo Nam"), /, **fields):
    """Sets fields of pupils' dossiers; "" takes them away."""
    async with scope.write() as tx:
        for row in await tx.rows(select(pupils).where(tx.of(pupils), pupils.c.name.in_(names))):
            here = (tx.of(pupils), pupils.c.id == row.id)
            await tx.execute(update(pupils).where(*here).values(data={**row.data, **fields}))


def errors(found):
    shared = [item.label for item in found.shared if item.severity == "error"]
    return shared, {
        of_pupil.name: [item.text for item in of_pupil.errors] for of_pupil in found.pupils if of_pupil.errors
    }


async def test_a_complete_class_lacks_only_what_is_not_obligatory(school, room):
    found = await judged(school, room)
    assert errors(found) == ([], {})
    assert {item.label for item in found.shared} == {
        "Quê quán", "Nhận xét phẩm chất", "Nhận xét năng lực chung", "Nhận xét năng lực đặc thù",
    }  # fmt: skip
    assert found.locked
    assert all(found.may_create(of_pupil) and found.note(of_pupil) == "" for of_pupil in found.pupils)


async def test_a_pupils_own_gaps_are_told_under_the_pupil_with_the_place_to_mend(school, room, make_live):
    await change_pupils(school, ["Lê Văn An"], birthplace="", gender="7")
    async with school.write() as tx:
        first = await tx.row(select(pupils).where(tx.of(pupils), pupils.c.name == "Vũ Thị Yến"))
        mine = (tx.of(results), results.c.pupil_id == first.id, results.c.subject == "TOA")
        await tx.execute(delete(results).where(*mine))
        third = await tx.row(select(pupils).where(tx.of(pupils), pupils.c.name == "Hồ Bảo Nam"))
    await make_live(school, third)
    found = await judged(school, room)
    assert errors(found) == ([], {
        "Vũ Thị Yến": ["Toán: Mức đạt được"], "Lê Văn An": ["Giới tính (không hợp lệ)", "Nơi sinh"],
    })  # fmt: skip
    said = found.to_dict()["pupils"]
    assert [(one["may_create"], one["note"]) for one in said] == [
        (False, NOT_READY), (False, NOT_READY), (False, HAS_ONE),
    ]  # fmt: skip
    mends = {item["item"]: item["where"] for item in said[1]["missing"] if item["severity"] == "error"}
    assert mends == {"Giới tính (không hợp lệ)": "Hồ sơ học sinh", "Nơi sinh": "Hồ sơ học sinh"}


async def test_what_the_class_lacks_is_said_once(school, room):
    async with school.write() as tx:
        await tx.execute(update(people).where(tx.of(people)).values(personal_number=None))
    found = await judged(school, room)
    assert errors(found) == (["Số định danh cá nhân của Thầy Số Một", "Số định danh cá nhân của Dương Bích Trang"], {})
    assert found.is_blocked


async def test_a_column_that_no_file_of_the_school_has_is_a_warning_and_the_record_is_made(school, room):
    await change_pupils(school, ethnicity="", address="")
    found = await judged(school, room)
    assert errors(found) == ([], {})
    assert {"Dân tộc", "Chỗ ở hiện nay"} <= {item.label for item in found.shared}
    drafted = await draft_class(school, room)
    assert len(drafted.drafts) == 3
    for draft in drafted.drafts:
        assert etree.fromstring(draft.skeleton.xml).findtext(".//DAN_TOC") == ""


async def test_it_is_an_error_as_soon_as_one_pupil_has_it(school, room):
    await change_pupils(school, ["Lê Văn An", "Hồ Bảo Nam"], ethnicity="")
    assert errors(await judged(school, room)) == ([], {"Lê Văn An": ["Dân tộc"], "Hồ Bảo Nam": ["Dân tộc"]})


async def test_who_a_pupil_is_may_never_be_missing(school, room):
    await change_pupils(school, birthplace="", birth="")
    found = await judged(school, room)
    assert errors(found)[1]["Lê Văn An"] == ["Ngày sinh", "Nơi sinh"]


async def test_of_two_teachers_somebody_must_name_the_one_who_signs(school, make_ready, upper_school):
    room = await make_ready(school, upper_school, "10A1")
    async with school.write() as tx:
        other = await tx.row(select(people.c.id).where(tx.of(people), people.c.name == "Thầy Số Ba"))
        row = {"class_id": room, "subject": "TOA", "term": "HK2", "person_id": other.id, "responsible": True}
        await tx.insert(assignments, [row])
    found = await judged(school, room)
    (item,) = [item for item in found.shared if item.severity == "error"]
    assert item.label == "Giáo viên bộ môn Toán"
    assert item.where == "Phân công chuyên môn: chọn người ký cho môn có nhiều giáo viên (Toán)"


async def test_it_can_be_taken_away_as_a_spreadsheet(school, room):
    await change_pupils(school, ["Lê Văn An"], birthplace="")
    async with school.write() as tx:
        here = (tx.of(pupils), pupils.c.name == "Lê Văn An")
        await tx.execute(update(pupils).where(*here).values(name="=HYPERLINK(1)"))
    sheet = load_workbook(io.BytesIO(missing_sheet([await judged(school, room)], "Trường Mẫu", "2025-2026"))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "Trường Mẫu" and "2025-2026" in rows[1][0]
    assert rows[3] == HEADER
    assert (1, "4A", None, "(cả lớp)", "Nên có", "Quê quán", "Hồ sơ học sinh") in rows
    assert rows[-1] == (5, "4A", "9910000001", "=HYPERLINK(1)", "Bắt buộc", "Nơi sinh", "Hồ sơ học sinh")
    assert sheet.cell(len(rows), 4).data_type == "s", "text, and no formula"
