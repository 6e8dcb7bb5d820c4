"""Spreadsheets made on the spot, with every habit that schools' files have."""

# ruff: noqa: DTZ001  (spreadsheets know no time zones)

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Any

import pytest
from hocba_gateway.school.reading.tables import Reading, Upload, read_files
from hocba_gateway.school.reading.words import Names
from openpyxl import Workbook

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
