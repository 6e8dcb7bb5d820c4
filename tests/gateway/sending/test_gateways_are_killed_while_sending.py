"""kill -9 around the sending of a package, then another process: it arrives, once, and its answer is written down."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hocba_core.audit import Event
from hocba_core.clock import system_clock
from hocba_core.testing.ca_folder import CaFolder
from hocba_core.testing.pki import TestCa
from hocba_gateway.sending.make import make_packages
from hocba_gateway.sending.portals import DepartmentPortals
from hocba_gateway.signing.actions import complete
from hocba_gateway.signing.class_packages import ClassPackages
from hocba_gateway.store.kill import SENDING
from hocba_gateway.store.schema import audit, departments, transcripts
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Store
from hocba_gateway.testing.world import CLASS, KEEPER, World
from hocba_reception_portal.connector import ReceptionPortal
from hocba_reception_portal.settings import KEY
from hocba_reception_portal.simulator import Simulator as Portal
from hocba_sandbox.provider import Sandbox
from hocba_sandbox.settings import SWITCH
from hocba_sandbox.simulator import Simulator as Vendor
from sqlalchemy import update

from .conftest import SIGNER, sign_class, write_school

PROGRAM = Path(__file__).parent / "sending_process.py"
PATIENCE = {"lease": 0.4, "call": 5.0, "first_wait": 0.1, "longest_wait": 0.5}


@dataclass(slots=True)
class Played:
    world: World = field(repr=False)
    portal: Portal = field(repr=False)
    folder: Path
    told: dict[str, Any] = field(repr=False)
    started: int = 0

    async def process(self, kill_at: str = "") -> asyncio.subprocess.Process:
        self.started += 1
        path = self.folder / f"told-{self.started}.json"
        told = json.dumps({**self.told, "owner": f"process-{self.started}"})
        await asyncio.to_thread(path.write_text, told)
        environment = {**os.environ, **({"HOCBA_KILL_AT": kill_at} if kill_at else {})}
        return await asyncio.create_subprocess_exec(sys.executable, str(PROGRAM), str(path), env=environment)

    async def ends(self, process: asyncio.subprocess.Process) -> int:
        try:
            async with asyncio.timeout(40):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise

    async def deliveries(self) -> set[str]:
        async with self.world.scope.read() as tx:
            return {row.delivery for row in await tx.rows(transcripts.select().where(tx.of(transcripts)))}

    async def events(self) -> list[str]:
        async with self.world.scope.read() as tx:
            rows = await tx.rows(audit.select().where(tx.of(audit)).order_by(audit.c.seq))
        return [row.event for row in rows if row.event in (Event.PACKAGE_SENT, Event.PACKAGE_ANSWERED)]


@pytest.fixture(scope="module")
def vendor_keys(tmp_path_factory: pytest.TempPathFactory) -> CaFolder:
    return CaFolder(tmp_path_factory.mktemp("vendor"), "sandbox", system_clock())


@pytest.fixture
async def played(
    database_url: str, tmp_path: Path, vendor_keys: CaFolder, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Played]:
    """A sealed package that nobody has sent yet. Time is real, because processes share it."""
    monkeypatch.setenv(SWITCH, "1")
    store = Store.open(database_url, tmp_path / "blobs", system_clock, guarded=True)
    await store.migrate()
    key = Fernet.generate_key()
    async with Vendor(clock=system_clock, keys=vendor_keys, behaviour=SIGNER) as vendor:
        provider = Sandbox(vendor.settings(), system_clock)
        world = await World.create(
            store,
            provider,
            [vendor.ca.root_pem],
            teachers=1,
            sealer=Sealer([key]),
            seal_ca=TestCa.create("World Government", system_clock(), kind="p256"),
        )
        for person, number in world.people.items():
            if person != KEEPER:
                known = vendor.add_person(f"Người {person}", number, user=person)
                await world.join(person, provider, await provider.open_session(vendor.fields_of(known)))
        await world.make_transcripts(2)
        world.desk = replace(world.desk, manifests=ClassPackages())
        await sign_class(world, lambda: asyncio.sleep(0.02))
        await provider.close()
    await write_school(store, world.scope.school)
    await complete(world.scope, world.transcripts, "admin", "account-admin")
    portal = Portal(clock=system_clock, trust=world.desk.trust, thinks=timedelta(milliseconds=200))
    await portal.start()
    async with store.across_schools(write=True) as connection:
        settings = world.desk.sealer.seal(portal.settings())
        await connection.execute(update(departments).values(portal=KEY, portal_settings=settings))
    portals = DepartmentPortals({KEY: ReceptionPortal}, world.desk.sealer, system_clock)
    async with portals.use(world.scope) as connector:
        can = connector.can
    await portals.close()
    made = await make_packages(world.desk, world.scope, CLASS, "account-admin", portal_can=can)
    await world.seal_with_token(await world.press(KEEPER, "goi", [one.id for one in made.packages]))
    told = {
        "database": database_url,
        "blobs": str(tmp_path / "blobs"),
        "key": key.decode(),
        "patience": PATIENCE,
        "school": world.scope.school,
    }
    yield Played(world, portal, tmp_path, told)
    await portal.stop()
    await store.close()


@pytest.mark.feature("T15")
@pytest.mark.parametrize("point", SENDING)
async def test_another_process_goes_on_and_the_package_arrives_once(played: Played, point: str) -> None:
    assert await played.ends(await played.process(kill_at=point)) == -signal.SIGKILL
    assert await played.ends(await played.process()) == 0

    assert await played.deliveries() == {"sent"}
    assert set(played.portal.held) == set(played.world.transcripts)
    assert len(played.portal.receipts) == 1
    assert list(played.portal.arrived.values()) == [2 if point == "package-sent" else 1]
    assert await played.events() == [Event.PACKAGE_SENT, Event.PACKAGE_ANSWERED]


@pytest.mark.feature("T15")
async def test_two_gateways_send_one_package_once(played: Played) -> None:
    both = [await played.process(), await played.process()]
    assert [await played.ends(process) for process in both] == [0, 0]
    assert list(played.portal.arrived.values()) == [1]
    assert await played.events() == [Event.PACKAGE_SENT, Event.PACKAGE_ANSWERED]
