"""Result rows → results: one row per pupil and subject, and one ("") for the whole year.

`data` of a secondary subject: hk1, hk2, cn, retest, comment; of a primary one: level, periodic,
comment. The year's row holds our field names of words.toml [year] and [qualities]; those of a term
end in _hk1, _hk2, _cn.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from hocba_gateway.school.problems import Notes, Place
from hocba_gateway.school.reading.kinds import Kind, find_term
from hocba_gateway.school.reading.tables import Cell, Reading, Record
from hocba_gateway.school.reading.words import key
from hocba_gateway.school.subjects import subject as known_subject
from hocba_gateway.school.subjects import subjects_of
from hocba_gateway.school.world import Row, World, code_key, same_name

_KINDS: Final = (Kind.YEAR, Kind.SCORES, Kind.PRIMARY, Kind.QUALITIES)
_PRIMARY_KINDS: Final = (Kind.PRIMARY, Kind.QUALITIES)
_PER_TERM: Final = {"learning", "conduct"}
_MARKS: Final = {"Đ", "CĐ"}


def draft_results(reading: Reading, world: World, notes: Notes, kept: dict[str, Place]) -> None:
    """Adds to `kept` whose results were left alone because of a live transcript."""
    pupils = _Pupils(world)
    told: set[tuple[str, str, str]] = set()
    written: dict[tuple[str, str, str], tuple[str, Place]] = {}
    for record in reading.of(*_KINDS):
        pupil = pupils.find(record, notes)
        if pupil is None:
            continue
        if pupil["id"] in world.live:
            kept.setdefault(pupil["id"], record.place)
            continue
        held = world.classes.get(pupil["class_id"])
        assert held is not None
        if not _right_level(record, held, told, notes) or _is_earlier(record):
            continue
        for cell in record.cells:
            _store(cell, record, pupil, held, world, written, notes)


class _Pupils:
    """Finds the pupil of a row: by code, else by name with birth or class."""

    def __init__(self, world: World) -> None:
        self.by_code: dict[str, Row] = {}
        self.by_name: dict[str, list[Row]] = defaultdict(list)
        self.classes = {at: row["name"] for at, row in world.classes.all()}
        for _, row in world.pupils.all():
            self.by_code[code_key(row["code"])] = row
            self.by_name[key(row["name"])].append(row)

    def find(self, record: Record, notes: Notes) -> Row | None:
        code, name = record.get("code"), record.get("name")
        if not code:
            return self._by_name(record, notes)
        row = self.by_code.get(code_key(code))
        if row is None:
            place = record.place_of("code")
            what = f"không có học sinh mang mã {code} trong danh sách"
            notes.error(place, what, "mã của một học sinh trong danh sách học sinh")
            return None
        if name and not same_name(name, row["name"]):
            what = f"mã {code} là của “{row['name']}”, không phải “{name}”"
            notes.error(record.place_of("name"), what, "mã và họ tên của cùng một học sinh")
            return None
        birth = record.get("birth")
        known = row["data"].get("birth", "")
        if birth and known and not known.startswith(birth) and not birth.startswith(known):
            notes.warning(record.place_of("birth"), "ngày sinh khác với danh sách học sinh")
        return row

    def _by_name(self, record: Record, notes: Notes) -> Row | None:
        met = self.by_name.get(key(record.get("name")), [])
        if birth := record.get("birth"):
            met = [row for row in met if row["data"].get("birth", birth) == birth]
        if wanted := record.get("class"):
            met = [row for row in met if key(str(self.classes.get(row["class_id"]))) == key(wanted)]
        if len(met) == 1:
            return met[0]
        found = f"có {len(met)} học sinh trùng" if met else "không có học sinh nào mang"
        what = f"{found} họ tên “{record.get('name')}”"
        notes.error(record.place, what, "mã học sinh")
        return None


def _right_level(record: Record, held: Row, told: set[tuple[str, str, str]], notes: Notes) -> bool:
    primary = held["grade"] <= 5
    if (record.kind in _PRIMARY_KINDS) == primary:
        return True
    at = (record.place.file, record.place.sheet, held["id"])
    if at not in told:
        told.add(at)
        level = "tiểu học" if primary else "trung học"
        what = f"bảng kết quả không phải của cấp {level} (lớp {held['name']})"
        notes.error(record.place, what, f"bảng kết quả cấp {level}")
    return False


def _is_earlier(record: Record) -> bool:
    """A primary assessment in the middle of the year: the transcript holds the year's end."""
    moment = next((cell.value for cell in record.cells if cell.field == "moment"), "")
    return bool(moment) and ("giuaky" in key(moment) or find_term(moment) == "HK1")


def _store(
    cell: Cell,
    record: Record,
    pupil: Row,
    held: Row,
    world: World,
    written: dict[tuple[str, str, str], tuple[str, Place]],
    notes: Notes,
) -> None:
    if cell.field in {"moment", "comment_code"}:
        return
    code = ""
    if cell.subject:
        code = subjects_of(held["profile"]).find(cell.subject) or ""
        if not code:
            what = f"lớp {held['name']} không có môn “{cell.subject}”"
            notes.error(cell.place, what, "môn học của cấp học")
            return
        if not _fits(cell, held["profile"], code, notes):
            return
    part = _part(cell, record.kind)
    at = (pupil["id"], code, part)
    before = written.setdefault(at, (cell.value, cell.place))
    if before[0] != cell.value:
        notes.error(cell.place, f"khác với giá trị ở {before[1]}", "hai nơi ghi giống nhau")
        return
    row = world.results.edit(at[:2])
    if row is None:
        row = world.results.put(at[:2], {"pupil_id": pupil["id"], "subject": code, "data": {}})
    row["data"][part] = cell.value


def _fits(cell: Cell, profile: str, code: str, notes: Notes) -> bool:
    """A subject with scores has numbers, one judged by comments has Đ or CĐ; M fits both."""
    found = known_subject(profile, code)
    if cell.field not in {"mark", "average", "year_average", "retest"} or found is None:
        return True
    is_word = cell.value in _MARKS
    if found.kind == "level" or cell.value == "M" or is_word == (found.kind == "comment"):
        return True
    expected = "Đ hoặc CĐ" if found.kind == "comment" else "điểm từ 0 đến 10"
    how = "nhận xét" if found.kind == "comment" else "điểm số"
    notes.error(cell.place, f"môn {found.name} đánh giá bằng {how}", expected)
    return False


def _part(cell: Cell, kind: Kind) -> str:
    term = cell.term.lower()
    match cell.field:
        case "mark":
            return term
        case "average":
            return term
        case "year_average":
            return "cn"
        case "comment" if kind is Kind.SCORES and term == "hk1":
            return "comment_hk1"
        case name if name in _PER_TERM:
            return f"{name}_{term or 'cn'}"
        case name if not cell.subject and kind is Kind.YEAR and term in {"hk1", "hk2"}:
            return f"{name}_{term}"
        case name:
            return name
