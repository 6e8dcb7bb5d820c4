"""S4: place, date, and which leader signs which class."""

from __future__ import annotations

import pytest
from hocba_core.errors import BadInput, NotFound
from hocba_gateway.school import print_settings
from hocba_gateway.school.class_file import PrintSettings
from hocba_gateway.store import schema
from sqlalchemy import select

pytestmark = pytest.mark.feature("S4")


async def person(tx, position):
    people = schema.people
    row = await tx.row(select(people).where(tx.of(people), people.c.position == position))
    return row.id


async def test_leaders_are_offered_and_chosen_for_several_classes(imported, class_named):
    rooms = [await class_named(imported, name) for name in ("6A", "7A")]
    async with imported.write() as tx:
        offered = await print_settings.leaders(tx)
        assert {leader["position"] for leader in offered} == {"Hiệu trưởng", "Phó hiệu trưởng"}
        settings = PrintSettings(offered[0]["id"], "Nam Sơn", "2026-05-29")
        for _ in range(2):
            await print_settings.put(tx, rooms, settings, "qtv")
        assert [await print_settings.get(tx, room) for room in rooms] == [settings, settings]
        assert await print_settings.get(tx, await class_named(imported, "8A")) == PrintSettings()


async def test_only_a_working_leader_may_sign(imported, class_named):
    room = await class_named(imported, "6A")
    async with imported.write() as tx:
        teacher = await person(tx, "Giáo viên")
        with pytest.raises(BadInput):
            await print_settings.put(tx, [room], PrintSettings(teacher), "qtv")
        with pytest.raises(NotFound):
            await print_settings.put(tx, [room], PrintSettings("ai"), "qtv")
        leader = await person(tx, "Hiệu trưởng")
        people = schema.people
        await tx.execute(people.update().where(tx.of(people), people.c.id == leader).values(status="Nghỉ hưu"))
        with pytest.raises(BadInput):
            await print_settings.put(tx, [room], PrintSettings(leader), "qtv")


@pytest.mark.parametrize(
    "settings",
    [PrintSettings(sign_date="29/05/2026"), PrintSettings(sign_date="20260529"), PrintSettings(place="x" * 151)],
    ids=["no date", "other form", "place"],
)
async def test_what_cannot_stand_in_a_record_is_refused(imported, class_named, settings):
    room = await class_named(imported, "6A")
    async with imported.write() as tx:
        with pytest.raises(BadInput):
            await print_settings.put(tx, [room], settings, "qtv")
