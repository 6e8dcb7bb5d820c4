"""Whole little schools as workbooks, made on the spot: a primary and an upper secondary class of three pupils.

Invented people; numbers start with 099 and 99, which nobody has.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from hocba_gateway.school.reading.tables import Upload

Rows = Sequence[Sequence[Any]]
Sheets = Mapping[str, Rows]


def make_workbook(sheets: Sheets, merges: Mapping[str, Sequence[str]] | None = None) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        for area in (merges or {}).get(title, ()):
            sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


STAFF_HEADER = ["Họ tên", "Số CMTND/TCC", "Mã định danh Bộ GD&ĐT", "Trạng thái CB", "Vị trí việc làm"]
PUPIL_HEADER = [
    "Lớp", "Họ tên", "Ngày sinh", "Giới tính", "Dân tộc", "Quốc tịch", "Số CCCD", "Mã học sinh", "Trạng thái",
    "Chỗ ở hiện nay", "Nơi sinh",
]  # fmt: skip
PUPILS = ["Vũ Thị Yến", "Lê Văn An", "Hồ Bảo Nam"]
YEAR_LINE = ["Năm học 2025-2026"]


def staff_rows(teachers: int) -> Rows:
    people = [("Dương Bích Trang", "Hiệu trưởng"), ("Hồ Bích Yến", "Nhân viên văn thư")]
    people += [(f"Thầy Số {['Một', 'Hai', 'Ba', 'Bốn', 'Năm', 'Sáu'][n]}", "Giáo viên") for n in range(teachers)]
    rows = [[name, f"09918000000{n}", f"990000000{n}", "Đang làm việc", post] for n, (name, post) in enumerate(people)]
    return [YEAR_LINE, STAFF_HEADER, *rows]


def pupil_list(room: str, year: int) -> Rows:
    rows = [
        [room, name, f"0{n + 1}/02/{year}", "Nam" if n else "Nữ", "Kinh", "Việt Nam", f"09931400000{n}",
         f"991000000{n}", "Đang học", "Thôn 8", "xã An Thịnh"]
        for n, name in enumerate(PUPILS)
    ]  # fmt: skip
    return [YEAR_LINE, PUPIL_HEADER, *rows]


def _results(header: Sequence[str], values: Sequence[Any]) -> Rows:
    whose = [[f"991000000{n}", name] for n, name in enumerate(PUPILS)]
    return [YEAR_LINE, ["Mã học sinh", "Họ và tên", *header], *([*who, *values] for who in whose)]


def _uploads(files: Mapping[str, Sheets]) -> list[Upload]:
    return [Upload(f"{name}.xlsx", make_workbook(sheets)) for name, sheets in files.items()]


def primary_school() -> list[Upload]:
    """Class 4A of three pupils; the homeroom teacher teaches all but one subject."""
    subjects = ["Tiếng Việt", "Toán", "Đạo đức", "GDTC", "Nghệ thuật", "HĐTN", "Khoa học", "Ngoại ngữ 1"]
    sheets: dict[str, Rows] = {
        name: _results(
            ["Mức đạt được", "Điểm KTĐK", "Nội dung nhận xét", "Thời điểm đánh giá"],
            ["H", 8 if name == "Toán" else None, "Có tiến bộ rõ rệt.", "Cuối năm"],
        )
        for name in subjects
    }
    words = ["Tự chủ và tự học", "Giao tiếp và hợp tác", "Giải quyết vấn đề và sáng tạo", "Ngôn ngữ", "Tính toán",
             "Khoa học", "Thẩm mĩ", "Thể chất", "Yêu nước", "Nhân ái", "Chăm chỉ", "Trung thực",
             "Trách nhiệm"]  # fmt: skip
    year = ["Chiều cao", "Cân nặng", "Nghỉ có phép", "Nghỉ không phép", "Đánh giá KQGD", "Được lên lớp",
            "Nhận xét của GVCN"]  # fmt: skip
    sheets["Năng lực phẩm chất"] = _results(
        [*words, *year], ["T"] * len(words) + [124, 27.5, 2, 0, "Hoàn thành tốt", "Có", "Ngoan, lễ phép."]
    )
    duties: Rows = [YEAR_LINE, ["Họ và tên", "Phân công chuyên môn", "Chủ nhiệm lớp"],
              ["Thầy Số Một", "; ".join(f"{name} - 4A" for name in subjects[:-1]), "4A"],
              ["Thầy Số Hai", "Ngoại ngữ 1 - 4A", None]]  # fmt: skip
    return _uploads(
        {
            "can-bo": {"Cán bộ": staff_rows(2)},
            "hoc-sinh": {"Học sinh": pupil_list("4A", 2016)},
            "phan-cong": {"PCGD": duties},
            "ket-qua-4A": sheets,
        }
    )


def upper_school() -> list[Upload]:
    """Class 10A1 of three pupils who chose differently: the third has Địa lí instead of Vật lí."""
    scored = ["Ngữ văn", "Toán", "Ngoại ngữ 1", "Lịch sử", "GDQP&AN", "Hóa học", "Tin học", "Vật lí", "Địa lí"]
    judged = ["GDTC", "NDGDĐP", "HĐTN-HN"]
    year = ["Học tập", "Rèn luyện", "Số buổi nghỉ", "Được lên lớp", "Nhận xét của GVCN"]

    def marks(values: Sequence[Any], last: Sequence[Any] = (), header: Sequence[str] = ()) -> Rows:
        rows = [list(row) for row in _results([*scored, *judged, *header], [*values, *last])]
        for row in rows[2:]:
            row[2 + scored.index("Vật lí" if row[1] == PUPILS[2] else "Địa lí")] = None
        return rows

    everything = [*scored, *judged]
    teachers = {
        "Thầy Số Một": ["Ngữ văn", "Lịch sử", "NDGDĐP"],
        "Thầy Số Hai": ["Toán", "Tin học"],
        "Thầy Số Ba": ["Ngoại ngữ 1"],
        "Thầy Số Bốn": ["GDQP&AN", "GDTC", "HĐTN-HN"],
        "Thầy Số Năm": ["Hóa học", "Vật lí"],
        "Thầy Số Sáu": ["Địa lí"],
    }
    duties: Rows = [YEAR_LINE, ["Họ và tên", "Phân công chuyên môn", "Chủ nhiệm lớp"]] + [
        [name, "; ".join(f"{subject} - 10A1" for subject in held), "10A1" if "Toán" in held else None]
        for name, held in teachers.items()
    ]
    half = [7.5] * len(scored) + ["Đ"] * len(judged)
    return _uploads(
        {
            "can-bo": {"Cán bộ": staff_rows(6)},
            "hoc-sinh": {"Học sinh": pupil_list("10A1", 2010)},
            "phan-cong": {"PCGD": duties},
            "ket-qua-10A1": {
                "HK1": marks(half, ["K", "T"], year[:2]),
                "HK2": marks(half, ["K", "T"], year[:2]),
                "CN": marks(half, ["K", "T", 3, "Có", "Chăm chỉ."], year),
                "Nhận xét môn học": marks(["Tiến bộ rõ rệt."] * len(everything)),
            },
        }
    )
