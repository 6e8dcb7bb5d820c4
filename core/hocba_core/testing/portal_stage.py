"""What the portal kit plays on: one fake portal, one clock wound by hand, fresh connectors, real sealed packages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

import pytest

from hocba_core.package import Event, Manifest, build_manifest
from hocba_core.portal import Package, PortalConnector, Receipt, ReceiptState, RecordOutcome
from hocba_core.provider import Json
from hocba_core.testing.clock import DEFAULT_START, HandClock
from hocba_core.testing.fake_portal import FakePortal
from hocba_core.testing.packing import manifest_of, sealed_package
from hocba_core.testing.sample import Signers, sample_content, signed_record

_MOST_QUESTIONS = 50
PUPIL = sample_content(number=1).pupil
"""Name and number of the first record's pupil; they belong in no log."""


@lru_cache(maxsize=1)
def the_school() -> Signers:
    """One for all tests of a process: making keys is the slow part."""
    return Signers.create(DEFAULT_START)


@lru_cache(maxsize=1)
def the_records() -> tuple[bytes, ...]:
    return tuple(signed_record(the_school(), number=number, teachers=1) for number in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Sent:
    connector: PortalConnector
    package: Package
    manifest: Manifest
    receipt: Receipt


class PortalStage:
    def __init__(self, connector: type[PortalConnector], fake: FakePortal, clock: HandClock) -> None:
        self._class = connector
        self._open: list[PortalConnector] = []
        self._packages = 0
        self.fake = fake
        self.clock = clock

    def connector(self, settings: Json | None = None) -> PortalConnector:
        """A fresh object, as after a restart."""
        made = self._class(self.fake.settings() if settings is None else settings, self.clock)
        self._open.append(made)
        return made

    async def close(self) -> None:
        for connector in self._open:
            await connector.close()

    def package(
        self, connector: PortalConnector, *, version: int = 1, sealed: bool | None = None
    ) -> tuple[Package, Manifest]:
        """A new package of the same three records, as the connector wants it. From version 2 it is an UPDATE."""
        self._packages += 1
        event: Event = "NEW" if version == 1 else "UPDATE"
        made = manifest_of(the_records(), self.clock(), event=event, number=self._packages)
        manifest = replace(made, version=version)
        seal = connector.can.sealed_packages if sealed is None else sealed
        xml = sealed_package(the_school(), manifest) if seal else build_manifest(manifest)
        return Package(manifest.uuid, xml, manifest.school_code, event), manifest

    async def send(self, *, version: int = 1) -> Sent:
        connector = self.connector()
        package, manifest = self.package(connector, version=version)
        return Sent(connector, package, manifest, await connector.send(package))

    async def settle(self, connector: PortalConnector, receipt: Receipt) -> Receipt:
        """Ask until the portal has decided."""
        for _ in range(_MOST_QUESTIONS):
            if receipt.state is not ReceiptState.WAITING:
                return receipt
            self.clock.advance(timedelta(seconds=1))
            receipt = await connector.status(receipt.id)
        pytest.fail(f"after {_MOST_QUESTIONS} questions status() still says WAITING")


def outcome_of(receipt: Receipt, uuid: str) -> RecordOutcome:
    found = [one for one in receipt.records if one.uuid == uuid]
    assert len(found) == 1, (
        f"the receipt must say once what became of each record; of {uuid} it says it {len(found)} times"
    )
    return found[0]


def accepted(receipt: Receipt) -> Sequence[str]:
    return [one.uuid for one in receipt.records if one.accepted]
