"""Teaching assignment and homeroom teachers → assignments, classes.homeroom_id.

For a class, subject and term that the files name, the files' teachers replace those in the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hocba_gateway.school.problems import Notes, Place
from hocba_gateway.school.reading.assignment import Classes, read_classes, read_duties
from hocba_gateway.school.reading.kinds import Kind
from hocba_gateway.school.reading.tables import Reading, Record
from hocba_gateway.school.reading.words import eligible, key, values
from hocba_gateway.school.subjects import every_subject, subjects_of
from hocba_gateway.school.world import At, Row, World, code_key, same_name

TERMS: Final = ("HK1", "HK2")


@dataclass(frozen=True, slots=True)
class _Lesson:
    class_id: str
    subject: str
    term: str
    person_id: str
    responsible: bool
    """Named as the one who signs."""


class _People:
    def __init__(self, world: World) -> None:
        self.by_code: dict[str, Row] = {}
        self.by_name: dict[str, list[Row]] = defaultdict(list)
        for _, row in world.people.all():
            self.by_code[code_key(row["code"])] = row
            self.by_name[key(row["name"])].append(row)

    def find(self, record: Record, notes: Notes) -> Row | None:
        code, name = record.get("code"), record.get("name")
        if code:
            row = self.by_code.get(code_key(code))
            if row is None:
                place = record.place_of("code")
                notes.error(place, "mã cán bộ không có trong danh sách cán bộ", "mã của một cán bộ")
            elif name and not same_name(name, row["name"]):
                what = f"mã này là của “{row['name']}”, không phải “{name}”"
                notes.error(record.place_of("name"), what, "mã và họ tên của cùng một người")
                return None
            return row
        met = self.by_name.get(key(name), [])
        if len(met) == 1:
            return met[0]
        what = f"có {len(met)} cán bộ tên “{name}”" if met else f"không có cán bộ tên “{name}”"
        notes.error(record.place_of("name"), what, "mã cán bộ, hoặc họ tên đúng như danh sách")
        return None


def draft_duties(reading: Reading, world: World, notes: Notes) -> None:
    people = _People(world)
    classes = Classes(row["name"] for _, row in world.classes.all())
    lessons: list[_Lesson] = []
    homerooms: dict[str, tuple[str, Place]] = {}
    for record in reading.of(Kind.DUTIES, Kind.ASSIGNMENTS):
        if not (record.get("duties") or record.get("homeroom") or record.get("subject")):
            continue
        person = people.find(record, notes)
        if person is None:
            continue
        if person["status"] not in eligible("staff_status"):
            what = f"{person['name']} không còn ở trạng thái Đang làm việc"
            notes.warning(record.place, what)
        if record.kind is Kind.DUTIES:
            lessons += _from_text(record, person, classes, world, notes)
        else:
            lessons += _from_row(record, person, world, notes)
        _homerooms(record, person, classes, world, homerooms, notes)
    _store(lessons, world)
    for class_id, (person_id, _) in homerooms.items():
        held = world.classes.edit(class_id)
        assert held is not None
        held["homeroom_id"] = person_id


def _from_text(record: Record, person: Row, classes: Classes, world: World, notes: Notes) -> Iterator[_Lesson]:
    cell = record.person.get("duties")
    if cell is None:
        return
    duties = read_duties(cell.value, every_subject(), classes)
    for what, expected in duties.wrong:
        notes.error(cell.place, what, expected)
    for part in duties.ignored:
        notes.warning(cell.place, f"bỏ qua “{part}” trong phân công")
    for duty in duties.teaches:
        held = world.class_named(duty.class_name)
        assert held is not None
        terms = [duty.term or cell.term] if (duty.term or cell.term) in TERMS else TERMS
        yield from _lessons(held, duty.subject, terms, person, False, cell.place, notes)


def _from_row(record: Record, person: Row, world: World, notes: Notes) -> Iterator[_Lesson]:
    held = world.class_named(record.get("class"))
    subject = record.person.get("subject")
    if subject is None:
        notes.error(record.place, "dòng phân công thiếu môn học", "tên môn học")
        return
    if held is None:
        place = record.place_of("class")
        notes.error(place, f"không có lớp “{record.get('class')}”", "tên lớp có trong danh sách")
        return
    said = record.get("term") or subject.term
    term = values("term").get(key(said), "") if said else ""
    if said and not term:
        notes.error(record.place_of("term"), f"không hiểu học kỳ “{said}”", "HK1 hoặc HK2")
        return
    terms = [term] if term in TERMS else TERMS
    named = record.get("responsible") == "1"
    yield from _lessons(held, subject.value, terms, person, named, subject.place, notes)


def _lessons(
    held: Row,
    subject: str,
    terms: tuple[str, ...] | list[str],
    person: Row,
    named: bool,
    place: Place,
    notes: Notes,
) -> Iterator[_Lesson]:
    code = subjects_of(held["profile"]).find(subject)
    if code is None:
        notes.error(place, f"lớp {held['name']} không có môn “{subject}”", "môn học của cấp học")
        return
    for term in terms:
        yield _Lesson(held["id"], code, term, person["id"], named)


def _homerooms(
    record: Record,
    person: Row,
    classes: Classes,
    world: World,
    homerooms: dict[str, tuple[str, Place]],
    notes: Notes,
) -> None:
    """From the homeroom column, and from "GVCN 6A" within the free text."""
    named: list[tuple[str, Place]] = []
    if cell := record.person.get("homeroom"):
        known, unknown = read_classes(cell.value, classes)
        named += [(name, cell.place) for name in known]
        if unknown:
            what = f"không có lớp “{unknown[0]}” để chủ nhiệm"
            notes.error(cell.place, what, "tên lớp có trong danh sách")
    if cell := record.person.get("duties"):
        duties = read_duties(cell.value, every_subject(), classes)
        named += [(name, cell.place) for name in duties.homerooms]
    for name, place in named:
        held = world.class_named(name)
        assert held is not None
        before = homerooms.setdefault(held["id"], (person["id"], place))
        if before[0] != person["id"]:
            what = f"lớp {name} đã có giáo viên chủ nhiệm ở {before[1]}"
            notes.error(place, what, "mỗi lớp một giáo viên chủ nhiệm")


def _store(lessons: list[_Lesson], world: World) -> None:
    places: dict[tuple[str, str, str], dict[str, bool]] = defaultdict(dict)
    for lesson in lessons:
        teachers = places[lesson.class_id, lesson.subject, lesson.term]
        named = teachers.get(lesson.person_id, False)
        teachers[lesson.person_id] = named or lesson.responsible
    named_before = {at for at, row in world.assignments.all() if row["responsible"]}
    held: dict[tuple[str, str, str], list[At]] = defaultdict(list)
    for at, row in world.assignments.all():
        held[row["class_id"], row["subject"], row["term"]].append(at)
    for (class_id, subject, term), teachers in places.items():
        for at in held[class_id, subject, term]:
            if at[3] not in teachers:
                world.assignments.drop(at)
        alone = len(teachers) == 1
        someone = any(teachers.values())
        for person_id, named in teachers.items():
            at = (class_id, subject, term, person_id)
            responsible = alone or named or (not someone and at in named_before)
            row = dict(zip(("class_id", "subject", "term", "person_id"), at, strict=True))
            world.assignments.put(at, {**row, "responsible": responsible})
