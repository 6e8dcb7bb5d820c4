"""Spreadsheets made on the spot, with every habit that schools' files have."""

# ruff: noqa: DTZ001  (spreadsheets know no time zones)

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Any
from uuid import uuid4

import pytest
from hocba_gateway.school.class_file import PrintSettings
from hocba_gateway.school.importing.apply import read
from hocba_gateway.school.importing.apply import store as import_files
from hocba_gateway.school.locks import lock
from hocba_gateway.school.print_settings import leaders, put
from hocba_gateway.school.profile import SchoolProfile
from hocba_gateway.school.reading.tables import Reading, Upload, read_files
from hocba_gateway.school.reading.words import Names
from hocba_gateway.store import schema
from hocba_gateway.store.store import Scope, Store
from hocba_gateway.testing.sample_school import SCHOOL_PROFILE
from openpyxl import Workbook
from sqlalchemy import insert, select

Rows = Sequence[Sequence[Any]]
Sheets = Mapping[str, Rows]
WORDS = [
    "Ngữ văn", "Toán", "Ngoại ngữ 1", "GDCD", "Lịch sử và Địa lí", "KHTN", "Công nghệ", "Tin học",
    "GDTC", "Nghệ thuật", "NDGDĐP", "HĐTN-HN", "HĐTN", "Tiếng Việt", "Đạo đức", "Khoa học",
    "Tin học và Công nghệ",
]  # fmt: skip


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


@pytest.fixture
def workbook() -> Callable[..., bytes]:
    return make_workbook


@pytest.fixture
def subject_words() -> Names:
    return Names((word, (word,)) for word in WORDS)


@pytest.fixture
def reads(subject_words: Names) -> Callable[..., Reading]:
    """reads({"hoc-sinh.xlsx": {"Sheet": rows}}) → Reading."""

    def read(files: Mapping[str, Sheets | bytes], **options: Any) -> Reading:
        uploads = [
            Upload(name, held if isinstance(held, bytes) else make_workbook(held, **options))
            for name, held in files.items()
        ]
        return read_files(uploads, subject_words)

    return read


@pytest.fixture
def pupil_rows() -> list[list[Any]]:
    """A pupils' list as the sector database exports it, header in row 5."""
    return [
        ["TRƯỜNG MẪU"],
        ["Năm học 2025-2026"],
        [],
        ["DANH SÁCH HỌC SINH"],
        [
            "Mã lớp", "Họ tên", "Ngày sinh", "Giới tính", "Dân tộc", "Quốc tịch", "Số CCCD",
            "Mã định danh Bộ GD&ĐT", "Trạng thái HS", "Nơi sinh",
        ],
        [
            "6A", "Vũ Thị Yến", datetime(2014, 6, 12), "Nữ", "Mường", "Việt Nam", "099314475223",
            "9917075325", "Đang học", "xã An Thịnh",
        ],
        [
            "6A", "Đặng Gia Việt", datetime(2014, 2, 13), "Nam", "Kinh", "Việt Nam", "099214475224",
            "9903559100", "Chuyển đi", "xã An Thịnh",
        ],
    ]  # fmt: skip


@pytest.fixture(scope="session")
def demo_school() -> list[Upload]:
    """The spreadsheets that the demo ships with."""
    folder = resources.files("hocba_gateway.demo").joinpath("schools", "thcs-mau")
    files = sorted(folder.iterdir(), key=lambda entry: entry.name)
    return [Upload(f.name, f.read_bytes()) for f in files if f.name.endswith(".xlsx")]


@pytest.fixture
def school_profile() -> SchoolProfile:
    return SCHOOL_PROFILE


@pytest.fixture
async def school(store: Store, school_profile: SchoolProfile) -> Scope:
    """One school in the store, its profile complete, without anything imported."""
    at = str(uuid4())
    row = {"id": at, "department_id": "so", "code": school_profile.code, "name": school_profile.name}
    row |= {"profile": school_profile.model_dump(mode="json"), "created_at": 0}
    async with store.across_schools(write=True) as connection:
        await connection.execute(insert(schema.schools), [row])
    return store.scoped(at)


@pytest.fixture
async def imported(school: Scope, demo_school: list[Upload]) -> Scope:
    """The demo's school, imported."""
    async with school.write() as tx:
        plan = await import_files(tx, read(demo_school), None, "qtv")
    assert not plan.is_refused
    return school


@pytest.fixture
def make_live() -> Callable[..., Any]:
    """make_live(scope, pupil row): gives the pupil a live transcript."""

    async def make(scope: Scope, pupil: Any) -> None:
        row = {
            "id": str(uuid4()), "year": pupil.year, "class_id": pupil.class_id, "pupil_id": pupil.id,
            "profile": "thcs_tt22_1", "version": 1, "skeleton": "0" * 64, "life": "live", "delivery": "none",
            "created_by": "qtv", "created_at": 0,
        }  # fmt: skip
        async with scope.write() as tx:
            await tx.insert(schema.transcripts, [row])

    return make


@pytest.fixture
def class_named() -> Callable[..., Any]:
    """class_named(scope, "6A") → class id."""

    async def find(scope: Scope, name: str) -> str:
        async with scope.read() as tx:
            query = select(schema.classes.c.id).where(tx.of(schema.classes), schema.classes.c.name == name)
            row = await tx.row(query)
        assert row is not None
        return str(row.id)

    return find


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


@pytest.fixture(scope="session")
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
    duties = [YEAR_LINE, ["Họ và tên", "Phân công chuyên môn", "Chủ nhiệm lớp"],
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


@pytest.fixture(scope="session")
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
    duties = [YEAR_LINE, ["Họ và tên", "Phân công chuyên môn", "Chủ nhiệm lớp"]] + [
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


async def import_all(scope: Scope, uploads: list[Upload]) -> None:
    async with scope.write() as tx:
        plan = await import_files(tx, read(uploads), None, "qtv")
    assert [problem.text for problem in plan.problems] == []


@pytest.fixture
def make_ready(class_named: Callable[..., Any]) -> Callable[..., Any]:
    """make_ready(scope, uploads, "6A") → class id: imported, print settings given, the year confirmed."""

    async def ready(scope: Scope, uploads: list[Upload], name: str) -> str:
        await import_all(scope, uploads)
        room = str(await class_named(scope, name))
        async with scope.write() as tx:
            leader = next(one["id"] for one in await leaders(tx) if one["position"] == "Hiệu trưởng")
            await put(tx, [room], PrintSettings(leader, "Nam Sơn", "2026-05-29"), "qtv")
            await lock(tx, room, "CN", "qtv")
        return room

    return ready
