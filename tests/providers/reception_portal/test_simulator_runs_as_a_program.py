"""As the demo uses it: a process of its own with roots from files, driven over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hocba_core.clock import system_clock
from hocba_core.errors import ProviderTrouble
from hocba_core.package import Manifest
from hocba_core.portal import Package, Receipt, ReceiptState
from hocba_core.testing.packing import manifest_of, sealed_package
from hocba_core.testing.portal_stage import accepted
from hocba_core.testing.sample import Signers, signed_record
from hocba_reception_portal.connector import ReceptionPortal

pytestmark = [pytest.mark.feature("P8"), pytest.mark.feature("P11")]


@pytest.fixture(scope="module")
def school() -> Signers:
    return Signers.create(system_clock().replace(microsecond=0))


@pytest.fixture(scope="module")
def records(school: Signers) -> list[bytes]:
    return [signed_record(school, number=number, teachers=1) for number in (1, 2)]


Running = Callable[..., AbstractAsyncContextManager[Mapping[str, Any]]]


@pytest.fixture
def running(run_program: Running, tmp_path: Path, school: Signers) -> Running:
    """running(*arguments): with the school's roots in files."""
    people, seal = tmp_path / "people.pem", tmp_path / "seal.pem"
    people.write_bytes(school.people_ca.root_pem)
    seal.write_bytes(school.seal_ca.root_pem)
    roots = ("--trust-people", str(people), "--trust-seal", str(seal), "--after-ms", "100")
    return lambda *more: run_program("hocba_reception_portal.simulator", *roots, *more)


def connector(ready: Mapping[str, Any]) -> ReceptionPortal:
    account = {name: ready[name] for name in ("client_id", "client_secret")}
    return ReceptionPortal({"base_url": ready["address"], **account}, system_clock)


def package_of(school: Signers, records: list[bytes], at: datetime, number: int) -> tuple[Package, Manifest]:
    manifest = manifest_of(records, at, number=number)
    return Package(manifest.uuid, sealed_package(school, manifest), manifest.school_code, "NEW"), manifest


async def settled(portal: ReceptionPortal, receipt: Receipt) -> Receipt:
    async with asyncio.timeout(10):
        while receipt.state is ReceiptState.WAITING:
            await asyncio.sleep(0.05)
            receipt = await portal.status(receipt.id)
    return receipt


async def test_it_judges_with_the_roots_it_was_given(running: Running, school: Signers, records: list[bytes]) -> None:
    stranger = Signers.create(school.now)
    theirs, _ = package_of(stranger, records, school.now, 2)
    ours, manifest = package_of(school, records, school.now, 1)
    async with running("--school", "99000501", "99000502") as ready:
        portal = connector(ready)
        refused = await settled(portal, await portal.send(theirs))
        first = await portal.send(ours)
        assert first.state is ReceiptState.WAITING
        taken = await settled(portal, first)
        await portal.close()
    assert (refused.state, refused.code) == (ReceiptState.REFUSED, "UNTRUSTED")
    assert accepted(taken) == [record.uuid for record in manifest.records]


async def test_it_is_driven_over_http_and_shows_no_names(
    running: Running, school: Signers, records: list[bytes]
) -> None:
    package, manifest = package_of(school, records, school.now, 1)
    async with running() as ready, aiohttp.ClientSession() as hand:
        portal = connector(ready)

        async def press(path: str, **said: object) -> int:
            async with hand.post(f"{ready['address']}/_simulator/{path}", json=said) as response:
                return response.status

        async def see() -> str:
            async with hand.get(f"{ready['address']}/_simulator/records") as response:
                return await response.text()

        assert await press("down", down=True) == 200
        with pytest.raises(ProviderTrouble):
            await portal.check()
        assert await press("down", down=False) == 200
        await portal.check()

        assert await press("refuse", uuid=manifest.records[1].uuid, message="Trùng") == 200
        assert await press("fault", fault="drop", operation="send") == 200
        with pytest.raises(ProviderTrouble):
            await portal.send(package)
        receipt = await settled(portal, await portal.send(package))
        assert [one.message for one in receipt.records] == ["", "Trùng"]

        text = await see()
        seen = json.loads(text)
        assert seen["count"] == 1 and seen["classes"] == {"99000501 9A": 1}
        (shown,) = seen["packages"]
        assert (shown["records"], shown["accepted"], shown["arrived"], shown["state"]) == (2, 1, 2, "accepted")
        assert "Nguyễn" not in text and "0993" not in text

        recall = await portal.recall(b"<THU_HOI></THU_HOI>", "request-1")
        assert await press("recall", id=recall, decision="DONG_Y", uuids=[manifest.records[0].uuid]) == 200
        assert await press("recall", id="TH-none", decision="DONG_Y") == 404
        assert await portal.recall_status(recall) == "DONG_Y"
        (found,) = await portal.search({"uuid": manifest.records[0].uuid})
        assert found.state == "2"
        await portal.close()
