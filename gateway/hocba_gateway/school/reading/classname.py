"""Class names: the grade and level that they tell, one spelling to compare, a slug for folders."""

from __future__ import annotations

import re
from typing import Final, Literal

from hocba_gateway.school.reading.words import clean, spaced

Level = Literal["TH", "THCS", "THPT"]
LEVELS: Final[dict[str, range]] = {"TH": range(1, 6), "THCS": range(6, 10), "THPT": range(10, 13)}

_PREFIX = re.compile(r"^(lớp|lop)\s*[:.]?\s*", re.IGNORECASE)


def tidy(name: str) -> str:
    """As it is written in a record: "Lớp 6a" → "6A", "63.0" → "63"."""
    bare = _PREFIX.sub("", clean(name))
    bare = re.sub(r"^(\d+)\.0$", r"\1", bare)
    if re.match(r"^\d", bare):
        bare = bare.replace(" ", "").upper()
    return bare


def same(name: str) -> str:
    """Equal for two spellings of one class: "6/3", "6.3", "63"; "6a", "6A"."""
    return re.sub(r"[^0-9a-z]", "", spaced(tidy(name)).replace(" ", ""))


def slug(name: str) -> str:
    """For folder names: "6A" → "6a", "6/3" → "6-3", "Hoa Mai" → "hoa-mai"."""
    return spaced(tidy(name)).replace(" ", "-")[:30] or "lop"


def grade(name: str) -> int | None:
    """The grade that a class's name starts with, or None.

    "10A1", "12" + letter or sign are grades 10–12; "11" and "12" alone are 1/1 and 1/2 (as in
    primary schools that number their classes), "63" is 6/3.
    """
    match = re.match(r"^0?(\d{1,3})(.*)$", tidy(name))
    if not match:
        return None
    number, rest = match.groups()
    if len(number) == 3:
        return int(number[:2]) if 10 <= int(number[:2]) <= 12 else int(number[0])
    if len(number) == 2 and rest:
        return int(number) if 10 <= int(number) <= 12 else int(number[0])
    if number == "10":
        return 10
    first = int(number[0])
    return first or None


def level_of(grade_number: int) -> Level:
    """Raises ValueError outside 1–12."""
    if 1 <= grade_number <= 5:
        return "TH"
    if 6 <= grade_number <= 9:
        return "THCS"
    if 10 <= grade_number <= 12:
        return "THPT"
    raise ValueError(grade_number)
