"""[Tải thông tin thiếu]: what is missing, as a spreadsheet that a school can pass round."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from hocba_gateway.school.item import Item
from hocba_gateway.school.missing import ClassReport

HEADER: Final = (
    "STT", "Lớp", "Mã học sinh", "Họ và tên", "Mức độ", "Thông tin cần bổ sung", "Nhập tại",
)  # fmt: skip
_WIDTHS: Final = (6, 10, 16, 28, 12, 48, 40)
_SEVERITY: Final = {"error": "Bắt buộc", "warning": "Nên có"}


def missing_sheet(reports: Iterable[ClassReport], school_name: str, year: str) -> bytes:
    """One row per class or pupil and missing item. Holds names and codes: for the school only."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Thông tin thiếu"
    for column, width in zip("ABCDEFG", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([school_name])
    sheet.append([f"Thông tin cần bổ sung trước khi tạo học bạ số, năm học {year}"])
    sheet.append([])
    sheet.append(list(HEADER))
    for row in (1, 2, 4):
        for cell in sheet[row]:
            cell.font = Font(bold=True)
    for number, line in enumerate(_lines(reports), 1):
        sheet.append([number, *line])
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a name that starts with "=" is no formula
    sheet.freeze_panes = "A5"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lines(reports: Iterable[ClassReport]) -> Iterator[tuple[str, ...]]:
    for report in reports:
        for item in report.shared:
            yield (report.class_name, "", "(cả lớp)", *_words(item))
        for pupil in report.pupils:
            for item in pupil.items:
                yield (report.class_name, pupil.code, pupil.name, *_words(item))


def _words(item: Item) -> tuple[str, str, str]:
    return (_SEVERITY[item.severity], item.text, item.where)
