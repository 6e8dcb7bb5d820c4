"""The store's promises, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hocba_core.audit import Entry, first_break
from hocba_core.errors import NotFound, OurFault, SettingWrong
from hocba_core.testing.clock import HandClock
from hocba_gateway.store.blobs import DatabaseBlobs, FileBlobs
from hocba_gateway.store.guard import UnscopedStatement
from hocba_gateway.store.lease import release, take_due
from hocba_gateway.store.schema import audit, metadata, people, requests
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Store
from sqlalchemy import Connection, select, update

PERSON = {"id": "p1", "code": "1", "name": "Nguyễn Văn A", "status": "Đang làm việc", "data": {}}
REQUEST = {"confirmation_id": "c", "number": 1, "source": "sandbox", "state": "new", "next_at": 0}


async def test_migrations_make_the_schema(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with store.across_schools() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(store: Store) -> None:
    await store.migrate()


async def test_a_statement_without_its_school_fails(store: Store) -> None:
    with pytest.raises(UnscopedStatement):
        async with store.scoped("s1").read() as tx:
            await tx.rows(select(people.c.name))
    with pytest.raises(UnscopedStatement):
        async with store.scoped("s1").write() as tx:
            await tx.execute(update(people).values(name="x"))


@pytest.mark.feature("S7")
async def test_a_school_never_sees_another_schools_rows(store: Store) -> None:
    for school in ("s1", "s2"):
        async with store.scoped(school).write() as tx:
            await tx.insert(people, [{**PERSON, "name": school}])
    async with store.scoped("s1").read() as tx:
        rows = await tx.rows(select(people.c.name).where(tx.of(people)))
    assert [row.name for row in rows] == ["s1"]


async def test_an_exception_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(RuntimeError, match="half"):
        async with store.scoped("s1").write() as tx:
            await tx.insert(people, [PERSON])
            raise RuntimeError("half way")
    async with store.scoped("s1").read() as tx:
        assert await tx.rows(select(people).where(tx.of(people))) == []


async def _chain(store: Store, school: str) -> list[Entry]:
    async with store.scoped(school).read() as tx:
        rows = await tx.rows(select(audit).where(tx.of(audit)).order_by(audit.c.seq))
    return [Entry(r.seq, r.at, r.actor, r.event, r.facts, r.previous, r.hash) for r in rows]


async def test_each_school_has_its_own_unbroken_chain(store: Store) -> None:
    for number in range(3):
        for school in ("s1", "s2"):
            async with store.scoped(school).write() as tx:
                await tx.audit("test", {"number": number, "text": "học bạ"}, actor="a")
    for school in ("s1", "s2"):
        entries = await _chain(store, school)
        assert [entry.seq for entry in entries] == [1, 2, 3]
        assert first_break(entries) is None


@pytest.mark.fault(58)
async def test_an_altered_or_deleted_link_is_found(store: Store) -> None:
    for number in range(4):
        async with store.scoped("s1").write() as tx:
            await tx.audit("test", {"number": number})
    entries = await _chain(store, "s1")
    assert first_break([entries[0], entries[2], entries[3]]) == 2
    async with store.scoped("s1").write() as tx:
        await tx.execute(update(audit).where(tx.of(audit), audit.c.seq == 3).values(facts={"number": 9}))
    assert first_break(await _chain(store, "s1")) == 3


async def test_a_lease_is_exclusive_until_it_lapses(store: Store, clock: HandClock) -> None:
    scope = store.scoped("s1")
    async with scope.write() as tx:
        await tx.insert(requests, [{**REQUEST, "id": f"r{n}"} for n in range(3)])
    first = await take_due(store, requests, "one", 30_000, 2)
    second = await take_due(store, requests, "two", 30_000, 5)
    assert len(first) == 2 and len(second) == 1
    assert {leased.id for leased in first + second} == {"r0", "r1", "r2"}
    assert await take_due(store, requests, "three", 30_000, 5) == []
    from datetime import timedelta

    clock.advance(timedelta(seconds=31))
    assert len(await take_due(store, requests, "three", 30_000, 5)) == 3
    async with scope.write() as tx:
        await release(tx, requests, "r0", "one", None)  # lapsed, and another's meanwhile
    async with scope.read() as tx:
        assert (await tx.row(requests.select().where(tx.of(requests), requests.c.id == "r0"))).lease_owner == "three"
    async with scope.write() as tx:
        await release(tx, requests, "r0", "three", None)
    clock.advance(timedelta(seconds=31))
    assert {leased.id for leased in await take_due(store, requests, "four", 1, 5)} == {"r1", "r2"}


async def test_blobs_are_named_by_their_content(tmp_path: Path, store: Store) -> None:
    for blobs in (FileBlobs(tmp_path / "b"), DatabaseBlobs(store.engines)):
        name = await blobs.put("học bạ".encode())
        assert await blobs.put("học bạ".encode()) == name
        assert await blobs.get(name) == "học bạ".encode()
        with pytest.raises(NotFound):
            await blobs.get("0" * 64)


async def test_a_damaged_blob_is_never_handed_out(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    name = await blobs.put(b"record")
    (tmp_path / name[:2] / name[2:]).write_bytes(b"rec0rd")
    with pytest.raises(OurFault):
        await blobs.get(name)


def test_sealed_values_open_with_an_older_key_and_with_no_other(tmp_path: Path) -> None:
    for name in ("old", "new"):
        Sealer.make_key_file(tmp_path / name)
    old, new = ((tmp_path / name).read_text() for name in ("old", "new"))
    sealed = Sealer.load(tmp_path / "old", {}).seal({"token": "x"})
    assert Sealer.load(None, {"HOCBA_SECRET_KEY": new + old}).open(sealed) == {"token": "x"}
    with pytest.raises(OurFault):
        Sealer.load(tmp_path / "new", {}).open(sealed)
    with pytest.raises(SettingWrong):
        Sealer.load(None, {})
