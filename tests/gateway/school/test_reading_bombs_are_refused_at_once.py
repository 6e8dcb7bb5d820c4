"""S1: small files that would keep a gateway busy for ever are refused before a spreadsheet library opens them."""

from __future__ import annotations

import io
import zipfile

import pytest
from hocba_gateway.school.importing.apply import read
from hocba_gateway.school.reading.tables import Upload
from openpyxl import Workbook

pytestmark = pytest.mark.feature("S1")

CELL = b'<row r="1"><c r="A1"><v>1</v></c></row>'


def workbook(rows: bytes = CELL, merged: bytes = b"") -> bytes:
    packed, made = io.BytesIO(), io.BytesIO()
    Workbook().save(packed)
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = b"<worksheet %s><sheetData>%s</sheetData>%s</worksheet>" % (space, rows, merged)
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return made.getvalue()


def merging(*areas: bytes) -> bytes:
    return b"<mergeCells>%s</mergeCells>" % b"".join(b'<mergeCell ref="%s"/>' % area for area in areas)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (workbook(merged=merging(b"A1:XFD1048576")), "gộp quá nhiều ô"),
        (workbook(merged=merging(*[b"A1:Z20000"] * 3)), "gộp quá nhiều ô"),
        (workbook(merged=merging(b"A1:&#88;FD1048576")), "bị hỏng"),
        (workbook(merged=b"<mergeCells><mergeCell\n ref = 'A1:XFD9999'/></mergeCells>"), "gộp quá nhiều ô"),
        (workbook(CELL * 500_000), "quá lớn khi giải nén"),
        (workbook(b'<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row>' % bytes(9_000_000)), "quá lớn"),
    ],
    ids=["a whole sheet", "three large areas", "hidden by a reference", "other quotes", "a cell often", "a huge cell"],
)
def test_bombs_are_refused_with_what_to_do(content, said):
    problems = read([Upload("a.xlsx", content)]).notes.problems
    assert said in problems[0].what


def test_headers_over_several_columns_are_no_bomb():
    problems = read([Upload("a.xlsx", workbook(merged=merging(b"A1:F1", b"$A$2:$C$3", b"B5")))]).notes.problems
    assert not any("gộp" in problem.what or "hỏng" in problem.what for problem in problems)
