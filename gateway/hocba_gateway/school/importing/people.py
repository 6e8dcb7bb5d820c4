"""Staff rows → people."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from hocba_gateway.school.problems import Notes, Place
from hocba_gateway.school.reading.kinds import Kind
from hocba_gateway.school.reading.tables import Reading, Record
from hocba_gateway.school.world import Row, World, better_name, code_key

_COLUMNS: Final = ("personal_number", "name", "birth", "status", "position", "position_group")
_DATA: Final = ("gender", "ethnicity", "phone", "email", "teaches", "major")
WORKING: Final = "Đang làm việc"


def draft_people(reading: Reading, world: World, notes: Notes) -> None:
    by_code = {code_key(row["code"]): at for at, row in world.people.all()}
    seen: dict[object, Place] = {}
    for record in reading.of(Kind.STAFF):
        if not _complete(record, notes):
            continue
        at = by_code.get(code_key(record.get("code")))
        if at is None:
            at = str(uuid4())
            by_code[code_key(record.get("code"))] = at
            world.people.put(at, _empty(at, record.get("code")))
        elif at in seen and seen[at].file == record.place.file:
            place = record.place_of("code")
            notes.error(place, f"mã cán bộ trùng với {seen[at]}", "mỗi cán bộ một dòng")
            continue
        seen[at] = record.place
        row = world.people.edit(at)
        assert row is not None
        _fill(row, record)
    _same_number_twice(world, seen, notes)


def _complete(record: Record, notes: Notes) -> bool:
    for name, words in (("code", "mã định danh Bộ GD&ĐT"), ("name", "họ tên")):
        if not record.get(name):
            notes.error(record.place, f"cán bộ thiếu {words}", words)
            return False
    return True


def _empty(at: str, code: str) -> Row:
    nothing = dict.fromkeys(("personal_number", "birth", "position", "position_group"))
    return {"id": at, "code": code, "name": "", "status": WORKING, "data": {}, **nothing}


def _fill(row: Row, record: Record) -> None:
    """A blank cell never erases what is known."""
    for name in _COLUMNS:
        if value := record.get(name):
            row[name] = better_name(row["name"], value) if name == "name" else value
    for name in _DATA:
        if value := record.get(name):
            row["data"][name] = value


def _same_number_twice(world: World, seen: dict[object, Place], notes: Notes) -> None:
    owners: dict[str, object] = {}
    for at, row in sorted(world.people.all(), key=lambda pair: pair[0] in seen):
        number = row["personal_number"]
        if not number:
            continue
        if number in owners and at in seen:
            what = "số định danh cá nhân trùng với một cán bộ khác"
            notes.error(seen[at], what, "mỗi người một số định danh")
        owners.setdefault(number, at)
