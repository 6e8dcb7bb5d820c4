"""What an import would do, before anything is stored: problems, counts, rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hocba_gateway.school.importing.duties import draft_duties
from hocba_gateway.school.importing.people import draft_people
from hocba_gateway.school.importing.pupils import draft_pupils
from hocba_gateway.school.importing.results import draft_results
from hocba_gateway.school.problems import Notes, Place, Problem
from hocba_gateway.school.reading.kinds import Kind
from hocba_gateway.school.reading.tables import Reading
from hocba_gateway.school.world import Rows, World, same_name

KIND_WORDS = {
    Kind.PUPILS: "Danh sách học sinh",
    Kind.STAFF: "Danh sách cán bộ",
    Kind.DUTIES: "Phân công chuyên môn",
    Kind.ASSIGNMENTS: "Phân công chuyên môn",
    Kind.YEAR: "Kết quả học tập",
    Kind.SCORES: "Bảng điểm môn học",
    Kind.PRIMARY: "Kết quả môn học (tiểu học)",
    Kind.QUALITIES: "Năng lực, phẩm chất (tiểu học)",
}
TABLE_WORDS = {
    "people": "cán bộ",
    "classes": "lớp",
    "pupils": "học sinh",
    "assignments": "phân công",
    "results": "kết quả",
}


@dataclass(frozen=True, slots=True)
class Count:
    new: int
    changed: int
    unchanged: int
    removed: int = 0

    def to_dict(self) -> dict[str, int]:
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "removed": self.removed,
        }


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet that was understood."""

    file: str
    sheet: str
    kind: Kind
    rows: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A pupil who was left alone: "đã có học bạ"."""

    pupil_id: str
    name: str
    class_name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Plan:
    year: str
    world: World
    problems: tuple[Problem, ...]
    tables: tuple[Table, ...]
    kept: tuple[Kept, ...]

    @property
    def is_refused(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)

    def counts(self) -> dict[str, Count]:
        return {name: _count(getattr(self.world, name)) for name in TABLE_WORDS}

    def to_dict(self) -> dict[str, object]:
        """What a page shows; all texts are Vietnamese."""
        return {
            "year": self.year,
            "refused": self.is_refused,
            "problems": [problem.to_dict() for problem in self.problems],
            "tables": [
                {"file": t.file, "sheet": t.sheet, "kind": t.kind.value,
                 "title": KIND_WORDS[t.kind], "rows": t.rows}
                for t in self.tables
            ],
            "counts": {
                name: {**count.to_dict(), "title": TABLE_WORDS[name]}
                for name, count in self.counts().items()
            },
            "kept": [
                {"pupil_id": k.pupil_id, "name": k.name, "class": k.class_name,
                 "reason": "đã có học bạ"}
                for k in self.kept
            ],
        }  # fmt: skip


def _count(rows: Rows) -> Count:
    return Count(len(rows.new), len(rows.changed), rows.unchanged, len(rows.gone))


def settle_year(reading: Reading, wanted: str | None, notes: Notes) -> str:
    """The school year of the files, or the caller's when they name none; "" with an error in the
    notes when the files name several, another than wanted, or none and nobody else does.
    """
    found = list(reading.years)
    if len(found) > 1:
        what = f"các tệp ghi nhiều năm học: {', '.join(found)}"
        notes.error(reading.years[found[1]], what, "các tệp của cùng một năm học")
        return ""
    if found and wanted and found[0] != wanted:
        what = f"tệp ghi năm học {found[0]}"
        notes.error(reading.years[found[0]], what, f"tệp của năm học {wanted}")
        return ""
    if not found and not wanted:
        place = next((record.place for record in reading.records), Place("(không có tệp)"))
        what = "không biết năm học"
        notes.error(Place(place.file), what, "dòng “Năm học 2025-2026” trên bảng")
    return wanted or (found[0] if found else "")


def refusal(reading: Reading, notes: Notes) -> Plan:
    """The plan of files that cannot be planned at all."""
    return Plan("", World(""), tuple(notes.problems), _tables(reading), ())


def make_plan(reading: Reading, world: World, notes: Notes) -> Plan:
    """Pure: drafts everything into `world` and says what is wrong. Nothing is stored."""
    _judge_schools(reading, world, notes)
    draft_people(reading, world, notes)
    kept = draft_pupils(reading, world, notes)
    draft_duties(reading, world, notes)
    draft_results(reading, world, notes, kept)
    kept_pupils = tuple(_kept(at, place, world) for at, place in kept.items())
    return Plan(world.year, world, tuple(notes.problems), _tables(reading), kept_pupils)


def _tables(reading: Reading) -> tuple[Table, ...]:
    sheets = Counter((r.place.file, r.place.sheet, r.kind) for r in reading.records)
    return tuple(Table(file, sheet, kind, rows) for (file, sheet, kind), rows in sheets.items())


def _kept(at: str, place: Place, world: World) -> Kept:
    pupil = world.pupils.get(at)
    assert pupil is not None
    held = world.classes.get(pupil["class_id"])
    return Kept(at, pupil["name"], held["name"] if held else "", place)


def _judge_schools(reading: Reading, world: World, notes: Notes) -> None:
    """An export of a whole commune holds other schools' pupils too: they are not ours."""
    schools = list(reading.schools.items())
    if len(schools) > 1:
        name, place = schools[1]
        what = f"tệp có học sinh của {len(schools)} trường, như “{name}”"
        notes.error(place, what, "chỉ học sinh của trường mình")
    elif schools and world.school_name and not same_name(schools[0][0], world.school_name):
        name, place = schools[0]
        notes.warning(place, f"tệp ghi trường “{name}”, không phải “{world.school_name}”")
