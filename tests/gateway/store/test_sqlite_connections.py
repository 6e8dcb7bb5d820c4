"""SQLite's own side of the store: what its connections do in one hop must be what SQLAlchemy expects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hocba_core.testing.clock import HandClock
from hocba_gateway.store.schema import people
from hocba_gateway.store.store import Store
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

PERSON = {"name": "Nguyễn Văn A", "status": "Đang làm việc", "data": {}}


def _people(*ids: str) -> list[dict[str, object]]:
    return [{**PERSON, "id": identity, "code": identity} for identity in ids]


@pytest.fixture
async def sqlite(tmp_path: Path, clock: HandClock) -> AsyncIterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/hocba.sqlite", tmp_path / "blobs", clock, guarded=True)
    await opened.migrate()
    yield opened
    await opened.close()


async def _count(store: Store, school: str = "s1") -> int:
    async with store.scoped(school).read() as tx:
        row = await tx.row(select(func.count()).select_from(people).where(tx.of(people)))
    assert row is not None
    return int(row[0])


async def test_many_rows_go_in_and_the_count_of_changed_ones_comes_back(sqlite: Store) -> None:
    async with sqlite.scoped("s1").write() as tx:
        await tx.insert(people, _people("a", "b", "c"))
        done = await tx.execute(update(people).where(tx.of(people), people.c.id != "a").values(name="B"))
        assert done.rowcount == 2
        change = update(people).where(tx.of(people), people.c.id == bindparam("of")).values(name=bindparam("to"))
        await tx.execute(change, [{"of": "a", "to": "X"}, {"of": "b", "to": "Y"}])
        rows = await tx.rows(select(people.c.name).where(tx.of(people)).order_by(people.c.id))
    assert [row.name for row in rows] == ["X", "Y", "B"]


async def test_a_transaction_without_a_statement_changes_nothing_for_the_next(sqlite: Store) -> None:
    async with sqlite.scoped("s1").write():
        pass
    with pytest.raises(RuntimeError, match="nothing was said"):
        async with sqlite.scoped("s1").write():
            raise RuntimeError("nothing was said")
    async with sqlite.scoped("s1").write() as tx:
        await tx.insert(people, _people("a"))
    assert await _count(sqlite) == 1


async def test_a_refused_statement_is_undone_and_the_connection_goes_on(sqlite: Store) -> None:
    scope = sqlite.scoped("s1")
    with pytest.raises(IntegrityError):
        async with scope.write() as tx:
            await tx.insert(people, _people("a", "b"))
            await tx.insert(people, _people("b"))
    with pytest.raises(OperationalError):
        async with scope.write() as tx:
            await tx.execute(text("no such statement"))
    async with scope.write() as tx:
        await tx.insert(people, _people("a"))
        with pytest.raises(IntegrityError):
            async with tx.connection.begin_nested():
                await tx.insert(people, _people("a"))
        await tx.insert(people, _people("b"))
    assert await _count(sqlite) == 2


async def test_a_reader_sees_one_moment_while_others_write(sqlite: Store) -> None:
    count = select(func.count()).select_from(people)
    async with sqlite.scoped("s1").read() as tx:
        before = await tx.row(count.where(tx.of(people)))
        async with sqlite.scoped("s1").write() as other:
            await other.insert(people, _people("a"))
        after = await tx.row(count.where(tx.of(people)))
    assert before == after
    assert await _count(sqlite) == 1


async def test_two_gateways_that_write_at_once_wait_for_each_other(
    sqlite: Store, tmp_path: Path, clock: HandClock
) -> None:
    second = Store.open(f"sqlite:///{tmp_path}/hocba.sqlite", tmp_path / "blobs", clock)

    async def work(store: Store, name: str) -> None:
        for number in range(20):
            async with store.scoped("s1").write() as tx:
                known = await tx.row(select(func.count()).select_from(people).where(tx.of(people)))
                assert known is not None
                await tx.insert(people, _people(f"{name}-{number}"))
                await tx.audit("test", {"known": known[0]})

    await asyncio.gather(*(work(store, f"{n}{who}") for store, who in ((sqlite, "x"), (second, "y")) for n in range(2)))
    assert await _count(sqlite) == 80
    await second.close()
