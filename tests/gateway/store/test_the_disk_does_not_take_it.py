"""SQLite and files on a disk that is full, locked or taken away: an error with words, and gone when that is over."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from pathlib import Path

import pytest
from hocba_core.errors import StoreTrouble
from hocba_gateway.store.schema import departments
from hocba_gateway.store.store import Store
from hocba_gateway.testing.served import OFFICER, Served, configured, init, served
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

pytestmark = pytest.mark.feature("O1")

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/hocba.sqlite"


def opens(gateway: Served, officer: str, code: str) -> tuple[int, dict[str, object]]:
    return gateway.call("POST", "/department/schools", {"code": code, "name": "Trường mẫu"}, officer)


@pytest.mark.feature("T22")
def test_a_full_disk_is_said_and_is_over_when_there_is_room(tmp_path, database_url):
    config = configured(tmp_path, database_url)
    assert init(config).returncode == 0
    with served(config, tmp_path / "log") as gateway:
        officer = gateway.log_in()
        assert opens(gateway, officer, "9999001001")[0] == 200
        smallest = (4096, resource.RLIM_INFINITY)  # what no file of the process may outgrow: also the log of this test
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, smallest)
        status, told = opens(gateway, officer, "9999001002")
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
        assert (status, told["code"]) == (503, "store_trouble"), told
        assert told["title"] and told["detail"] and told["todo"]
        assert opens(gateway, officer, "9999001002")[0] == 200
        listed = gateway.ok("GET", "/department/schools", token=officer)["schools"]
    assert [one["code"] for one in listed] == ["9999001001", "9999001002"]
    assert OFFICER not in (tmp_path / "log").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()


async def write(store: Store, code: str) -> None:
    async with store.across_schools(write=True) as connection:
        await connection.execute(departments.insert(), [{"id": code, "code": code, "name": "Sở mẫu"}])


async def codes(store: Store) -> list[str]:
    async with store.across_schools() as connection:
        return list((await connection.execute(select(departments.c.code).order_by(departments.c.code))).scalars())


async def trouble(store: Store) -> object:
    with pytest.raises(StoreTrouble) as told:
        await write(store, "02")
    assert "Sở" not in str(told.value)
    return told.value.facts["reason"]


async def test_a_database_that_another_program_holds_is_waited_for_and_then_said(store: Store, tmp_path: Path) -> None:
    await write(store, "01")
    with sqlite3.connect(tmp_path / "hocba.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await trouble(store) == "busy"
        assert await codes(store) == ["01"]  # readers never wait
        other.execute("ROLLBACK")
    other.close()
    await write(store, "02")
    assert await codes(store) == ["01", "02"]


async def test_a_database_that_has_no_room_or_no_leave_is_said(store: Store) -> None:
    async def pragma(said: str) -> None:
        async with store.engines.writing() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute(f"PRAGMA {said}")

    await write(store, "01")
    await pragma("query_only = ON")
    assert await trouble(store) == "read_only"
    await pragma("query_only = OFF")
    await write(store, "02")
    assert await codes(store) == ["01", "02"]


async def test_files_that_cannot_be_written_are_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file where the folder should be")
    with pytest.raises(StoreTrouble):
        await store.blobs.put(b"signed")
    (tmp_path / "blobs").unlink()
    assert await store.blobs.get(await store.blobs.put(b"signed")) == b"signed"


async def test_a_fault_in_a_statement_stays_what_it_is(store: Store) -> None:
    await write(store, "01")
    with pytest.raises(IntegrityError):
        await write(store, "01")
    with pytest.raises(ZeroDivisionError):
        async with store.across_schools(write=True):
            await asyncio.sleep(0)
            _ = 1 / 0
