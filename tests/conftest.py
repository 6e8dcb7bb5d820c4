"""What every test may lean on: a clock, and the store on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hocba_core.provider import Challenge
from hocba_core.testing.clock import HandClock
from hocba_core.testing.pki import TestCa
from hocba_gateway.store.store import Store
from hocba_gateway.testing.postgres import Cluster, cluster, new_database, server
from hocba_gateway.testing.world import KEEPER, World
from hocba_sandbox.provider import Sandbox
from hocba_sandbox.settings import SWITCH, Behaviour
from hocba_sandbox.simulator import Simulator


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a server of this test run's own, without a database name."""
    with server() as address:
        yield address


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Cluster]:
    """A server that a module stops and starts; whoever stops it starts it again."""
    with cluster() as made:
        yield made


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """A fresh database."""
    return new_database(postgres)


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


Install = Callable[..., None]


@pytest.fixture
def install_into() -> Install:
    """install_into(folder, "dist-name", "key", source): a distribution as pip leaves it, with one entry point; again
    with another source is an update."""

    def add(folder: Path, name: str, key: str, source: str, *, group: str = "hocba.providers") -> None:
        module = name.replace("-", "_")
        (folder / f"{module}.py").write_text(dedent(source).replace("{key}", key))
        info = folder / f"{module}-1.2.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{key} = {module}\n")

    return add


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
