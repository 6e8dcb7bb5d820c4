"""What every test may lean on: a clock, and the store on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hocba_core.provider import Challenge
from hocba_core.testing.clock import HandClock
from hocba_core.testing.pki import TestCa
from hocba_gateway.store.store import Store
from hocba_gateway.testing.world import KEEPER, World
from hocba_sandbox.provider import Sandbox
from hocba_sandbox.settings import SWITCH, Behaviour
from hocba_sandbox.simulator import Simulator

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


@pytest.fixture(scope="session")
def seal_ca() -> TestCa:
    return TestCa.create("World Government", HandClock()())


class Played(World):
    """A World with the vendor's simulator and the clock at hand."""

    vendor: Simulator
    provider: Sandbox
    clock: HandClock


MakeWorld = Callable[..., Awaitable[Played]]


@pytest.fixture
async def make_world(
    store: Store, clock: HandClock, seal_ca: TestCa, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MakeWorld]:
    """make_world(behaviour, pupils=, teachers=, **World.create's): a school whose people sign at the sandbox."""
    monkeypatch.setenv(SWITCH, "1")
    opened: list[Played] = []

    async def make(behaviour: Behaviour | None = None, *, pupils: int = 2, teachers: int = 2, **how: object) -> Played:
        vendor = Simulator(clock=clock, behaviour=behaviour)
        await vendor.start()
        provider = Sandbox(vendor.settings(), clock)
        made = await Played.create(
            store,
            provider,
            [vendor.ca.root_pem],
            teachers=teachers,
            seal_ca=seal_ca,
            **how,  # type: ignore[arg-type]
        )
        made.vendor, made.provider, made.clock = vendor, provider, clock
        opened.append(made)
        for person, number in made.people.items():
            if person == KEEPER:
                continue
            known = vendor.add_person(f"Người {person}", number, user=person)
            session = await provider.open_session(vendor.fields_of(known))
            if isinstance(session, Challenge):
                session = await provider.answer(session, vendor.login_code_of(known))
            await made.join(person, provider, session)
        await made.make_transcripts(pupils)
        return made

    yield make
    for world in opened:
        await world.provider.close()
        await world.vendor.stop()
