"""Spreadsheets made on the spot, with every habit that schools' files have."""

# ruff: noqa: DTZ001  (spreadsheets know no time zones)

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from hocba_gateway.testing import sample_workbooks
from hocba_gateway.testing.sample_school import SCHOOL_PROFILE
from hocba_gateway.testing.sample_workbooks import Sheets, make_workbook
from sqlalchemy import insert, select

WORDS = [
    "Ngữ văn", "Toán", "Ngoại ngữ 1", "GDCD", "Lịch sử và Địa lí", "KHTN", "Công nghệ", "Tin học",
    "GDTC", "Nghệ thuật", "NDGDĐP", "HĐTN-HN", "HĐTN", "Tiếng Việt", "Đạo đức", "Khoa học",
    "Tin học và Công nghệ",
]  # fmt: skip


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


@pytest.fixture(scope="session")
def primary_school() -> list[Upload]:
    return sample_workbooks.primary_school()


@pytest.fixture(scope="session")
def upper_school() -> list[Upload]:
    return sample_workbooks.upper_school()


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
