"""Connectors with one mistake each, judged by the kit in a pytest of their own: three lines, as in their repository."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.feature("P9")

MISTAKES = """
from dataclasses import replace
from uuid import uuid4
from hocba_core.errors import Nonsense, RefusesUs, RequestUnknown
from hocba_core.portal import RecordOutcome
from hocba_core.testing.portal_conformance import PortalConformance
from hocba_reception_portal.connector import ReceptionPortal
from hocba_reception_portal.simulator import Simulator


class NewKeyEachTime(ReceptionPortal):
    async def send(self, package):
        return await super().send(replace(package, uuid=str(uuid4())))

class NamesNoSetting(ReceptionPortal):
    async def check(self):
        try:
            await super().check()
        except RefusesUs as error:
            raise RefusesUs(provider="x") from error

class LetsItOut(ReceptionPortal):
    async def status(self, receipt_id):
        try:
            return await super().status(receipt_id)
        except Nonsense as error:
            raise KeyError("trang_thai") from error

class KeepsReceipts(ReceptionPortal):
    async def send(self, package):
        receipt = await super().send(package)
        self.mine = {receipt.id}
        return receipt
    async def status(self, receipt_id):
        if receipt_id not in getattr(self, "mine", ()):
            raise RequestUnknown(provider="x", request="y")
        return await super().status(receipt_id)

class SaysNothing(ReceptionPortal):
    async def status(self, receipt_id):
        receipt = await super().status(receipt_id)
        return replace(receipt, records=tuple(RecordOutcome(one.uuid, one.accepted) for one in receipt.records))

class NumberInTheAddress(ReceptionPortal):
    async def search(self, query):
        await self._client._call("GET", "/thu-hoi/" + query["personal_number"], acts=False)
        return await super().search(query)


class TestNewKeyEachTime(PortalConformance):
    connector = NewKeyEachTime
    fake = Simulator

class TestNamesNoSetting(PortalConformance):
    connector = NamesNoSetting
    fake = Simulator

class TestLetsItOut(PortalConformance):
    connector = LetsItOut
    fake = Simulator

class TestKeepsReceipts(PortalConformance):
    connector = KeepsReceipts
    fake = Simulator

class TestSaysNothing(PortalConformance):
    connector = SaysNothing
    fake = Simulator

class TestNumberInTheAddress(PortalConformance):
    connector = NumberInTheAddress
    fake = Simulator

class TestHasNoFake(PortalConformance):
    connector = ReceptionPortal
"""

EXPECTED = {
    "TestNewKeyEachTime": "pass Package.uuid as the idempotency key",
    "TestNamesNoSetting": "RefusesUs must name the setting to mend",
    "TestLetsItOut": "Only errors of hocba_core.errors may leave a plugin",
    "TestKeepsReceipts": "a fresh connector must be able to ask for a receipt by its id alone",
    "TestSaysNothing": "RecordOutcome.code: why the portal refused that record",
    "TestNumberInTheAddress": "a personal number stood in an address",
    "TestHasNoFake": "names no fake: a connector is proved against its portal's simulator",
}


CHOSEN = "twice or names_the_setting or question and garbage or restart or one_refused or in_an_address or says_what"


@pytest.fixture(scope="module")
def report(run_kit: Callable[[str, str], str]) -> str:
    return run_kit(MISTAKES, CHOSEN)


@pytest.mark.parametrize("mistake", EXPECTED, ids=str)
def test_a_mistake_is_found_and_said(report: str, said_of: Callable[[str, str], str], mistake: str) -> None:
    assert EXPECTED[mistake] in said_of(report, mistake), report[-6000:]
