"""A spreadsheet file's bytes → grids of cells. Nothing is believed: size, packing, links, entities.

Only .xlsx and .xlsm are read; other things a school may send are refused with what to do.
Formulas give the value that the spreadsheet program stored; one without a stored value is a fault
of its cell, because reading it as empty would lose a mark silently.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hocba_core.errors import BadInput
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook

MAX_BYTES: Final = 20 * 2**20
MAX_UNPACKED: Final = 120 * 2**20
MAX_RATIO: Final = 100
"""Unpacked to packed, of what is more than MAX_DENSE unpacked: real sheets pack five to thirty times."""
MAX_DENSE: Final = 8 * 2**20
MAX_MERGED: Final = 400_000
"""Cells under merged areas: openpyxl makes an object for each, so one area over a whole sheet never ends."""
MAX_PARTS: Final = 2000
MAX_SHEETS: Final = 200
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 400

_MERGED: Final = re.compile(rb"mergeCell\b[^>]*?\bref\s*=\s*[\"']([^\"']*)[\"']")
_AREA: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_XLSX = "tệp Excel .xlsx, tối đa 20 MB"
_SAVE_AS = "mở tệp bằng Excel rồi Lưu thành (Save As) dạng “Excel Workbook (.xlsx)”"


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell whose value cannot be used: an Excel error, or a formula that was never computed."""

    what: str


Value = Any
"""str, int, float, bool, datetime, date, time, Fault or None, as openpyxl gives it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. Cell (row, column) from 1, as the spreadsheet program counts."""

    title: str
    cells: Mapping[tuple[int, int], Value]
    rows: int
    columns: int
    hidden: bool = False

    def at(self, row: int, column: int) -> Value:
        return self.cells.get((row, column))

    @property
    def is_empty(self) -> bool:
        return not self.cells


def letter(column: int) -> str:
    return get_column_letter(column)


def open_workbook(name: str, content: bytes) -> tuple[Grid, ...]:
    """The file's sheets. Raises BadInput(file, expected, reason) when it cannot be read at all."""
    _judge_outside(name, content)
    try:
        book = load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
        formulas = _formulas(content)
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        OSError,
    ) as e:
        raise _refused(name, "tệp bị hỏng, không mở được", _XLSX) from e
    except Exception as e:  # openpyxl lets its parsers' own errors through (lxml, expat, descriptors)
        raise _refused(name, "tệp bị hỏng, không mở được", _XLSX) from e
    if len(book.worksheets) > MAX_SHEETS:
        raise _refused(name, f"tệp có hơn {MAX_SHEETS} trang tính", f"tối đa {MAX_SHEETS} trang")
    return tuple(_grid(name, sheet, formulas) for sheet in book.worksheets)


def _refused(name: str, reason: str, expected: str) -> BadInput:
    return BadInput(field="file", file=name, reason=reason, expected=expected)


def _judge_outside(name: str, content: bytes) -> None:
    if not content:
        raise _refused(name, "tệp rỗng", _XLSX)
    if len(content) > MAX_BYTES:
        raise _refused(name, "tệp lớn hơn 20 MB", _XLSX)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):  # OLE: old .xls, or encrypted .xlsx
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _refused(name, "tệp có mật khẩu bảo vệ", "gỡ mật khẩu mở tệp rồi tải lại")
        raise _refused(name, "tệp Excel đời cũ (.xls)", _SAVE_AS)
    if not content.startswith(b"PK"):
        kind = "tệp CSV hoặc văn bản" if _is_text(content) else "tệp không phải bảng tính Excel"
        raise _refused(name, kind, _SAVE_AS)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _judge_parts(name, packed)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as e:
        raise _refused(name, "tệp bị hỏng, không mở được", _XLSX) from e


def _judge_parts(name: str, packed: zipfile.ZipFile) -> None:
    parts = packed.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.bin" in names:
        raise _refused(name, "tệp Excel nhị phân (.xlsb)", _SAVE_AS)
    if "xl/workbook.xml" not in names:
        kind = "tệp OpenDocument (.ods)" if "content.xml" in names else "không phải tệp Excel"
        raise _refused(name, kind, _SAVE_AS)
    declared = sum(part.file_size for part in parts)
    dense = declared > MAX_DENSE and declared > MAX_RATIO * sum(part.compress_size for part in parts)
    if len(parts) > MAX_PARTS or declared > MAX_UNPACKED or dense:
        raise _refused(name, "tệp quá lớn khi giải nén", _XLSX)
    for part in parts:
        if part.filename.endswith((".xml", ".rels", ".vml")):
            with packed.open(part) as stream:  # read() never gives more than the declared size
                _judge_xml(name, stream.read())


def _judge_xml(name: str, xml: bytes) -> None:
    """A document type could name entities and files; no spreadsheet program writes one."""
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        xml = xml.decode("utf-16", "replace").encode()
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise _refused(name, "tệp chứa khai báo DTD, không phải tệp do Excel tạo", _XLSX)
    if sum(_cells_of(name, found.decode("latin-1")) for found in _MERGED.findall(xml)) > MAX_MERGED:
        raise _refused(name, "tệp gộp quá nhiều ô", "bỏ gộp ô (Unmerge Cells) ở các cột và dòng trống")


def _cells_of(name: str, area: str) -> int:
    match = _AREA.fullmatch(area)
    if match is None:
        raise _refused(name, "tệp bị hỏng, không mở được", _XLSX)
    first, top, last, bottom = match.groups()
    if last is None:
        return 1
    columns = column_index_from_string(last) - column_index_from_string(first) + 1
    return max(columns, 0) * max(int(bottom) - int(top) + 1, 0)


def _is_text(content: bytes) -> bool:
    return b"\x00" not in content[:4096] or content[:2] in (b"\xff\xfe", b"\xfe\xff")


def _formulas(content: bytes) -> Workbook | None:
    """The book again with formulas instead of values, only when there are any."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheets = [n for n in packed.namelist() if n.startswith("xl/worksheets/sheet")]
        if not any(b"<f" in packed.read(n) for n in sheets):
            return None
    return load_workbook(io.BytesIO(content), keep_links=False)


def _grid(name: str, sheet: Any, formulas: Workbook | None) -> Grid:
    if sheet.max_row > 1_000_000 or len(sheet._cells) > MAX_ROWS * MAX_COLUMNS:
        raise _refused(name, f"trang “{sheet.title}” quá lớn", f"tối đa {MAX_ROWS} dòng")
    cells: dict[tuple[int, int], Value] = {}
    for (row, column), cell in sheet._cells.items():
        value = cell.value
        if cell.data_type == "e":
            value = Fault(f"lỗi Excel {value}")
        elif isinstance(value, str) and not value.strip():
            continue
        if value is not None:
            cells[row, column] = value
    if formulas is not None and sheet.title in formulas.sheetnames:
        for place, cell in formulas[sheet.title]._cells.items():
            if cell.data_type == "f" and place not in cells:
                cells[place] = Fault("công thức chưa được tính; mở tệp bằng Excel rồi lưu lại")
    rows = max((row for row, _ in cells), default=0)
    columns = max((column for _, column in cells), default=0)
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        limit = f"tối đa {MAX_ROWS} dòng và {MAX_COLUMNS} cột"
        raise _refused(name, f"trang “{sheet.title}” quá lớn", limit)
    _spread_merges(sheet, cells)
    return Grid(sheet.title, cells, rows, columns, sheet.sheet_state != "visible")


def _spread_merges(sheet: Any, cells: dict[tuple[int, int], Value]) -> None:
    """A merged area's value stands in each of its cells: headers over several columns, and a
    class written once beside its pupils. Areas end where the used part of the sheet ends."""
    rows = max((row for row, _ in cells), default=0)
    columns = max((column for _, column in cells), default=0)
    left = MAX_ROWS * 10
    for area in sheet.merged_cells.ranges:
        value = cells.get((area.min_row, area.min_col))
        if value is None or area.min_row > rows:
            continue
        for row in range(area.min_row, min(area.max_row, rows) + 1):
            for column in range(area.min_col, min(area.max_col, columns) + 1):
                cells.setdefault((row, column), value)
                left -= 1
                if left < 0:
                    return
