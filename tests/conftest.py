"""What every test may lean on: a clock, and the store on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hocba_core.testing.clock import HandClock
from hocba_gateway.store.store import Store

POSTGRES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def _as_postgres(*command: str | Path) -> list[str]:
    """PostgreSQL refuses to run as root."""
    words = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else words


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a server of this test run's own, without a database name."""
    folder = Path(tempfile.mkdtemp(prefix="hocba-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    subprocess.run(
        _as_postgres(POSTGRES / "initdb", "-D", data, "-A", "trust", "-U", "hocba"), check=True, capture_output=True
    )
    start = _as_postgres(POSTGRES / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL)
    yield f"postgresql://hocba@127.0.0.1:{port}"
    subprocess.run(
        _as_postgres(POSTGRES / "pg_ctl", "-D", data, "-m", "immediate", "stop"), check=True, capture_output=True
    )
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """A fresh database."""
    name = f"t{uuid4().hex}"
    host = postgres.removeprefix("postgresql://hocba@").partition(":")
    subprocess.run(
        [POSTGRES / "createdb", "-h", host[0], "-p", host[2], "-U", "hocba", name], check=True, capture_output=True
    )
    return f"{postgres}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Both databases, one after the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hocba.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def store(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Store]:
    """Migrated, empty, with the statement guard on."""
    opened = Store.open(database_url, tmp_path / "blobs", clock, guarded=True)
    await opened.migrate()
    yield opened
    await opened.close()
