"""Files → records of plain values, each value with its place; and every problem on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hocba_core.errors import BadInput

from hocba_gateway.school.problems import Notes, Place
from hocba_gateway.school.reading import kinds
from hocba_gateway.school.reading.cells import Unreadable
from hocba_gateway.school.reading.fields import reader
from hocba_gateway.school.reading.header import Column, lines_above
from hocba_gateway.school.reading.kinds import Kind, Match, Meaning
from hocba_gateway.school.reading.words import Names, clean, header_keys, key, spaced
from hocba_gateway.school.reading.workbook import Fault, Grid, Value, letter, open_workbook

_YEAR = re.compile(r"(20\d\d)\s*[-–—/]\s*(20\d\d)")
_PERSON = ("code", "name", "birth", "class", "stt", "grade", "gender", "ethnicity")


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Cell:
    """One value that was understood."""

    field: str
    value: str
    place: Place
    subject: str = ""
    """As the file spells it."""
    term: str = ""
    """HK1, HK2, CN or "" where none applies."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of one table."""

    kind: Kind
    place: Place
    person: Mapping[str, Cell]
    """By field; of several columns that mean one field, the most trusted that is filled."""
    cells: tuple[Cell, ...]
    """The rest, in the file's order."""

    def get(self, name: str) -> str:
        cell = self.person.get(name)
        return cell.value if cell else ""

    def place_of(self, name: str) -> Place:
        cell = self.person.get(name)
        return cell.place if cell else self.place


@dataclass(slots=True)
class Reading:
    """All that a set of files says."""

    records: list[Record] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    years: dict[str, Place] = field(default_factory=dict)
    """School years named in the files, where each was met first."""
    schools: dict[str, Place] = field(default_factory=dict)
    """School names in a column of the files (exports of a whole commune)."""
    columns: dict[str, set[str]] = field(default_factory=dict)
    """By kind: fields that had a column, filled or not."""

    def of(self, *wanted: Kind) -> Iterable[Record]:
        return (record for record in self.records if record.kind in wanted)


def read_files(uploads: Sequence[Upload], subjects: Names) -> Reading:
    """Everything in the files. Never raises for what a file holds: it is in `notes`."""
    reading = Reading()
    for upload in uploads:
        file = clean(upload.name.replace("\\", "/").rsplit("/", 1)[-1])[:120]
        try:
            grids = open_workbook(file, upload.content)
        except BadInput as refusal:
            what, expected = str(refusal.facts["reason"]), str(refusal.facts["expected"])
            reading.notes.error(Place(file), what, expected)
            continue
        _read_book(file, grids, subjects, reading)
    return reading


def _read_book(file: str, grids: Sequence[Grid], subjects: Names, reading: Reading) -> None:
    known = 0
    strange: list[Grid] = []
    for grid in grids:
        if grid.is_empty:
            continue
        match = kinds.recognise(grid, subjects)
        if grid.hidden:
            if match:
                place = Place(file, grid.title)
                reading.notes.warning(place, "trang ẩn, không đọc", "hiện trang này nếu cần nhập")
            continue
        if match:
            known += 1
            _Sheet(file, grid, match, subjects, reading).read()
        else:
            strange.append(grid)
    for grid in strange:
        _judge_strange(file, grid, reading.notes)
    if not known and not strange:
        what = "tệp không có trang nào có dữ liệu"
        reading.notes.error(Place(file), what, "danh sách học sinh, cán bộ, phân công hoặc kết quả")
    elif not known and not reading.notes.has_errors:
        needs = "; ".join(rule.needs for rule in kinds.RULES.values())
        reading.notes.error(Place(file), "không nhận ra bảng nào trong tệp", f"dòng tiêu đề như: {needs}")


def _judge_strange(file: str, grid: Grid, notes: Notes) -> None:
    header = kinds.looks_like_data(grid)
    if header is None:
        notes.warning(Place(file, grid.title), "trang không có bảng dữ liệu, bỏ qua")
        return
    labels = ", ".join(column.label for column in header.columns[:12])
    needs = "; hoặc ".join(rule.needs for rule in kinds.RULES.values())
    place = Place(file, grid.title, header.first)
    notes.error(place, f"không nhận ra loại bảng có các cột: {labels}", f"các cột {needs}")


def _tells(value: Value) -> bool:
    """A mark, a level, or duties that name a class; not the words under a table ("Hiệu trưởng")."""
    text = clean(str(value))
    return len(text) <= 2 or any(character.isdigit() for character in text)


class _Sheet:
    """One recognised sheet, read row by row."""

    def __init__(self, file: str, grid: Grid, match: Match, subjects: Names, reading: Reading) -> None:
        self.file, self.grid, self.match, self.reading = file, grid, match, reading
        self.notes = reading.notes
        self.subjects = subjects
        self.labels = {column.number: column.label for column in match.header.columns}
        self.above = lines_above(grid, match.header)
        self.section = kinds.RULES[match.kind].section
        self.term = ""
        self.subject = ""

    def read(self) -> None:
        self._year()
        if not self._context():
            return
        comments = self.match.kind is Kind.YEAR and self._holds_comments()
        columns = self.reading.columns.setdefault(self.match.kind, set())
        columns.update(meaning.field for meaning in self.match.meanings.values())
        self._warn_of_unknown_columns()
        for row in range(self.match.header.last + 1, self.grid.rows + 1):
            raw = {
                column: value
                for column in range(1, self.grid.columns + 1)
                if (value := self.grid.at(row, column)) is not None
            }
            if raw and not self._is_header_again(raw) and not self._is_footer(raw):
                self._row(row, raw, comments)

    def _place(self, row: int = 0, column: int = 0) -> Place:
        return Place(
            self.file, self.grid.title, row, letter(column) if column else "",
            self.labels.get(column, ""),
        )  # fmt: skip

    def _year(self) -> None:
        for line in self.above:
            match = _YEAR.search(line)
            if match and int(match.group(2)) == int(match.group(1)) + 1:
                self.reading.years.setdefault(f"{match.group(1)}-{match.group(2)}", self._place())
                return

    def _context(self) -> bool:
        """The sheet's term and subject, from its title, the lines above, the file's name."""
        kind, meanings = self.match.kind, self.match.meanings.values()
        texts = (self.grid.title, *self.above, self.file)
        self.term = kinds.find_term(*texts)
        if kind is Kind.YEAR:
            needed = [m for m in meanings if m.field in {"mark", "learning", "conduct"}]
            bare = any(not meaning.term for meaning in needed)
            if bare and not self.term and not self._holds_comments():
                what = "không biết trang này của học kỳ nào"
                self.notes.error(self._place(), what, "tên trang là HK1, HK2 hoặc CN")
                return False
        if kind is Kind.SCORES and not self.term:
            fields = {meaning.field for meaning in meanings}
            if not ("year_average" in fields and "average" not in fields):
                what = "không biết bảng điểm này của học kỳ nào"
                self.notes.error(self._place(), what, "dòng “Học kỳ 1” trên bảng, hoặc trong tên trang")
                return False
        if kind in {Kind.SCORES, Kind.PRIMARY} and not all(
            m.subject for m in meanings if m.field in {"level", "average", "year_average"}
        ):
            self.subject = self._find_subject()
            if not self.subject:
                what = "không biết bảng này của môn học nào"
                self.notes.error(self._place(), what, "tên trang là tên môn học, hoặc dòng “Môn: …”")
                return False
        return True

    def _find_subject(self) -> str:
        if self.subjects.find(self.grid.title):
            return clean(self.grid.title)
        marked = [line for line in self.above if re.search(r"\b(mon|hoat dong)\b", spaced(line))]
        for text in (self.grid.title, *marked, *self.above, self.file.rsplit(".", 1)[0]):
            if found := self.subjects.find_in(text):
                return found
        return ""

    def _holds_comments(self) -> bool:
        if any(spaced(text).startswith("nhan xet") for text in (self.grid.title, *self.above)):
            return True
        columns = [n for n, m in self.match.meanings.items() if m.field == "mark"]
        first = self.match.header.last + 1
        met = [
            value
            for row in range(first, min(first + 60, self.grid.rows + 1))
            for column in columns
            if (value := self.grid.at(row, column)) is not None
        ]
        long = sum(isinstance(value, str) and len(clean(value)) > 8 for value in met)
        return bool(met) and long * 2 > len(met)

    def _warn_of_unknown_columns(self) -> None:
        first = self.match.header.last + 1
        for number in self.labels:
            if number in self.match.meanings:
                continue
            if any(self.grid.at(row, number) is not None for row in range(first, self.grid.rows + 1)):
                self.notes.warning(self._place(self.match.header.first, number), "cột không hiểu, bỏ qua")

    def _is_header_again(self, raw: Mapping[int, Value]) -> bool:
        texts = {n: header_keys(v) for n, v in raw.items() if isinstance(v, str)}
        labels = {n: [k for part in c.labels for k in header_keys(part)] for n, c in self._by_number()}
        same = sum(any(k in labels.get(n, ()) for k in ks) for n, ks in texts.items())
        return same >= 3 and same * 2 > len(raw)

    def _by_number(self) -> Iterable[tuple[int, Column]]:
        return ((column.number, column) for column in self.match.header.columns)

    def _is_footer(self, raw: Mapping[int, Value]) -> bool:
        """Totals and signatures under the table, or a row with nothing but its number."""
        fields = {self.match.meanings[n].field for n in raw if n in self.match.meanings}
        if "code" in fields:
            code = next(v for n, v in raw.items() if self._field(n) == "code")
            return (
                isinstance(code, str)
                and not any(letter.isdigit() for letter in code)
                and len(set(map(str, raw.values()))) <= 3
            )
        if fields <= {"stt", "class", "grade"}:
            return True
        distinct = set(map(str, raw.values()))
        if "name" in fields:
            told = any(_tells(value) for number, value in raw.items() if self._field(number) not in {"", "name"})
            return len(distinct) <= 2 and not (fields & {"stt", "birth"} or told)
        return len(distinct) <= 3

    def _field(self, column: int) -> str:
        meaning = self.match.meanings.get(column)
        return meaning.field if meaning else ""

    def _row(self, row: int, raw: Mapping[int, Value], comments: bool) -> None:
        person: dict[str, tuple[int, Cell]] = {}
        cells: list[Cell] = []
        for column, value in raw.items():
            meaning = self.match.meanings.get(column)
            if meaning is None or meaning.field in {"stt", "regular", "midterm", "final"}:
                continue
            cell = self._cell(row, column, value, meaning, comments)
            if cell is None:
                continue
            if meaning.field in _PERSON or self.section in {"pupils", "staff", "assignment"}:
                held = person.get(meaning.field)
                if held is None or meaning.rank < held[0]:
                    person[meaning.field] = (meaning.rank, cell)
            else:
                cells.append(cell)
        record = Record(
            self.match.kind,
            self._place(row),
            {name: cell for name, (_, cell) in person.items()},
            tuple(cells),
        )
        if name := record.get("school_name"):
            self.reading.schools.setdefault(name, record.place_of("school_name"))
        self.reading.records.append(record)

    def _cell(self, row: int, column: int, value: Value, meaning: Meaning, comments: bool) -> Cell | None:
        name = "comment" if comments and meaning.field == "mark" else meaning.field
        place = self._place(row, column)
        if self._is_empty_mark(value, name):
            if key(str(value)) == "36":
                self.notes.warning(place, "ô bằng 36, hiểu là để trống (tệp xuất từ CSDL ngành)")
            return None
        try:
            read = reader(self.section, name)(value)
        except Unreadable as trouble:
            self.notes.error(place, trouble.what, trouble.expected)
            return None
        if read.warning:
            self.notes.warning(place, read.warning)
        if not read.value:
            return None
        of_subject = name in {
            "mark",
            "comment",
            "level",
            "periodic",
            "average",
            "year_average",
            "retest",
        }
        return Cell(
            name,
            read.value,
            place,
            (meaning.subject or self.subject) if of_subject else "",
            meaning.term or self.term,
        )

    def _is_empty_mark(self, value: Value, name: str) -> bool:
        """Dashes that mean nothing, and the 36 that one export writes into empty cells."""
        if isinstance(value, Fault):
            return False
        if isinstance(value, str) and clean(value) in {"-", "–", "—", "_", "."}:
            return True
        if self.match.kind is not Kind.PUPILS or name in {"class", "stt", "grade", "code", "birth"}:
            return False
        return isinstance(value, (int, float, str)) and key(str(value).removesuffix(".0")) == "36"
