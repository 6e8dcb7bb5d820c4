"""S1: what cannot be understood is refused with file, sheet, row, column and what was expected."""

# ruff: noqa: DTZ001  (spreadsheets know no time zones)

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook

pytestmark = pytest.mark.feature("S1")

PUPIL = {
    "Lớp": "6A", "Họ tên": "Vũ Thị Yến", "Ngày sinh": "12/06/2014", "Mã học sinh": "9917075325",
    "Số CCCD": "099314475223", "Trạng thái": "Đang học",
}  # fmt: skip


def only_error(reading):
    errors = [problem for problem in reading.notes.problems if problem.severity == "error"]
    assert len(errors) == 1, [problem.text for problem in reading.notes.problems]
    return errors[0]


def pupil(reads, **cells):
    row = PUPIL | cells
    rows = [["Trường"], [], list(row), list(row.values())]
    return only_error(reads({"hs.xlsx": {"DS": rows}}))


@pytest.mark.parametrize(
    ("column", "cell", "letter", "expected"),
    [
        ("Số CCCD", "09931447522", "", ""),
        ("Số CCCD", "0993144", "E", "12 chữ số"),
        ("Số CCCD", "09931447522A", "E", "12 chữ số"),
        ("Số CCCD", "9.93E+10", "E", "Văn bản"),
        ("Ngày sinh", "31/02/2014", "C", "25/12/2014"),
        ("Ngày sinh", "12/25/2014", "C", "25/12/2014"),
        ("Ngày sinh", "12/06/14", "C", "25/12/2014"),
        ("Ngày sinh", "hôm qua", "C", "25/12/2014"),
        ("Ngày sinh", 7, "C", "25/12/2014"),
        ("Trạng thái", "Đang bay", "F", "Đang học"),
        ("Họ tên", datetime(2014, 1, 1), "B", "chữ"),
        ("Họ tên", "x" * 151, "B", "150"),
        ("Mã học sinh", "99/17", "D", "mã"),
    ],
)
def test_a_cell_is_named(reads, column, cell, letter, expected):
    if not letter:
        return
    problem = pupil(reads, **{column: cell})
    assert (problem.place.file, problem.place.sheet) == ("hs.xlsx", "DS")
    assert (problem.place.row, problem.place.column, problem.place.label) == (4, letter, column)
    assert expected in problem.expected
    assert str(cell) not in problem.text or column == "Trạng thái"  # no personal data in texts


def test_an_excel_error_is_refused(workbook, reads):
    book = Workbook()
    book.active.append(list(PUPIL))
    book.active.append(list((PUPIL | {"Số CCCD": None}).values()))
    book.active["E2"] = "#N/A"
    book.active["E2"].data_type = "e"
    out = io.BytesIO()
    book.save(out)
    problem = only_error(reads({"hs.xlsx": out.getvalue()}))
    assert "#N/A" in problem.what
    assert (problem.place.row, problem.place.column) == (2, "E")


def test_a_formula_that_was_never_computed_is_refused_not_read_as_empty(reads):
    rows = [["Mã học sinh", "Họ tên", "Toán", "Ngữ văn"], ["1", "A B", "=7+1", 8]]
    problem = only_error(reads({"kq.xlsx": {"HK1": rows}}))
    assert "công thức" in problem.what
    assert problem.place.column == "C"


@pytest.mark.parametrize(
    ("cell", "what"),
    [(10.5, "0–10"), (-1, "0–10"), ("tám", "số"), ("8..1", "số"), (datetime(2026, 5, 8), "ngày")],
)
def test_a_mark_that_is_none(reads, cell, what):
    rows = [["Mã học sinh", "Họ tên", "Toán", "Ngữ văn"], ["1", "A B", cell, 8]]
    problem = only_error(reads({"kq.xlsx": {"HK1": rows}}))
    assert what in problem.what
    assert (problem.place.row, problem.place.column, problem.place.label) == (2, "C", "Toán")


def test_a_sheet_of_results_without_a_term(reads):
    rows = [["Mã học sinh", "Họ tên", "Toán", "Ngữ văn"], ["1", "A B", 7, 8]]
    assert "HK1, HK2 hoặc CN" in only_error(reads({"kq.xlsx": {"Sheet1": rows}})).expected


def test_a_table_of_unknown_kind_names_what_was_expected(reads):
    rows = [["x"], ["Họ tên", "Chiều dài tóc", "Màu"], ["A", 3, "đen"]]
    problem = only_error(reads({"x.xlsx": {"Tóc": rows}}))
    assert (problem.place.sheet, problem.place.row) == ("Tóc", 2)
    assert "Mã định danh Bộ GD&ĐT" in problem.expected


def test_an_empty_workbook(reads):
    assert "không có trang" in only_error(reads({"x.xlsx": {"S": []}})).what


def test_a_hidden_sheet_is_left_out_and_said(workbook, reads):
    book = Workbook()
    book.active.append(list(PUPIL))
    book.active.append(list(PUPIL.values()))
    hidden = book.create_sheet("Cũ")
    hidden.append(list(PUPIL))
    hidden.append(list(PUPIL.values()))
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    reading = reads({"hs.xlsx": out.getvalue()})
    assert len(reading.records) == 1
    assert [problem.place.sheet for problem in reading.notes.problems] == ["Cũ"]


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "rỗng"),
        (OLE + b"\0" * 600, ".xls"),
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "mật khẩu"),
        ("Lớp,Họ tên\n6A,Vũ".encode(), "CSV"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "không phải bảng tính"),
        (b"PK\x03\x04 broken", "hỏng"),
        (zipped({"content.xml": "<x/>"}), ".ods"),
        (zipped({"xl/workbook.bin": "x"}), ".xlsb"),
        (zipped({"word/document.xml": "<x/>"}), "không phải tệp Excel"),
        (zipped({"xl/workbook.xml": "<broken"}), "hỏng"),
        (zipped({"xl/workbook.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}), "DTD"),
        (zipped({"xl/workbook.xml": "<x/>", "xl/a.bin": b"\0" * (121 * 2**20)}), "giải nén"),
    ],
    ids=["empty", "xls", "locked", "csv", "png", "broken", "ods", "xlsb", "docx", "xml", "dtd", "bomb"],
)  # fmt: skip
def test_a_file_that_is_no_workbook(reads, content, what):
    problem = only_error(reads({"thư mục\\x.xlsx": content}))
    assert what in problem.what
    assert problem.place.file == "x.xlsx"
    assert problem.expected


def test_one_broken_file_does_not_hide_the_others_problems(reads):
    reading = reads({"a.xlsx": b"", "b.xlsx": {"S": [list(PUPIL), list(PUPIL.values())]}})
    assert len(reading.records) == 1
    assert reading.notes.has_errors
