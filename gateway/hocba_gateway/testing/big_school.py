"""A school of 1,500 pupils as the spreadsheets that it would send, made from the little one that ships.

Every class of the sample becomes several (6A, 6B, …) of 45 pupils with teachers of their own; all people are invented
anew, numbers start with 099 and 99, which nobody has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from openpyxl import load_workbook

from hocba_gateway.testing.sample_workbooks import make_workbook

FAMILY: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Lý")
MIDDLE: Final = ("Văn", "Thị", "Minh", "Ngọc", "Thanh", "Gia Bảo", "Khánh", "Quốc", "Hải", "Thùy", "Phương", "Xuân")
GIVEN: Final = (
    "An", "Bình", "Chi", "Cường", "Dung", "Đạt", "Giang", "Hà", "Hằng", "Hiếu", "Hoa", "Hùng", "Hương", "Khoa", "Lan",
    "Linh", "Long", "Mai", "Nam", "Nga", "Nhung", "Oanh", "Phúc", "Quân", "Sơn", "Tâm", "Thảo", "Trang", "Uyên", "Yến",
)  # fmt: skip
LETTERS: Final = "ABCDEFGHI"
SIZE: Final = 45
_LEADERS: Final = 3
"""Rows of the staff list whom every class shares: two leaders and the office."""


def big_school(sample: Path, pupils: int = 1500) -> dict[str, bytes]:
    """File name → workbook. `sample`: folder of demo/schools/thcs-mau."""
    made = _School(sample, pupils)
    return {
        "can-bo.xlsx": made.staff(),
        "hoc-sinh.xlsx": made.pupils(),
        "phan-cong.xlsx": made.duties(),
        **made.marks(),
    }


class _School:
    def __init__(self, sample: Path, pupils: int) -> None:
        self._sample = sample
        self._random = Random(6088)
        grades = ("6", "7", "8", "9")
        self._rooms = [f"{grade}{letter}" for letter in LETTERS for grade in grades][: -(-pupils // SIZE)]
        self._letters = sorted({room[1] for room in self._rooms})
        self._wanted = pupils
        self._serial = 0
        self._staff = self._rows("can-bo")
        self._codes: dict[tuple[str, str], tuple[str, str]] = {}
        """(Code in the sample, letter) → code and name of who does that work for classes of that letter."""

    def _rows(self, name: str, sheet: int = 0) -> list[list[Any]]:
        found = load_workbook(self._sample / f"{name}.xlsx").worksheets[sheet]
        return [list(row) for row in found.iter_rows(values_only=True)]

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _name(self) -> str:
        pick = self._random.choice
        return f"{pick(FAMILY)} {pick(MIDDLE)} {pick(GIVEN)}"

    def staff(self) -> bytes:
        head, people = self._staff[:4], self._staff[4:]
        rows = [*head, *people[:_LEADERS]]
        for letter in self._letters:
            for person in people[_LEADERS:]:
                number = self._next()
                code, name = (person[5], person[0]) if letter == "A" else (f"9970{number:06d}", self._name())
                self._codes[str(person[5]), letter] = code, name
                own = [name, *person[1:4], person[4] if letter == "A" else f"09917{number:07d}", code, *person[6:]]
                rows.append(own)
        return make_workbook({"Danh sách cán bộ": rows})

    def duties(self) -> bytes:
        found = self._rows("phan-cong")
        rows = found[:3]
        for letter in self._letters:
            for _, _, code, subjects, room in found[3:]:
                own, name = self._codes[str(code), letter]
                mine = {f"{grade}A": f"{grade}{letter}" for grade in "6789"}
                for old, new in mine.items():
                    subjects = str(subjects).replace(old, new if new in self._rooms else "")
                held = mine.get(room or "", "")
                rows.append([len(rows) - 2, name, own, _tidy(subjects), held if held in self._rooms else None])
        return make_workbook({"PCGD": rows})

    def pupils(self) -> bytes:
        found = self._rows("hoc-sinh")
        head, sample = found[:5], found[5:]
        self._of_room: dict[str, list[tuple[str, str]]] = {}
        rows = list(head)
        for room, size in self._sizes():
            like = [row for row in sample if str(row[0])[0] == room[0] and row[8] == "Đang học" and all(row[:9])]
            for at in range(size):
                number = self._next()
                code, name = f"9980{number:06d}", self._name()
                self._of_room.setdefault(room, []).append((code, name))
                own = list(like[at % len(like)])
                own[0], own[1], own[6], own[7] = room, name, f"09931{number:07d}", code
                rows.append(own)
        return make_workbook({"Danh sách học sinh": rows})

    def _sizes(self) -> Iterator[tuple[str, int]]:
        left = self._wanted
        for room in self._rooms:
            yield room, min(SIZE, left)
            left -= SIZE

    def marks(self) -> Mapping[str, bytes]:
        made = {}
        sheets = {grade: self._sheets(grade) for grade in "6789"}
        for room, people in self._of_room.items():
            own: dict[str, Sequence[Sequence[Any]]] = {}
            for title, (head, like) in sheets[room[0]].items():
                rows = [[at + 1, code, name, *like[at % len(like)][3:]] for at, (code, name) in enumerate(people)]
                own[title] = [*head, *rows]
            made[f"ket-qua-{room}.xlsx"] = make_workbook(own)
        return made

    def _sheets(self, grade: str) -> dict[str, tuple[list[list[Any]], list[list[Any]]]]:
        book = load_workbook(self._sample / f"ket-qua-{grade}A.xlsx")
        found = {}
        for sheet in book.worksheets:
            rows = [list(row) for row in sheet.iter_rows(values_only=True)]
            whole = [row for row in rows[4:] if all(cell not in (None, "") for cell in row[:16])]
            found[sheet.title] = (rows[:4], whole)
        least = min(len(like) for _, like in found.values())
        return {title: (head, like[:least]) for title, (head, like) in found.items()}


def _tidy(subjects: str) -> str:
    """Without the classes that there are none of."""
    parts = []
    for part in subjects.split(";"):
        subject, _, rooms = part.partition(" - ")
        named = [room.strip() for room in rooms.split(",") if room.strip()]
        if named:
            parts.append(f"{subject.strip()} - {', '.join(named)}")
    return "; ".join(parts)
