"""What is wrong in a school's files or data, in words that say where and what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the files; an empty part means the whole of what is before it."""

    file: str
    sheet: str = ""
    row: int = 0
    """As the spreadsheet program shows it, from 1; 0 is the whole sheet."""
    column: str = ""
    """Letters, "" is the whole row."""
    label: str = ""
    """The column's header as it stands in the file."""

    def __str__(self) -> str:
        parts = [f"tệp {self.file}"]
        if self.sheet:
            parts.append(f"trang “{self.sheet}”")
        if self.row:
            parts.append(f"dòng {self.row}")
        if self.column:
            parts.append(f"cột {self.column}" + (f" ({self.label})" if self.label else ""))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """Errors stop the whole import, warnings do not."""

    severity: Severity
    place: Place
    what: str
    expected: str = ""

    def to_dict(self) -> dict[str, object]:
        return {
            "severity": self.severity,
            "file": self.place.file,
            "sheet": self.place.sheet,
            "row": self.place.row,
            "column": self.place.column,
            "label": self.place.label,
            "what": self.what,
            "expected": self.expected,
            "text": self.text,
        }

    @property
    def text(self) -> str:
        place = str(self.place)
        tail = f" Cần: {self.expected}." if self.expected else ""
        return f"{place[:1].upper()}{place[1:]}: {self.what}.{tail}"


class Notes:
    """Collects problems while something is read."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self.problems: list[Problem] = list(problems)

    def error(self, place: Place, what: str, expected: str = "") -> None:
        self.problems.append(Problem("error", place, what, expected))

    def warning(self, place: Place, what: str, expected: str = "") -> None:
        self.problems.append(Problem("warning", place, what, expected))

    @property
    def has_errors(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)
