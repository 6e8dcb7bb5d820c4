"""Pupil rows → classes and pupils."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final
from uuid import uuid4

from hocba_gateway.school.problems import Notes, Place
from hocba_gateway.school.reading import classname
from hocba_gateway.school.reading.kinds import Kind
from hocba_gateway.school.reading.tables import Reading, Record
from hocba_gateway.school.subjects import profile_for
from hocba_gateway.school.world import Row, World, better_name, code_key, same_name

STUDYING: Final = "Đang học"
_COLUMNS: Final = ("personal_number", "name", "status")
_NOT_DATA: Final = {*_COLUMNS, "code", "class", "grade", "stt", "school_name"}
_PARTS_OF_ADDRESS: Final = ("hamlet", "commune", "district", "province")


def draft_pupils(reading: Reading, world: World, notes: Notes) -> dict[str, Place]:
    """Gives back who has a live transcript and was left alone: pupil id → place in the files."""
    records = [record for record in reading.of(Kind.PUPILS) if _complete(record, notes)]
    classes = _draft_classes(records, world, notes)
    by_code = {code_key(row["code"]): str(at) for at, row in world.pupils.all()}
    seen: dict[str, Record] = {}
    kept: dict[str, Place] = {}
    places: Counter[str] = Counter()
    for record in records:
        at = by_code.get(code_key(record.get("code")))
        if at in seen and not _may_repeat(seen[at], record, notes):
            continue
        class_id = classes.get(classname.same(record.get("class")))
        held = world.pupils.get(at) if at else None
        class_id = class_id or (held["class_id"] if held else None)
        if class_id is None:
            if not record.get("class"):
                notes.error(record.place, "học sinh chưa có lớp", "tên lớp, như 6A")
            continue
        if at is None:
            at = str(uuid4())
            by_code[code_key(record.get("code"))] = at
            world.pupils.put(at, _empty(at, world.year, record.get("code")))
        if at not in seen:
            places[class_id] += 1
        if at in world.live:
            kept[at] = record.place
            seen[at] = record
            continue
        row = world.pupils.edit(at)
        assert row is not None
        _judge_change(row, record, notes)
        if at not in seen:
            row["position"] = places[class_id]
        seen.setdefault(at, record)
        row["class_id"] = class_id
        _fill(row, record)
    _same_number_twice(world, seen, notes)
    _tell_of_absent(world, seen, notes)
    return kept


def _complete(record: Record, notes: Notes) -> bool:
    for name, words in (("code", "mã định danh Bộ GD&ĐT"), ("name", "họ tên")):
        if not record.get(name):
            notes.error(record.place, f"học sinh thiếu {words}", words)
            return False
    return True


def _draft_classes(records: Iterable[Record], world: World, notes: Notes) -> dict[str, str]:
    """Class in one spelling → id, making the classes that are new."""
    found = {classname.same(row["name"]): str(at) for at, row in world.classes.all()}
    slugs = {row["slug"] for _, row in world.classes.all()}
    told: set[str] = set()
    for record in records:
        name = classname.tidy(record.get("class"))
        if not name or (known := classname.same(name)) in told:
            continue
        told.add(known)
        if known in found:
            world.classes.edit(found[known])
            continue
        grade = classname.grade(record.get("grade")) or classname.grade(name)
        if grade is None or not 1 <= grade <= 12:
            place = record.place_of("class")
            notes.error(place, f"không biết lớp “{name}” thuộc khối nào", "tên lớp như 6A, 10A1")
            continue
        at, slug = str(uuid4()), classname.slug(name)
        while slug in slugs:
            slug = f"{slug[:27]}-{len(slugs)}"
        slugs.add(slug)
        profile = profile_for(classname.level_of(grade)).key
        row = {"id": at, "year": world.year, "name": name, "slug": slug, "grade": grade}
        world.classes.put(at, {**row, "profile": profile, "homeroom_id": None})
        found[known] = at
    return found


def _empty(at: str, year: str, code: str) -> Row:
    row: Row = {"id": at, "year": year, "class_id": None, "code": code, "personal_number": None}
    return {**row, "name": "", "status": STUDYING, "position": 0, "data": {}}


def _fill(row: Row, record: Record) -> None:
    """A blank cell never erases what is known."""
    for name in _COLUMNS:
        if value := record.get(name):
            row[name] = better_name(row["name"], value) if name == "name" else value
    for name, cell in record.person.items():
        if name not in _NOT_DATA:
            row["data"][name] = cell.value
    parts = [record.get(name) for name in _PARTS_OF_ADDRESS]
    if not record.get("address") and any(parts) and not row["data"].get("address"):
        row["data"]["address"] = ", ".join(part for part in parts if part)


def _judge_change(row: Row, record: Record, notes: Notes) -> None:
    if row["name"] and not same_name(row["name"], record.get("name")):
        what = f"mã học sinh này đang là của “{row['name']}”, tệp ghi “{record.get('name')}”"
        notes.warning(record.place_of("name"), what)


def _may_repeat(first: Record, again: Record, notes: Notes) -> bool:
    """Two files may speak of one pupil; one table may not, nor may they contradict each other."""
    if (first.place.file, first.place.sheet) == (again.place.file, again.place.sheet):
        what = f"mã học sinh trùng với dòng {first.place.row}"
        notes.error(again.place_of("code"), what, "mỗi học sinh một dòng")
        return False
    for name, words in (("name", "họ tên"), ("personal_number", "số định danh"), ("class", "lớp")):
        one, other = first.get(name), again.get(name)
        differs = not same_name(one, other) if name == "name" else one != other
        if name == "class":
            differs = classname.same(one) != classname.same(other)
        if one and other and differs:
            what = f"{words} của học sinh khác với {first.place_of(name)}"
            notes.error(again.place_of(name), what, "hai tệp ghi giống nhau")
            return False
    return True


def _same_number_twice(world: World, seen: dict[str, Record], notes: Notes) -> None:
    owners: dict[str, object] = {}
    for at, row in sorted(world.pupils.all(), key=lambda pair: pair[0] in seen):
        number = row["personal_number"]
        if not number:
            continue
        if number in owners and at in seen:
            what = "số định danh cá nhân trùng với một học sinh khác"
            place = seen[str(at)].place_of("personal_number")
            notes.error(place, what, "mỗi học sinh một số định danh")
        owners.setdefault(number, at)


def _tell_of_absent(world: World, seen: dict[str, Record], notes: Notes) -> None:
    """Who is in the store, in a class of these files, but not in the files: kept, and said."""
    mentioned = {row["class_id"] for at, row in world.pupils.all() if at in seen}
    absent: Counter[str] = Counter()
    for at, row in world.pupils.all():
        if at not in seen and row["class_id"] in mentioned:
            absent[row["class_id"]] += 1
    file = next((record.place.file for record in seen.values()), "")
    for class_id, number in absent.items():
        held = world.classes.get(class_id)
        name = held["name"] if held else ""
        what = f"lớp {name}: {number} học sinh có trong hệ thống, không có trong tệp, giữ nguyên"
        notes.warning(Place(file), what)
