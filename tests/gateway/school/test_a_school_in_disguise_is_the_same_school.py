"""S1: whole schools in the forms that spreadsheets really have, read into the same rows."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from hocba_gateway.school.importing.apply import read
from hocba_gateway.school.importing.plan import Plan, make_plan, settle_year
from hocba_gateway.school.problems import Notes
from hocba_gateway.school.reading.tables import Upload
from hocba_gateway.school.world import World
from openpyxl import Workbook, load_workbook

pytestmark = pytest.mark.feature("S1")

DATES: tuple[Callable[[datetime], Any], ...] = (
    lambda day: day,
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day.day}-{day.month}-{day.year}",
    lambda day: f"{day:%d.%m.%Y}",
    lambda day: f"{day:%Y-%m-%d}",
)


def bare(text: str) -> str:
    """Without accents, as a typewriter has it."""
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return plain.replace("đ", "d").replace("Đ", "D")


def as_floats(value: Any, row: int) -> Any:
    """Codes and numbers as number cells: leading zeros lost, in a float or as its text."""
    if isinstance(value, str) and value.isdigit() and len(value) >= 9:
        return float(value) if row % 2 else f"{int(value)}.0"
    return value


def as_dates(value: Any, row: int) -> Any:
    return DATES[row % len(DATES)](value) if isinstance(value, datetime) else value


def decomposed(value: Any, row: int) -> Any:
    return unicodedata.normalize("NFD", f" {value}\u00a0") if isinstance(value, str) and row else value


DISGUISES = {
    "numbers as floats": as_floats,
    "five forms of dates": as_dates,
    "decomposed accents and spaces": decomposed,
}


def disguise(uploads: list[Upload], change: Callable[[Any, int], Any]) -> list[Upload]:
    """Each sheet's header pushed down to row 7 and written without accents, its cells changed."""
    made = []
    for upload in uploads:
        book = Workbook()
        book.remove(book.worksheets[0])
        for sheet in load_workbook(io.BytesIO(upload.content)).worksheets:
            copy = book.create_sheet(sheet.title)
            for row in _rows([list(cells) for cells in sheet.iter_rows(values_only=True)], change):
                copy.append(row)
        out = io.BytesIO()
        book.save(out)
        made.append(Upload(upload.name, out.getvalue()))
    return made


def _rows(rows: list[list[Any]], change: Callable[[Any, int], Any]) -> Iterator[list[Any]]:
    header = next(at for at, row in enumerate(rows) if sum(isinstance(cell, str) for cell in row) >= 3)
    above = [row for row in rows[:header] if any(row)]
    yield from [*above, *[[]] * (6 - len(above))]
    yield [bare(cell) if isinstance(cell, str) else cell for cell in rows[header]]
    for number, row in enumerate(rows[header + 1 :], 1):
        yield [change(cell, number) for cell in row]


def planned(uploads: list[Upload]) -> Plan:
    reading = read(uploads)
    notes = Notes(reading.notes.problems)
    return make_plan(reading, World(settle_year(reading, None, notes)), notes)


def contents(plan: Plan) -> dict[str, Any]:
    """Everything that would be stored, people and pupils by their codes instead of ids."""
    world = plan.world
    codes = {row["id"]: row["code"] for rows in (world.people, world.pupils) for row in rows.new}
    codes |= {row["id"]: row["name"] for row in world.classes.new}

    def told(row: dict[str, Any]) -> dict[str, Any]:
        return {name: codes.get(value, value) if isinstance(value, str) else value for name, value in row.items()}

    tables = ("people", "classes", "pupils", "assignments", "results")
    return {name: sorted((told(row) for row in getattr(world, name).new), key=str) for name in tables}


@pytest.mark.parametrize("form", DISGUISES)
@pytest.mark.parametrize("files", ["primary_school", "demo_school", "upper_school"])
def test_whatever_form_its_cells_have(request, files, form):
    uploads = request.getfixturevalue(files)
    plain, disguised = planned(uploads), planned(disguise(uploads, DISGUISES[form]))
    assert [problem.text for problem in disguised.problems if problem.severity == "error"] == []
    assert contents(disguised) == contents(plain)


def test_subjects_of_vnedu_and_a_normalised_assignment_fill_a_class(workbook, pupil_rows):
    """One sheet per subject and term, one row per lesson: no sheet has the whole class's marks."""
    scores = ["STT", "Mã học sinh", "Họ và tên", "Thường xuyên", "Giữa kỳ", "Cuối kỳ", "Điểm số", "Cả năm",
              "Nhận xét sự tiến bộ, ưu điểm nổi bật, hạn chế chủ yếu"]  # fmt: skip

    def sheet(subject: str, term: str, mark: float, year: float | None) -> list[list[Any]]:
        row = [1, 9917075325.0, "Vũ Thị Yến", 8, 8.5, 9, mark, year, "Tiến bộ."]
        return [[f"Bảng điểm môn: {subject} - Lớp 6A"], [f"{term}, năm học 2025-2026"], [], [], scores, row]

    books = {
        subject: {
            term: sheet(subject, term, mark, year) for term, mark, year in (("HK1", 8.1, None), ("HK2", 8.6, 8.4))
        }
        for subject in ("Toán", "Ngữ văn")
    }
    staff = [["Họ tên", "Mã định danh Bộ GD&ĐT", "Vị trí việc làm"], ["Cô Văn", "1", "Giáo viên"]]
    lessons = [["lop", "mon hoc", "hoc ky", "ma giao vien"], ["6A", "Toan", 1, 1.0], ["6A", "TOÁN", "HKII", "1"],
               ["6a", "Ngữ văn", None, 1]]  # fmt: skip
    files = {"hs": {"CSDL": pupil_rows}, "cb": {"CB": staff}, "pc": {"PC": lessons}} | books
    plan = planned([Upload(f"{name}.xlsx", workbook(sheets)) for name, sheets in files.items()])
    assert [problem.text for problem in plan.problems if problem.severity == "error"] == []
    told = contents(plan)
    marks = {"hk1": "8.1", "hk2": "8.6", "cn": "8.4", "comment": "Tiến bộ.", "comment_hk1": "Tiến bộ."}
    assert [(row["subject"], row["data"]) for row in told["results"]] == [("TOA", marks), ("VAN", marks)]
    assert {(row["subject"], row["term"], row["person_id"]) for row in told["assignments"]} == {
        (subject, term, "1") for subject in ("TOA", "VAN") for term in ("HK1", "HK2")
    }
