"""New files are stored in the moment in which transcripts are created: what is frozen is what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hocba_core.errors import Conflict
from hocba_gateway.school.class_file import PrintSettings
from hocba_gateway.school.drafting import draft_class
from hocba_gateway.school.importing.apply import read
from hocba_gateway.school.importing.apply import store as import_files
from hocba_gateway.school.print_settings import leaders, put
from hocba_gateway.school.reading.tables import Upload
from hocba_gateway.services.creating import create
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.signing.create import create_transcripts
from hocba_gateway.store.blobs import Blobs
from hocba_gateway.store.schema import pupils, transcripts
from hocba_gateway.store.store import Scope
from lxml import etree
from sqlalchemy import select

pytestmark = [pytest.mark.feature("S1"), pytest.mark.feature("T1")]

NEW = "Nguyễn Minh Anh"


class Meanwhile(Blobs):
    """The store's own blobs; before it keeps any, something else happens: drafts are made, nothing is created yet."""

    def __init__(self, blobs: Blobs, happens: Callable[[], Awaitable[None]], times: int = 1) -> None:
        self._blobs = blobs
        self._happens = happens
        self.left = times

    async def put(self, data: bytes) -> str:
        return (await self.put_all([data]))[0]

    async def put_all(self, many: Any) -> list[str]:
        if self.left:
            self.left -= 1
            await self._happens()
        return await self._blobs.put_all(many)

    async def get(self, name: str) -> bytes:
        return await self._blobs.get(name)


def admin(scope: Scope) -> Principal:
    rights = frozenset({Right.ADMIN})
    return Principal("qtv", "quantri", scope.school, None, None, rights, "quantri", "Trường mẫu")


async def one_pupil(scope: Scope, room: str) -> Any:
    """Whose dossier is complete."""
    chosen = (await draft_class(scope, room)).drafts[0].pupil_id
    async with scope.read() as tx:
        return await tx.row(select(pupils).where(tx.of(pupils), pupils.c.id == chosen))


def renamed(pupil: Any, workbook: Callable[..., bytes], name: str) -> list[Upload]:
    header = ["Mã học sinh", "Họ tên", "Lớp", "Ngày sinh", "Nơi sinh", "Số CCCD"]
    row = [pupil.code, name, "9A", None, None, None]
    return [Upload("hoc-sinh.xlsx", workbook({"S": [["Năm học 2025-2026"], header, row]}))]


async def frozen_and_stored(scope: Scope, pupil: Any) -> tuple[list[str], str]:
    """The name in each live transcript of that pupil, and in the pupil's row."""
    async with scope.read() as tx:
        mine = (tx.of(transcripts), transcripts.c.pupil_id == pupil.id, transcripts.c.life == "live")
        names = [row.skeleton for row in await tx.rows(select(transcripts.c.skeleton).where(*mine))]
        stored = await tx.row(select(pupils.c.name).where(tx.of(pupils), pupils.c.id == pupil.id))
    assert stored is not None
    roots = [etree.fromstring(await scope.blobs.get(name)) for name in names]
    return [root.findtext(".//HO_VA_TEN") or "" for root in roots], stored.name


@pytest.fixture
async def room(school: Scope, make_ready: Any, demo_school: list[Upload]) -> str:
    made: str = await make_ready(school, demo_school, "9A")
    return made


async def test_files_stored_between_draft_and_creation_are_in_the_transcript(school, room, workbook):
    pupil = await one_pupil(school, room)
    reading = read(renamed(pupil, workbook, NEW))

    async def imports() -> None:
        async with school.write() as tx:
            assert not (await import_files(tx, reading, None, "qtv")).is_refused

    school.store.blobs = Meanwhile(school.store.blobs, imports)
    made = await create(school, admin(school), room, [pupil.id])
    assert len(made.created) == 1
    assert await frozen_and_stored(school, pupil) == ([NEW], NEW)


async def test_print_settings_changed_between_draft_and_creation_are_in_the_transcript(school, room):
    pupil = await one_pupil(school, room)

    async def moves() -> None:
        async with school.write() as tx:
            leader = next(one["id"] for one in await leaders(tx) if one["position"] == "Hiệu trưởng")
            await put(tx, [room], PrintSettings(leader, "Nơi khác", "2026-05-30"), "qtv")

    school.store.blobs = Meanwhile(school.store.blobs, moves)
    (identity,) = (await create(school, admin(school), room, [pupil.id])).created
    async with school.read() as tx:
        row = await tx.row(select(transcripts.c.skeleton).where(tx.of(transcripts), transcripts.c.id == identity))
    assert row is not None and "Nơi khác" in (await school.blobs.get(row.skeleton)).decode()


async def test_a_creation_waits_for_files_that_are_being_stored(school, room, workbook):
    """They were planned when nobody had a transcript: what they store must not be older than what is frozen."""
    pupil = await one_pupil(school, room)
    reading = read(renamed(pupil, workbook, NEW))
    drafted, go_on = asyncio.Event(), asyncio.Event()

    async def waits() -> None:
        drafted.set()
        await go_on.wait()

    school.store.blobs = Meanwhile(school.store.blobs, waits)
    creating = asyncio.create_task(create(school, admin(school), room, [pupil.id]))
    await drafted.wait()
    async with school.write() as tx:
        assert not (await import_files(tx, reading, None, "qtv")).is_refused
        go_on.set()
        done, _ = await asyncio.wait({creating}, timeout=1)
        assert not done, "it did not wait"
    assert len((await creating).created) == 1
    assert await frozen_and_stored(school, pupil) == ([NEW], NEW)


async def test_files_wait_for_a_creation_and_leave_the_pupil_as_is(school, room, workbook):
    pupil = await one_pupil(school, room)
    reading = read(renamed(pupil, workbook, NEW))

    async def imports() -> list[str]:
        async with school.write() as tx:
            return [kept.pupil_id for kept in (await import_files(tx, reading, None, "qtv")).kept]

    created, kept = await asyncio.gather(create(school, admin(school), room, [pupil.id]), imports())
    names, stored = await frozen_and_stored(school, pupil)
    assert len(created.created) == 1 and names == [stored]
    assert kept == [] or (kept == [pupil.id] and stored == pupil.name)


async def test_data_that_never_rests_is_said_and_nothing_is_created(school, room):
    async def moves() -> None:
        async with school.write() as tx:
            await put(tx, [room], PrintSettings(None, "Nơi khác", None), "qtv")

    pupil = await one_pupil(school, room)
    stale = await draft_class(school, room, [pupil.id])
    await moves()
    with pytest.raises(Conflict) as told:
        await create_transcripts(school, stale.drafts, "qtv", since=stale.since)
    assert told.value.facts["state"] == "class_changed"
    async with school.read() as tx:
        assert await tx.rows(select(transcripts.c.id).where(tx.of(transcripts))) == []


async def test_what_others_do_meanwhile_does_not_disturb(school, room, class_named):
    """Only what transcripts are made of counts: not another class that is locked, not another transcript."""
    first, second = (await draft_class(school, room)).drafts[:2]
    stale = await draft_class(school, room, [first.pupil_id])
    assert len((await create(school, admin(school), room, [second.pupil_id])).created) == 1
    made = await create_transcripts(school, stale.drafts, "qtv", since=stale.since)
    assert len(made.ids) == 1
