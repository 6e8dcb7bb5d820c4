"""S3: "Xác nhận hoàn thành tổng kết" per class and term."""

from __future__ import annotations

import pytest
from hocba_core.errors import BadInput, Conflict, NotFound
from hocba_gateway.school import locks
from hocba_gateway.store import schema
from sqlalchemy import select

pytestmark = pytest.mark.feature("S3")


async def test_terms_are_locked_and_opened_each_for_itself(imported, class_named):
    room = await class_named(imported, "6A")
    async with imported.write() as tx:
        for term in ("HK1", "CN", "CN"):
            await locks.lock(tx, room, term, "qtv")
        assert await locks.locked_terms(tx, room) == {"HK1", "CN"}
        await locks.unlock(tx, room, "HK1", "qtv")
        await locks.unlock(tx, room, "HK1", "qtv")
        assert await locks.locked_terms(tx, room) == {"CN"}
        events = await tx.rows(select(schema.audit.c.event).where(tx.of(schema.audit)).order_by(schema.audit.c.seq))
    assert [row.event for row in events][1:] == ["class.locked", "class.locked", "class.unlocked"]


async def test_creating_needs_the_years_lock(imported, class_named):
    room = await class_named(imported, "6A")
    async with imported.write() as tx:
        await locks.lock(tx, room, "HK1", "qtv")
        await locks.lock(tx, room, "HK2", "qtv")
        with pytest.raises(Conflict):
            await locks.require_year_lock(tx, room)
        await locks.lock(tx, room, "CN", "qtv")
        await locks.require_year_lock(tx, room)


async def test_unlocking_is_refused_while_the_class_has_live_transcripts(imported, class_named, make_live):
    room = await class_named(imported, "6A")
    async with imported.write() as tx:
        await locks.lock(tx, room, "CN", "qtv")
        pupils = schema.pupils
        pupil = await tx.row(select(pupils).where(tx.of(pupils), pupils.c.class_id == room))
    await make_live(imported, pupil)
    with pytest.raises(Conflict) as refusal:
        async with imported.write() as tx:
            await locks.unlock(tx, room, "CN", "qtv")
    assert refusal.value.facts["count"] == 1
    async with imported.write() as tx:
        transcripts = schema.transcripts
        await tx.execute(transcripts.update().where(tx.of(transcripts)).values(life="void"))
        await locks.unlock(tx, room, "CN", "qtv")


async def test_unknown_classes_and_terms(imported, class_named, store):
    room = await class_named(imported, "6A")
    async with imported.write() as tx:
        with pytest.raises(BadInput):
            await locks.lock(tx, room, "HK3", "qtv")
        with pytest.raises(NotFound):
            await locks.lock(tx, "không có", "CN", "qtv")
    async with store.scoped("00000000-0000-0000-0000-000000000001").write() as tx:
        with pytest.raises(NotFound):
            await locks.lock(tx, room, "CN", "qtv")
