"""kill -9 at every named point, then another process: nothing lost, nothing signed twice, nobody asked again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hocba_core.clock import system_clock
from hocba_core.provider import KeyKind
from hocba_core.testing.ca_folder import CaFolder
from hocba_core.testing.pki import TestCa
from hocba_core.verify.record import verify_record
from hocba_gateway.signing.load import load_transcripts
from hocba_gateway.signing.prepare import SignCommand
from hocba_gateway.signing.progress import progress
from hocba_gateway.signing.states import AttemptState
from hocba_gateway.store.kill import POINTS
from hocba_gateway.store.schema import confirmations
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Store
from hocba_gateway.testing.world import KEEPER, World
from hocba_sandbox.provider import Sandbox
from hocba_sandbox.settings import SWITCH, Behaviour
from hocba_sandbox.simulator import Simulator

PROGRAM = Path(__file__).parent / "gateway_process.py"
PATIENCE = {"lease": 0.4, "call": 0.8, "skew": 2.0, "grace": 0.8, "give_up": 60, "first_wait": 0.1, "longest_wait": 0.5}
VENDOR = Behaviour(key_kind=KeyKind.P256, poll_every=timedelta(milliseconds=50), lifetime=timedelta(seconds=60))
BLOB_POINTS = ("before-blob", "in-blob", "after-blob")
NOT_SENT = pytest.mark.fault(30)
SENT = pytest.mark.fault(31)
KEPT = pytest.mark.fault(32)
HALF_WRITTEN = pytest.mark.fault(33)
NOT_ON_RECORD = pytest.mark.fault(34)
FAULT_OF = {
    "after-intent": NOT_SENT,
    "before-send": NOT_SENT,
    "after-send": SENT,
    "before-store": SENT,
    "after-store": KEPT,
    "before-embed": KEPT,
    "in-blob": HALF_WRITTEN,
    "after-blob": NOT_ON_RECORD,
    "before-commit": NOT_ON_RECORD,
}


@dataclass(slots=True)
class Played:
    world: World
    vendor: Simulator
    clock: Any
    folder: Path
    told: dict[str, Any] = field(repr=False)
    started: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)

    async def process(self, *, kill_at: str = "", press: SignCommand | None = None) -> asyncio.subprocess.Process:
        self.started += 1
        told = {**self.told, "owner": f"process-{self.started}", "press": asdict(press) if press else None}
        path = self.folder / f"told-{self.started}.json"
        await asyncio.to_thread(path.write_text, json.dumps(told))
        environment = {**os.environ, SWITCH: "1", **({"HOCBA_KILL_AT": kill_at} if kill_at else {})}
        return await asyncio.create_subprocess_exec(sys.executable, str(PROGRAM), str(path), env=environment)

    async def ends(self, process: asyncio.subprocess.Process) -> int:
        try:
            async with asyncio.timeout(40):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise


@pytest.fixture(scope="session")
def vendor_keys(tmp_path_factory: pytest.TempPathFactory) -> CaFolder:
    return CaFolder(tmp_path_factory.mktemp("vendor"), "sandbox", system_clock())


@pytest.fixture(scope="session")
def seal_ca_now() -> TestCa:
    return TestCa.create("World Government", system_clock(), kind="p256")


@pytest.fixture
async def played(
    database_url: str, tmp_path: Path, vendor_keys: CaFolder, seal_ca_now: TestCa, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Played]:
    monkeypatch.setenv(SWITCH, "1")
    store = Store.open(database_url, tmp_path / "blobs", system_clock, guarded=True)
    await store.migrate()
    vendor = Simulator(clock=system_clock, keys=vendor_keys, behaviour=VENDOR)
    await vendor.start()
    provider = Sandbox(vendor.settings(), system_clock)
    key = Fernet.generate_key()
    world = await World.create(
        store, provider, [vendor.ca.root_pem], teachers=1, sealer=Sealer([key]), seal_ca=seal_ca_now
    )
    vendor._identities["seal"] = world.seal
    for person, number in [*world.people.items(), ("seal", "")]:
        known = vendor.add_person(f"Người {person}", number, user=person)
        if person == "seal":
            vendor._identities["seal"] = world.seal
        if person != KEEPER:
            session = await provider.open_session(vendor.fields_of(known))
            await world.join(person, provider, session)
    # the school's seal lies at the vendor here, so that the loop and not a page finishes it
    world.accounts[""] = await world.add_account(None, world.seal, "sandbox", "key-seal")
    await world.make_transcripts(3)
    told = {
        "database": database_url,
        "blobs": str(tmp_path / "blobs"),
        "settings": vendor.settings(),
        "roots": [vendor.ca.root_pem.decode(), seal_ca_now.root_pem.decode()],
        "key": key.decode(),
        "patience": PATIENCE,
        "school": world.scope.school,
    }
    yield Played(world, vendor, system_clock, tmp_path, told)
    await provider.close()
    await vendor.stop()
    await store.close()


def _points() -> list[Any]:
    return [
        pytest.param(point, marks=[FAULT_OF[point]] if point in FAULT_OF else [], id=point)
        for point in POINTS
        if point not in BLOB_POINTS
    ]


@pytest.mark.parametrize("point", _points())
async def test_another_process_goes_on_where_one_was_killed(
    played: Played, invariants: Callable[[Any], Awaitable[None]], point: str
) -> None:
    command = played.command("gv1", "gvbm")
    first = await played.process(kill_at=point, press=command)
    assert await played.ends(first) == -signal.SIGKILL
    second = await played.process()
    assert await played.ends(second) == 0
    async with played.scope.read() as tx:
        loaded = await load_transcripts(tx, played.transcripts)
    assert all(one.slots["gvbm-1"].signed for one in loaded.values())
    assert [len(one.digests) for one in played.vendor.transactions] == [3]
    await invariants(played)


async def _sign_up_to_the_seal(played: Played) -> None:
    for person, kind in (("gv1", "gvbm"), ("cn", "gvcn"), ("ht", "cbql")):
        pressed = await played.press(person, kind)
        for _ in range(200):
            await played.runner.once()
            async with played.scope.read() as tx:
                if not (await progress(tx, pressed.confirmation)).open:
                    break
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(point, marks=FAULT_OF.get(point, NOT_ON_RECORD), id=point)
        for point in (*BLOB_POINTS, "before-commit")
    ],
)
async def test_a_seal_that_was_cut_off_is_finished_with_whole_files(
    played: Played, invariants: Callable[[Any], Awaitable[None]], point: str
) -> None:
    await _sign_up_to_the_seal(played)
    command = played.command(KEEPER, "phat-hanh", session=played.sessions["seal"])
    at = f"{point}:4" if point == "in-blob" else point  # the third PDF with its hole is written before anyone is asked
    assert await played.ends(await played.process(kill_at=at, press=command)) == -signal.SIGKILL
    assert await played.ends(await played.process()) == 0
    async with played.scope.read() as tx:
        loaded = await load_transcripts(tx, played.transcripts)
    for one in loaded.values():
        record = await played.scope.blobs.get(one.row.record)
        assert verify_record(record, played.desk.trust, system_clock()).outcome == "valid"
        assert b"signed " in await played.scope.blobs.get(one.row.face)
    await invariants(played)


@pytest.mark.fault(38)
async def test_two_gateways_share_the_work_and_one_dies(
    played: Played, invariants: Callable[[Any], Awaitable[None]]
) -> None:
    for subject in played.transcripts:
        await played.press("gv1", "gvbm", [subject])
    both = [await played.process(kill_at="after-send"), await played.process()]
    codes = [await played.ends(process) for process in both]
    assert codes[1] == 0 and codes[0] in (0, -signal.SIGKILL)
    async with played.scope.read() as tx:
        for row in await tx.rows(confirmations.select().where(tx.of(confirmations))):
            assert (await progress(tx, row.id)).count(AttemptState.SIGNED) == 1
    assert len(played.vendor.transactions) == 3
    await invariants(played)
