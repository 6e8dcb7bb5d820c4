"""S1: what would be new, changed, left alone; errors that stop everything."""

# ruff: noqa: DTZ001  (spreadsheets know no time zones)

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hocba_gateway.school.importing.plan import make_plan, refusal, settle_year
from hocba_gateway.school.problems import Notes
from hocba_gateway.school.reading.tables import Upload, read_files
from hocba_gateway.school.subjects import every_subject
from hocba_gateway.school.world import Rows, World

pytestmark = pytest.mark.feature("S1")


@pytest.fixture
def plans(workbook: Callable):
    """plans(files, world=…) → Plan; files as {name: {sheet: rows}} or Uploads."""

    def plan(files, world=None, year=None):
        uploads = (
            files if isinstance(files, list) else [Upload(name, workbook(sheets)) for name, sheets in files.items()]
        )
        reading = read_files(uploads, every_subject())
        notes = Notes(reading.notes.problems)
        settled = settle_year(reading, year, notes)
        if not settled:
            return refusal(reading, notes)
        return make_plan(reading, world or World(settled), notes)

    return plan


def stored(plan, live=()):
    """The world after a plan, as the store would give it back."""

    def rows(held: Rows) -> Rows:
        return Rows(dict(held.all()))

    w = plan.world
    return World(
        w.year, w.school_name, rows(w.people), rows(w.classes), rows(w.pupils),
        rows(w.assignments), rows(w.results), frozenset(live),
    )  # fmt: skip


def errors(plan):
    return [problem for problem in plan.problems if problem.severity == "error"]


def counts(plan):
    return {n: (c.new, c.changed, c.unchanged) for n, c in plan.counts().items()}


def test_the_demo_school_is_understood_whole(plans, demo_school):
    plan = plans(demo_school)
    assert plan.problems == ()
    assert counts(plan) == {
        "people": (13, 0, 0), "classes": (4, 0, 0), "pupils": (168, 0, 0),
        "assignments": (96, 0, 0), "results": (2184, 0, 0),
    }  # fmt: skip
    assert {row["profile"] for row in plan.world.classes.new} == {"thcs_tt22_1"}
    assert {row["slug"] for row in plan.world.classes.new} == {"6a", "7a", "8a", "9a"}
    assert all(row["homeroom_id"] for row in plan.world.classes.new)


def test_a_second_import_of_the_same_files_changes_nothing(plans, demo_school):
    again = plans(demo_school, stored(plans(demo_school)))
    assert again.problems == ()
    assert {name: (new, changed) for name, (new, changed, _) in counts(again).items()} == {
        name: (0, 0) for name in counts(again)
    }


def test_a_corrected_file_updates_and_a_blank_erases_nothing(plans, pupil_rows):
    world = stored(plans({"a.xlsx": {"DS": pupil_rows}}))
    pupil_rows[5][1] = "Vũ Thị Hải Yến"
    pupil_rows[5][6] = None
    plan = plans({"a.xlsx": {"DS": pupil_rows}}, world)
    (row,) = plan.world.pupils.changed
    assert (row["name"], row["personal_number"]) == ("Vũ Thị Hải Yến", "099314475223")
    assert counts(plan)["pupils"] == (0, 1, 1)


def test_a_code_that_lost_its_zero_is_the_same_pupil(plans, pupil_rows):
    pupil_rows[5][7] = "0017075325"
    world = stored(plans({"a.xlsx": {"DS": pupil_rows}}))
    pupil_rows[5][7] = 17075325.0
    assert counts(plans({"a.xlsx": {"DS": pupil_rows}}, world))["pupils"] == (0, 0, 2)


def test_a_pupil_with_a_live_transcript_is_reported_and_left_as_is(plans, demo_school):
    first = plans(demo_school)
    pupil = first.world.pupils.new[0]
    world = stored(first, live=[pupil["id"]])
    changed = [u for u in demo_school if "hoc-sinh" in u.name or "6A" in u.name]
    world.results.before[pupil["id"], ""]["data"]["absences"] = "99"
    plan = plans(changed, world)
    assert [(kept.pupil_id, kept.class_name) for kept in plan.kept] == [(pupil["id"], "6A")]
    assert plan.to_dict()["kept"][0]["reason"] == "đã có học bạ"
    assert plan.world.pupils.changed == plan.world.results.changed == []


@pytest.mark.parametrize(
    ("change", "row", "column", "what"),
    [
        ({6: {7: "9917075325"}}, 7, "H", "trùng với dòng 6"),
        ({6: {6: "099314475223"}}, 7, "G", "trùng với một học sinh khác"),
        ({5: {7: None}}, 6, "", "thiếu mã định danh"),
        ({5: {1: None}}, 6, "", "thiếu họ tên"),
        ({5: {0: None}}, 6, "", "chưa có lớp"),
        ({5: {0: "Hoa Mai"}}, 6, "A", "khối"),
    ],
)
def test_rows_that_cannot_be(plans, pupil_rows, change, row, column, what):
    for number, cells in change.items():
        for at, value in cells.items():
            pupil_rows[number][at] = value
    plan = plans({"hs.xlsx": {"DS": pupil_rows}})
    (problem,) = errors(plan)
    assert plan.is_refused
    assert what in problem.what
    assert (problem.place.file, problem.place.sheet) == ("hs.xlsx", "DS")
    assert (problem.place.row, problem.place.column) == (row, column)


def test_two_files_complete_each_other_and_may_not_contradict(plans, pupil_rows):
    more = [["Mã học sinh", "Họ tên", "Lớp", "Quê quán", "Dân tộc"],
            ["9917075325", "Vu Thi Yen", "6a", "xã A", "Mường"]]  # fmt: skip
    plan = plans({"a.xlsx": {"DS": pupil_rows}, "b.xlsx": {"S": more}})
    assert errors(plan) == []
    row = plan.world.pupils.new[0]
    assert (row["data"]["hometown"], row["name"]) == ("xã A", "Vũ Thị Yến")
    more[1][2] = "6B"
    (problem,) = errors(plans({"a.xlsx": {"DS": pupil_rows}, "b.xlsx": {"S": more}}))
    assert problem.place.file == "b.xlsx"


def test_results_of_an_unknown_pupil_or_under_anothers_name(plans, pupil_rows):
    marks = [["Mã học sinh", "Họ tên", "Toán", "Ngữ văn"], ["555", "Ai Đó", 8, 8],
             ["9917075325", "Trần Văn Khác", 7, 7]]  # fmt: skip
    plan = plans({"hs.xlsx": {"DS": pupil_rows}, "kq.xlsx": {"HK1": marks}})
    first, second = errors(plan)
    assert (first.place.row, first.place.column) == (2, "A")
    assert (second.place.row, second.place.column) == (3, "B")


def test_results_without_codes_are_matched_by_name_and_birth(plans, pupil_rows):
    marks = [["Họ tên", "Ngày sinh", "Toán", "Ngữ văn"], ["Vũ Thị Yến", "12/06/2014", 8, 7.5]]
    plan = plans({"hs.xlsx": {"DS": pupil_rows}, "kq.xlsx": {"HK1": marks}})
    assert errors(plan) == []
    assert {r["subject"]: r["data"] for r in plan.world.results.new} == {
        "TOA": {"hk1": "8.0"},
        "VAN": {"hk1": "7.5"},
    }


@pytest.mark.parametrize(
    ("subject", "mark", "what"),
    [("GDTC", 8, "nhận xét"), ("Toán", "Đ", "điểm số"), ("Tiếng Việt", 8, "không có môn")],
)
def test_a_mark_that_does_not_fit_its_subject(plans, pupil_rows, subject, mark, what):
    marks = [["Mã học sinh", "Họ tên", "Ngữ văn", subject], ["9917075325", "Vũ Thị Yến", 8, mark]]
    plan = plans({"hs.xlsx": {"DS": pupil_rows}, "kq.xlsx": {"HK1": marks}})
    (problem,) = errors(plan)
    assert what in problem.what
    assert problem.place.column == "D"


def test_files_of_two_years_or_of_another_year_are_refused(plans, pupil_rows):
    other = [["Năm học 2024-2025"], *pupil_rows[4:]]
    both = plans({"a.xlsx": {"DS": pupil_rows}, "b.xlsx": {"DS": other}})
    assert "nhiều năm học" in errors(both)[0].what
    assert errors(plans({"a.xlsx": {"DS": other}}, year="2025-2026"))[0].place.file == "a.xlsx"
    assert errors(plans({"a.xlsx": {"DS": pupil_rows[4:]}}))[0].what == "không biết năm học"


def test_pupils_of_several_schools_in_one_export_are_refused(plans, pupil_rows):
    for number, name in ((4, "Trường"), (5, "THCS A"), (6, "THCS B")):
        pupil_rows[number].append(name)
    assert "2 trường" in errors(plans({"a.xlsx": {"DS": pupil_rows}}))[0].what


STAFF = [
    ["Họ tên", "Mã định danh Bộ GD&ĐT", "Số CMTND/TCC", "Trạng thái CB", "Vị trí việc làm"],
    ["Cô Văn", "1", "099000000001", "Đang làm việc", "Giáo viên"],
    ["Thầy Toán", "2", "099000000002", "Nghỉ hưu", "Giáo viên"],
    ["Cô Toán", "3", None, "Đang làm việc", "Giáo viên"],
]


def taught(plan):
    people = {row["id"]: row["name"] for _, row in plan.world.people.all()}
    return {
        (row["subject"], row["term"], people[row["person_id"]]): row["responsible"]
        for _, row in plan.world.assignments.all()
    }


def test_assignment_replaces_who_taught_before(plans, pupil_rows):
    def files(duties):
        rows = [["Họ và tên", "Mã cán bộ", "Phân công chuyên môn", "Chủ nhiệm lớp"], *duties]
        return {"hs.xlsx": {"DS": pupil_rows}, "cb.xlsx": {"CB": STAFF}, "pc.xlsx": {"PC": rows}}

    first = plans(files([["Cô Toán", "3", "Toán - 6A", "6A"]]))
    assert errors(first) == []
    second = plans(files([["Thầy Toán", 2.0, "Toán - 6A (HK2)", None]]), stored(first))
    assert taught(second) == {("TOA", "HK1", "Cô Toán"): True, ("TOA", "HK2", "Thầy Toán"): True}
    assert [p.severity for p in second.problems] == ["warning"]  # no longer working


def test_of_two_teachers_the_named_one_is_responsible(plans, pupil_rows):
    rows = [["Lớp", "Môn", "Học kỳ", "Mã giáo viên", "Người ký"],
            ["6A", "KHTN", "HK2", "1", None], ["6A", "KHTN", "HK2", "3", "x"]]  # fmt: skip
    files = {"hs.xlsx": {"DS": pupil_rows}, "cb.xlsx": {"CB": STAFF}, "pc.xlsx": {"PC": rows}}
    assert taught(plans(files)) == {
        ("KTN", "HK2", "Cô Văn"): False,
        ("KTN", "HK2", "Cô Toán"): True,
    }
    rows[2][4] = None
    assert set(taught(plans(files)).values()) == {False}


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        (["Ai", "9", "Toán - 6A", None], "B", "không có trong danh sách cán bộ"),
        (["Cô Khác", "1", "Toán - 6A", None], "A", "Cô Văn"),
        (["Cô Văn", "1", "Toán - 6Z", None], "C", "6Z"),
        (["Cô Văn", "1", "Phép thuật - 6A", None], "C", "môn học"),
        (["Cô Văn", "1", "Vật lí - 6A", None], "C", "không có môn"),
        (["Cô Văn", "1", None, "6Z"], "D", "chủ nhiệm"),
    ],
)
def test_an_assignment_that_cannot_be(plans, pupil_rows, row, column, what):
    rows = [["Họ và tên", "Mã cán bộ", "Phân công chuyên môn", "Chủ nhiệm lớp"], row]
    files = {"hs.xlsx": {"DS": pupil_rows}, "cb.xlsx": {"CB": STAFF}, "pc.xlsx": {"PC": rows}}
    (problem,) = errors(plans(files))
    assert what in problem.what
    assert (problem.place.row, problem.place.column) == (2, column)


@pytest.mark.parametrize(
    ("name", "grade", "profile"),
    [("1A", 1, "th_tt27_1"), ("5/3", 5, "th_tt27_1"), ("63", 6, "thcs_tt22_1"),
     ("9A12", 9, "thcs_tt22_1"), ("10A1", 10, "thpt_tt22_1"), ("12 Toán", 12, "thpt_tt22_1"),
     ("Lớp 7B", 7, "thcs_tt22_1"), (64.0, 6, "thcs_tt22_1")],
)  # fmt: skip
def test_levels_are_known_from_class_names(plans, pupil_rows, name, grade, profile):
    pupil_rows[5][0] = pupil_rows[6][0] = name
    (row,) = plans({"a.xlsx": {"DS": pupil_rows}}).world.classes.new
    assert (row["grade"], row["profile"]) == (grade, profile)


def test_a_grade_column_tells_where_the_name_does_not(plans, pupil_rows):
    for number, value in ((4, "Khối"), (5, 3), (6, 3)):
        pupil_rows[number].append(value)
    pupil_rows[5][0] = pupil_rows[6][0] = "Hoa Mai"
    (row,) = plans({"a.xlsx": {"DS": pupil_rows}}).world.classes.new
    assert (row["grade"], row["slug"], row["profile"]) == (3, "hoa-mai", "th_tt27_1")


def test_primary_results_take_the_years_end_only(plans, pupil_rows):
    pupil_rows[5][0] = pupil_rows[6][0] = "4A"
    header = ["Mã học sinh", "Họ tên", "Mức đạt được", "Điểm KTĐK", "Thời điểm đánh giá"]
    sheets = {"Toán": [header, ["9917075325", "Vũ Thị Yến", "C", 4, "Giữa kỳ 2"],
                       ["9917075325", "Vũ Thị Yến", "T", 9, "Cuối năm"]]}  # fmt: skip
    plan = plans({"hs.xlsx": {"DS": pupil_rows}, "kq.xlsx": sheets})
    assert errors(plan) == []
    assert [row["data"] for row in plan.world.results.new] == [{"level": "T", "periodic": "9"}]


def test_a_primary_sheet_for_a_secondary_class_is_refused(plans, pupil_rows):
    sheets = {"Toán": [["Mã học sinh", "Họ tên", "Mức đạt được"], ["9917075325", "Vũ Thị Yến", "T"]]}
    plan = plans({"hs.xlsx": {"DS": pupil_rows}, "kq.xlsx": sheets})
    assert "trung học" in errors(plan)[0].what


def test_a_birth_of_only_a_year_is_enough(plans, pupil_rows):
    pupil_rows[5][2], pupil_rows[6][2] = 2014, datetime(2014, 1, 1)
    plan = plans({"hs.xlsx": {"DS": pupil_rows}})
    assert [row["data"]["birth"] for row in plan.world.pupils.new] == ["2014", "2014-01-01"]
