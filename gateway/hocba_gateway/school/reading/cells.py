"""One cell → one value. Each reader takes the cell as openpyxl gives it (never None or empty) and
answers `Read(value, warning)`, or raises `Unreadable(what, expected)`; places are the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from hocba_gateway.school.reading.words import clean, key, spellings, values
from hocba_gateway.school.reading.workbook import Fault, Value


class Unreadable(Exception):
    """The cell is not what its column needs. Texts are Vietnamese and hold no personal number."""

    def __init__(self, what: str, expected: str) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Read:
    value: str
    warning: str = ""


Reader = Callable[[Value], Read]

_EXCEL_DAY_ZERO: Final = date(1899, 12, 30)
_SCIENTIFIC = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")


def refuse_fault(value: Value, expected: str) -> None:
    if isinstance(value, Fault):
        raise Unreadable(f"ô có {value.what}", expected)


def text(limit: int) -> Reader:
    """Words on one line, at most `limit` characters."""

    def read(value: Value) -> Read:
        refuse_fault(value, "chữ")
        if isinstance(value, (datetime, date, time)):
            raise Unreadable("ô chứa ngày giờ thay cho chữ", "chữ")
        words = clean(_plain(value))
        if any(ord(letter) < 32 for letter in words):
            raise Unreadable("ô chứa ký tự điều khiển", "chữ")
        if len(words) > limit:
            raise Unreadable(f"nội dung dài {len(words)} ký tự", f"tối đa {limit} ký tự")
        return Read(words)

    return read


def _plain(value: Value) -> str:
    """A number as a person would write it: 63, not 63.0."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def digits_of(value: Value, expected: str) -> tuple[str, bool]:
    """A number that is a name (code, card, phone) as digits, and whether the cell was a number.

    123.0, "123.0", "1.23E2" are 123; a scientific form that has lost digits is refused, since
    nobody can tell what they were.
    """
    refuse_fault(value, expected)
    if isinstance(value, (bool, datetime, date, time)):
        raise Unreadable("ô không phải là số", expected)
    if isinstance(value, (int, float)):
        if value != int(value) or value < 0:
            raise Unreadable("ô không phải là số nguyên", expected)
        return str(int(value)), True
    words = clean(str(value)).strip("'`’ ")
    if _SCIENTIFIC.fullmatch(words):
        number = Decimal(words.replace(",", "."))
        if number != number.to_integral_value():
            raise Unreadable("ô không phải là số nguyên", expected)
        kept = len(number.as_tuple().digits)
        if kept < len(str(int(number))):
            raise Unreadable("Excel đã làm tròn số này (dạng 1,23E+11)", f"{expected}, cột dạng Văn bản")
        return str(int(number)), True
    return re.sub(r"^(\d+)[.,]0+$", r"\1", words), False


def code(value: Value) -> Read:
    """A code of the sector database: letters and digits, up to 20."""
    expected = "mã định danh, tối đa 20 chữ số hoặc chữ cái"
    found, _ = digits_of(value, expected)
    found = re.sub(r"\s", "", found)
    if not re.fullmatch(r"[0-9A-Za-z._-]{1,20}", found):
        raise Unreadable("mã không hợp lệ", expected)
    return Read(found.upper())


def personal_number(value: Value) -> Read:
    """12 digits; zeros that a number cell lost in front are put back (codes start 001–096)."""
    expected = "số định danh cá nhân gồm đúng 12 chữ số"
    found, was_number = digits_of(value, expected)
    found = re.sub(r"[\s.\-]", "", found)
    if not re.fullmatch(r"[0-9]+", found):
        raise Unreadable("số định danh có ký tự không phải chữ số", expected)
    if len(found) == 12:
        return Read(found)
    if len(found) in (10, 11):
        warning = "" if was_number else "đã thêm số 0 bị mất ở đầu số định danh"
        return Read(found.zfill(12), warning)
    raise Unreadable(f"số định danh có {len(found)} chữ số", expected)


def phone(value: Value) -> Read:
    """Ten digits with the first 0; what is not a Vietnamese number is kept with a warning."""
    found, _ = digits_of(value, "số điện thoại")
    bare = re.sub(r"[\s.\-()]", "", found)
    bare = re.sub(r"^\+?84(?=\d{9}$)", "0", bare)
    if re.fullmatch(r"[1-9]\d{8}", bare):
        bare = f"0{bare}"
    if re.fullmatch(r"0\d{9,10}", bare):
        return Read(bare)
    return Read(clean(found)[:40], "số điện thoại không đúng dạng, vẫn giữ nguyên")


def birth(value: Value) -> Read:
    """ISO: "2014-06-12", or "2014-06", or "2014" where only that much is known."""
    expected = "ngày dạng 25/12/2014 (hoặc 12/2014, hoặc 2014)"
    refuse_fault(value, expected)
    warning = ""
    if isinstance(value, (bool, time)):
        raise Unreadable("ô không phải là ngày", expected)
    if isinstance(value, datetime):
        found = value.date().isoformat()
    elif isinstance(value, date):
        found = value.isoformat()
    elif isinstance(value, (int, float)):
        found, warning = _birth_from_number(value, expected)
    else:
        found = _birth_from_text(clean(str(value)), expected)
    if not 1900 <= int(found[:4]) <= 2100:
        raise Unreadable(f"năm {found[:4]} không hợp lý", expected)
    return Read(found, warning)


def _birth_from_number(value: int | float, expected: str) -> tuple[str, str]:
    if value == int(value) and 1900 <= value <= 2100:
        return str(int(value)), ""
    if 20_000 <= value <= 60_000:  # a date whose cell lost its format
        day = _EXCEL_DAY_ZERO + timedelta(days=int(value))
        return day.isoformat(), f"ô là số, hiểu là ngày {day:%d/%m/%Y}"
    raise Unreadable("ô là số, không phải ngày", expected)


def _birth_from_text(words: str, expected: str) -> str:
    words = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", "", words).strip("'")
    if re.fullmatch(r"\d{4}(\.0)?", words):
        return words[:4]
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        year, month, day = match.groups()
    elif match := re.fullmatch(r"(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4})", words):
        day, _, month, year = match.groups()
    elif match := re.fullmatch(r"(\d{1,2})[/.-](\d{4})", words):
        month, year = match.groups()
        if not 1 <= int(month) <= 12:
            raise Unreadable("tháng không có trong lịch", expected)
        return f"{year}-{int(month):02d}"
    elif match := re.fullmatch(r"(\d{4})-(\d{1,2})", words):
        year, month = match.groups()
        if not 1 <= int(month) <= 12:
            raise Unreadable("tháng không có trong lịch", expected)
        return f"{year}-{int(month):02d}"
    elif re.fullmatch(r"\d{5}", words):
        return _birth_from_number(int(words), expected)[0]
    else:
        raise Unreadable("không đọc được ngày", expected)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError as e:
        raise Unreadable("ngày không có trong lịch", expected) from e


def mark(value: Value) -> Read:
    """A secondary subject: "0.0"–"10.0" with one decimal, or Đ, CĐ, M."""
    expected = "điểm từ 0 đến 10, hoặc Đ, CĐ, M"
    if isinstance(value, str) and (word := values("mark").get(key(value))):
        return Read(word)
    return _score(value, expected, Decimal("0.1"))


def periodic(value: Value) -> Read:
    """A primary periodic test: "0"–"10", whole, or M."""
    expected = "điểm kiểm tra định kỳ là số nguyên từ 0 đến 10, hoặc M"
    if isinstance(value, str) and values("mark").get(key(value)) == "M":
        return Read("M")
    read = _score(value, expected, Decimal("0.1"))
    if not read.value.endswith((".0", "10")):
        raise Unreadable("điểm có phần lẻ", expected)
    return Read(read.value.removesuffix(".0"), read.warning)


def _score(value: Value, expected: str, step: Decimal) -> Read:
    number = _number(value, expected)
    if not 0 <= number <= 10:
        raise Unreadable("điểm ngoài khoảng 0–10", expected)
    rounded = number.quantize(step, ROUND_HALF_UP)
    far = abs(number - rounded) > Decimal("0.000001")  # more than a float's noise, 8.100000000000001
    return Read(str(rounded), f"điểm có hơn một chữ số thập phân, làm tròn {rounded}" if far else "")


def _number(value: Value, expected: str) -> Decimal:
    refuse_fault(value, expected)
    if isinstance(value, (datetime, date, time)):
        raise Unreadable("Excel đã đổi số thành ngày (như 8.5 thành 08/05)", expected)
    if isinstance(value, bool):
        raise Unreadable("ô không phải là số", expected)
    if isinstance(value, (int, float)):
        return Decimal(repr(value))
    words = clean(str(value)).replace(",", ".").strip("' ")
    if not re.fullmatch(r"-?\d{1,6}(\.\d{1,15})?", words):
        raise Unreadable("ô không phải là số", expected)
    try:
        return Decimal(words)
    except InvalidOperation as e:  # digits that are not 0–9
        raise Unreadable("ô không phải là số", expected) from e


def count(low: int, high: int, unit: str, places: int = 0) -> Reader:
    """A number in a range; `places` decimals are kept, e.g. a weight of 33.5 kg."""
    expected = f"số từ {low} đến {high} {unit}"

    def read(value: Value) -> Read:
        number = _number(value, expected)
        if not low <= number <= high:
            raise Unreadable("số ngoài khoảng cho phép", expected)
        kept = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if kept != number and abs(kept - number) > Decimal("0.000001"):
            raise Unreadable("số có phần lẻ", expected)
        whole = kept == kept.to_integral_value()
        return Read(str(int(kept)) if whole else str(kept.normalize()))

    return read


def word(name: str) -> Reader:
    """One of the values of a list in words.toml."""
    table: Mapping[str, str] = values(name)

    def read(value: Value) -> Read:
        expected = f"một trong: {spellings(name)}"
        refuse_fault(value, expected)
        found = table.get(key(_plain(value)))
        if found is None:
            raise Unreadable(f"không hiểu “{clean(_plain(value))[:60]}”", expected)
        return Read(found)

    return read


def promotion(value: Value) -> Read:
    """Whether the pupil moves up: "1" or "0", and words that are neither are kept as they are."""
    refuse_fault(value, "Có hoặc Không")
    found = values("yes").get(key(_plain(value)))
    if found is not None:
        return Read(found)
    words = clean(_plain(value))[:150]
    if key(words).startswith(("khong", "chua", "olai", "luuban", "danhgialai", "kiemtralai", "renluyen")):
        return Read("0", f"hiểu “{words}” là chưa được lên lớp")
    raise Unreadable(f"không hiểu “{words[:60]}”", "Có hoặc Không")
