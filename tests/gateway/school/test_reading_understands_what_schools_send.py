"""S1: header anywhere, synonyms, accents, forms of numbers and dates; each kind of file."""

# ruff: noqa: DTZ001  (spreadsheets know no time zones)

from __future__ import annotations

import unicodedata
from datetime import date, datetime

import pytest
from hocba_gateway.school.reading.kinds import Kind

pytestmark = pytest.mark.feature("S1")

HEADER = ["Lớp", "Họ và tên", "Ngày sinh", "Mã học sinh", "Số CCCD", "Trạng thái"]


def only(reading):
    assert [problem.text for problem in reading.notes.problems] == []
    assert len(reading.records) == 1
    return reading.records[0]


def one_pupil(reads, **cells):
    row = {
        "Lớp": "6A", "Họ và tên": "Vũ Thị Yến", "Ngày sinh": "12/06/2014",
        "Mã học sinh": "9917075325", "Số CCCD": "099314475223", "Trạng thái": "Đang học",
    } | cells  # fmt: skip
    return reads({"hs.xlsx": {"Sheet1": [list(row), list(row.values())]}})


@pytest.mark.parametrize("blank", [0, 1, 6, 20, 29])
def test_the_header_may_stand_in_any_of_the_first_thirty_rows(reads, blank):
    row = ["6A", "Vũ Thị Yến", "12/06/2014", "9917075325", "099314475223", "Đang học"]
    title = [["DANH SÁCH HỌC SINH"]] if blank else []
    above = title + [[]] * (blank - len(title))
    record = only(reads({"a.xlsx": {"S": [*above, HEADER, row]}}))
    assert record.place.row == blank + 2
    assert record.get("code") == "9917075325"


def test_a_header_after_row_thirty_is_not_searched_for(reads):
    reading = reads({"a.xlsx": {"S": [["x"]] * 30 + [HEADER]}})
    assert reading.notes.has_errors


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).replace(
            "đ", "d"
        ),
        str.upper,
        lambda text: f"  {text.replace(' ', '  ')}\u00a0",
        lambda text: text.replace(" ", "\n"),
        lambda text: f"{text} (*)",
    ],
    ids=["decomposed", "no accents", "upper case", "spaces", "line breaks", "note"],
)
def test_headers_are_known_however_they_are_spelt(reads, spell):
    row = ["6A", "Vũ Thị Yến", "12/06/2014", "9917075325", "099314475223", "Đang học"]
    record = only(reads({"a.xlsx": {"S": [[spell(word) for word in HEADER], row]}}))
    assert record.get("name") == "Vũ Thị Yến"
    assert record.get("personal_number") == "099314475223"


def test_names_are_stored_composed_and_trimmed(reads):
    name = unicodedata.normalize("NFD", "  Vũ\u00a0Thị  Yến ")
    assert only(one_pupil(reads, **{"Họ và tên": name})).get("name") == "Vũ Thị Yến"


@pytest.mark.parametrize(
    ("cell", "code"),
    [(9917075325, "9917075325"), (9917075325.0, "9917075325"), ("9917075325.0", "9917075325"),
     (" 9917075325 ", "9917075325"), ("9.917075325E9", "9917075325"), ("'9917075325", "9917075325"),
     ("123.0", "123"), (1.23e11, "123000000000")],
)  # fmt: skip
def test_a_code_is_read_from_any_form_of_number(reads, cell, code):
    assert only(one_pupil(reads, **{"Mã học sinh": cell})).get("code") == code


@pytest.mark.parametrize("cell", [99314475223, 99314475223.0, "99314475223.0E0"])
def test_the_lost_zero_of_a_personal_number_is_put_back(reads, cell):
    record = one_pupil(reads, **{"Số CCCD": cell}).records[0]
    assert record.get("personal_number") == "099314475223"


def test_the_lost_zero_of_a_phone_is_put_back(reads):
    for cell in (878822215, "878822215", "0878 822 215", "+84878822215"):
        record = only(one_pupil(reads, **{"SĐT liên hệ": cell}))
        assert record.get("phone") == "0878822215"


@pytest.mark.parametrize(
    ("cell", "birth"),
    [(datetime(2014, 6, 12), "2014-06-12"), (date(2014, 6, 12), "2014-06-12"),
     ("12/06/2014", "2014-06-12"), ("12/6/2014", "2014-06-12"), ("12-06-2014", "2014-06-12"),
     ("12.06.2014", "2014-06-12"), ("2014-06-12", "2014-06-12"),
     ("2014-06-12 00:00:00", "2014-06-12"), (2014, "2014"), ("2014", "2014"),
     ("06/2014", "2014-06"), ("6-2014", "2014-06")],
)  # fmt: skip
def test_births_are_read_in_every_form(reads, cell, birth):
    assert only(one_pupil(reads, **{"Ngày sinh": cell})).get("birth") == birth


@pytest.mark.parametrize(
    ("met", "ours"),
    [("đang học", "Đang học"), ("Dang hoc", "Đang học"), ("Chuyển đến kỳ 1", "Chuyển đến kỳ 1"),
     ("Chuyển đến (kỳ 2)", "Chuyển đến kỳ 2"), ("Chuyển đến trong hè", "Chuyển đến trong hè"),
     ("Chuyển đi", "Chuyển đi"), ("Thôi học", "Thôi học"), ("Bỏ học", "Bỏ học"),
     ("Tạm nghỉ", "Tạm nghỉ"), ("Nghỉ học", "Nghỉ học"),
     ("Nghỉ học xin học lại kỳ 1", "Nghỉ học xin học lại kỳ 1")],
)  # fmt: skip
def test_statuses_are_known(reads, met, ours):
    assert only(one_pupil(reads, **{"Trạng thái": met})).get("status") == ours


def test_a_cell_equal_to_36_is_empty_with_a_warning(reads):
    reading = one_pupil(reads, **{"Nơi sinh": 36})
    assert reading.records[0].get("birthplace") == ""
    assert [problem.severity for problem in reading.notes.problems] == ["warning"]


def test_the_student_list_of_the_sector_database(reads):
    header = [
        "STT", "Họ tên", "Ngày sinh", "Giới tính", "Mã dân tộc", "Dân tộc", "Mã tỉnh HSĐ",
        "Tỉnh HSĐ", "Quận/huyện HSĐ", "Phường/Xã HSĐ", "Thôn/Xóm/Ấp HSĐ", "Mã định danh Bộ GD&ĐT",
        "Trạng thái HS", "Mã lớp",
    ]  # fmt: skip
    row = [1, "Vũ Thị Yến", "12/06/2014", "Nữ", "01", "Kinh", "99", "Tỉnh Mẫu", None, "xã Bình Minh",
           "Thôn 8", 9917075325.0, "Đang học", "6A"]  # fmt: skip
    record = only(reads({"x.xlsx": {"CSDL": [["Phòng"], header, row]}}))
    assert record.kind is Kind.PUPILS
    assert record.get("hamlet") == "Thôn 8"
    assert record.get("province") == "Tỉnh Mẫu"


def test_the_export_of_a_commune(reads):
    header = [
        "Trường", "Nhóm/Lớp", "Lớp", "Mã định danh Bộ GD&ĐT", "Họ tên", "Ngày sinh", "Giới tính",
        "Dân tộc", "Trạng thái", "Tỉnh/Thành phố", "Xã/Phường", "Nơi sinh", "Chỗ ở hiện nay",
        "Thôn/Xóm", "SĐT liên hệ", "Loại khuyết tật", "Số CCCD", "Số định danh cá nhân", "Tên cha",
        "Nghề nghiệp cha", "Năm sinh cha", "Tên mẹ",
    ]  # fmt: skip
    row = ["THCS Mẫu", "Khối 6", "6A", "9917075325", "Vũ Thị Yến", "12/06/2014", "Nữ", "Kinh",
           "Đang học", "Tỉnh Mẫu", "xã A", "xã B", "Thôn 1", "Xóm 2", 878822215, None, None,
           99314475223, "Vũ Cha", "Nông dân", 1985, "Lê Mẹ"]  # fmt: skip
    reading = reads({"x.xlsx": {"DS": [header, row]}})
    record = only(reading)
    assert (record.get("class"), record.get("personal_number")) == ("6A", "099314475223")
    assert record.get("father_birth_year") == "1985"
    assert list(reading.schools) == ["THCS Mẫu"]


def test_staff_are_told_from_pupils(reads):
    header = ["Họ tên", "Ngày sinh", "Giới tính", "Dân tộc", "Số CMTND/TCC",
              "Mã định danh Bộ GD&ĐT", "Trạng thái CB", "Điện thoại", "Vị trí việc làm",
              "Nhóm chức vụ", "Môn dạy", "Chuyên ngành chính"]  # fmt: skip
    row = ["Vũ Hà Linh", "01/08/1974", "Nữ", "Kinh", 99174694628, 9911406998.0, "Đang làm việc",
           961381777, "Giáo viên", "Giáo viên", "Toán, HĐTN-HN", "Toán"]  # fmt: skip
    record = only(reads({"x.xlsx": {"S": [header, row]}}))
    assert record.kind is Kind.STAFF
    assert (record.get("personal_number"), record.get("phone")) == ("099174694628", "0961381777")


@pytest.mark.parametrize("title", ["HK1", "Học kỳ I", "Kết quả HK1", "hoc ky 1"])
def test_a_term_is_known_from_the_sheets_title(reads, title):
    rows = [["Mã học sinh", "Họ và tên", "Toán", "Ngữ văn"], ["99", "Vũ Thị Yến", "8,1", 7]]
    record = only(reads({"x.xlsx": {title: rows}}))
    assert [(c.subject, c.term, c.value) for c in record.cells] == [
        ("Toán", "HK1", "8.1"),
        ("Ngữ văn", "HK1", "7.0"),
    ]


def test_a_term_is_known_from_a_line_over_the_table(reads):
    rows = [["Bảng tổng kết học kỳ II"], ["Mã HS", "Họ tên", "Toán", "Tin học"], ["9", "A B", 8, 9]]
    record = only(reads({"x.xlsx": {"Sheet1": rows}}))
    assert {c.term for c in record.cells} == {"HK2"}


def test_two_line_merged_headers_hold_all_terms_in_one_sheet(reads):
    rows = [
        ["Mã học sinh", "Họ và tên", "Toán", None, None, "GDTC", None, None],
        [None, None, "HK1", "HK2", "Cả năm", "HKI", "HKII", "CN"],
        ["99", "Vũ Thị Yến", 8.1, 8.25, 8.2, "Đ", "Đạt", "CĐ"],
    ]
    merges = {"Điểm": ["A1:A2", "B1:B2", "C1:E1", "F1:H1"]}
    reading = reads({"x.xlsx": {"Điểm": rows}}, merges=merges)
    (record,) = reading.records
    assert [(c.subject, c.term, c.value) for c in record.cells] == [
        ("Toán", "HK1", "8.1"), ("Toán", "HK2", "8.3"), ("Toán", "CN", "8.2"),
        ("GDTC", "HK1", "Đ"), ("GDTC", "HK2", "Đ"), ("GDTC", "CN", "CĐ"),
    ]  # fmt: skip
    assert [p.severity for p in reading.notes.problems] == ["warning"]  # 8.25 has two decimals


def test_a_sheet_of_comments_is_told_from_a_sheet_of_marks(reads):
    rows = [["Mã học sinh", "Họ và tên", "Toán", "Ngữ văn"], ["99", "Vũ Yến", "Tiến bộ.", "Chăm."]]
    record = only(reads({"x.xlsx": {"Nhận xét môn học": rows}}))
    assert {c.field for c in record.cells} == {"comment"}


def test_a_primary_subjects_sheet_and_the_qualities(reads):
    subject = [
        ["STT", "Lớp", "Mã học sinh", "Họ và tên", "Mức đạt được", "Điểm KTĐK", "Nội dung nhận xét"],
        [1, "4A", "99", "Trần Yến", "H", 8.0, "Cần luyện tập."],
    ]
    year = [
        ["Mã học sinh", "Họ và tên", "Tự chủ và tự học", "Ngôn ngữ", "Công nghệ", "Tin học",
         "Yêu nước", "Nhân ái", "Chiều cao", "Cân nặng", "Nghỉ có phép", "Được lên lớp"],
        ["99", "Trần Yến", "T", "Tốt", "Đ", "đạt", "T", "C", 109, "33,5", 0, "Có"],
    ]  # fmt: skip
    reading = reads({"x.xlsx": {"Tiếng Việt": subject, "Năng lực phẩm chất": year}})
    first, second = reading.records
    assert [(c.field, c.subject, c.value) for c in first.cells] == [
        ("level", "Tiếng Việt", "H"), ("periodic", "Tiếng Việt", "8"),
        ("comment", "Tiếng Việt", "Cần luyện tập."),
    ]  # fmt: skip
    assert {c.field: c.value for c in second.cells} == {
        "self_study": "T", "language": "T", "technology": "Đ", "informatics": "Đ",
        "patriotism": "T", "kindness": "C", "height": "109", "weight": "33.5",
        "absences_excused": "0", "promoted": "1",
    }  # fmt: skip


def test_a_vnedu_score_sheet_with_data_from_row_six(reads):
    rows = [
        ["Bảng điểm môn: Toán - Lớp 6A"],
        ["Học kỳ 2, năm học 2025-2026"],
        [],
        ["STT", "Mã học sinh", "Họ và tên", "Thường xuyên", None, None, "Giữa kỳ", "Cuối kỳ",
         "Điểm số", "Cả năm", "Nhận xét sự tiến bộ, ưu điểm nổi bật, hạn chế chủ yếu"],
        [None, None, None, 1, 2, 3],
        [1, "99", "Vũ Yến", 8, 9, 7, 8.5, 9, "8,6", 8.4, "Tiến bộ."],
    ]  # fmt: skip
    reading = reads({"x.xlsx": {"Sheet1": rows}}, merges={"Sheet1": ["D4:F4"]})
    record = only(reading)
    assert [(c.field, c.subject, c.term, c.value) for c in record.cells] == [
        ("average", "Toán", "HK2", "8.6"), ("year_average", "Toán", "HK2", "8.4"),
        ("comment", "Toán", "HK2", "Tiến bộ."),
    ]  # fmt: skip
    assert list(reading.years) == ["2025-2026"]


def test_totals_signatures_and_repeated_headers_are_no_rows(reads, pupil_rows):
    rows = [*pupil_rows[:6], pupil_rows[4], pupil_rows[6], ["Tổng số: 2 học sinh"], [],
            [None, None, None, "Hiệu trưởng"], [None, None, None, "Dương Bích Trang"]]  # fmt: skip
    reading = reads({"x.xlsx": {"S": rows}})
    assert [problem.text for problem in reading.notes.problems] == []
    assert len(reading.records) == 2


@pytest.mark.parametrize(
    ("header", "row"),
    [("Phân công chuyên môn", "Toán - 6A"), ("Mức đạt được", "T")],
)
def test_a_row_of_a_name_and_one_thing_is_no_footer(reads, header, row):
    rows = [["Họ và tên", header], ["Vũ Hà Linh", row], ["Người lập", "Hiệu trưởng"]]
    reading = reads({"x.xlsx": {"Toán": rows}})
    assert len(reading.records) == 1


def test_a_class_merged_down_its_pupils_counts_for_each(reads):
    rows = [HEADER, ["6A", "Vũ Yến", "2014", "1", None, "Đang học"],
            [None, "Vũ An", "2014", "2", None, "Đang học"]]  # fmt: skip
    reading = reads({"x.xlsx": {"S": rows}}, merges={"S": ["A2:A3"]})
    assert [record.get("class") for record in reading.records] == ["6A", "6A"]
