"""The tests that every portal connector must pass, each against the portal's own fake.

    from hocba_core.testing.portal_conformance import PortalConformance

    class TestMyPortal(PortalConformance):
        connector = MyPortal
        fake = MyPortalSimulator

needs `hocba-core[documents,testing]` and nothing of the gateway. The fake is a FakePortal (fake_portal.py): it really
judges what arrives. A failure says in words what is wrong and why it matters.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio

from hocba_core.errors import (
    Busy,
    OutcomeUnknown,
    ProviderTrouble,
    Refused,
    RefusesUs,
    RequestRefused,
    RequestUnknown,
    SettingWrong,
    Unavailable,
)
from hocba_core.package import MAX_RECORDS
from hocba_core.portal import PortalConnector, Receipt, ReceiptState
from hocba_core.testing.clock import HandClock
from hocba_core.testing.conformance import all_that_it_says, is_noise
from hocba_core.testing.conformance_line import BROKEN_ANSWERS, quotes_the_vendor
from hocba_core.testing.fake_portal import FakePortal, PortalOperation
from hocba_core.testing.faults import Fault
from hocba_core.testing.portal_stage import PUPIL, PortalStage, accepted, outcome_of, the_school
from hocba_core.testing.stage import in_words, must_raise

_LOST = [*BROKEN_ANSWERS, Fault.BROKEN_500]


class PortalConformance:
    """Set `connector` and `fake`; nothing else is needed."""

    connector: ClassVar[type[PortalConnector]]
    fake: ClassVar[type[FakePortal]]

    pytestmark = pytest.mark.asyncio

    @pytest_asyncio.fixture
    async def stage(self) -> AsyncIterator[PortalStage]:
        if not isinstance(getattr(self, "fake", None), type):
            pytest.fail(
                f"{type(self).__name__} names no fake: a connector is proved against its portal's simulator. "
                "Write one on hocba_core.testing.fake_portal.FakePortal and set `fake = YourSimulator`."
            )
        clock = HandClock()
        async with self.fake(clock=clock, trust=the_school().trust) as fake:
            made = PortalStage(self.connector, fake, clock)
            try:
                yield made
            finally:
                await made.close()

    # --- what it says about itself ---------------------------------------------------------------

    async def test_it_says_what_it_is(self, stage: PortalStage) -> None:
        connector = stage.connector()
        assert re.fullmatch(r"[a-z][a-z0-9_]*", connector.key), "key: lower-case letters, digits and underscores"
        assert connector.title, "title: what an officer reads in the list of portals"
        assert 1 <= connector.can.records_per_package <= MAX_RECORDS, (
            f"can.records_per_package: from 1 to {MAX_RECORDS}, which is what the form of a package holds"
        )
        assert connector.can.sealed_packages or not stage.fake.wants_seal, (
            "can.sealed_packages is false, but the portal wants the seal: every package would be refused"
        )

    async def test_a_setting_it_does_not_know_is_refused_by_name(self, stage: PortalStage) -> None:
        with must_raise(SettingWrong, "a setting with a typing mistake") as caught:
            stage.connector({**stage.fake.settings(), "no_such_setting": 1})
        assert "no_such_setting" in str(caught[0].facts.get("setting")), "SettingWrong must name the key"

    # --- our own account -------------------------------------------------------------------------

    async def test_check_passes_with_a_good_account(self, stage: PortalStage) -> None:
        await stage.connector().check()

    async def test_our_refused_account_names_the_setting(self, stage: PortalStage) -> None:
        for wrong in stage.fake.wrong_settings():
            connector = stage.connector(wrong.settings)
            with must_raise(RefusesUs, f"check() with a wrong {wrong.blamed}") as caught:
                await connector.check()
            assert caught[0].facts.get("setting") == wrong.blamed, (
                f"RefusesUs must name the setting to mend, {wrong.blamed!r}: an administrator reads it"
            )
            with must_raise(RefusesUs, f"send() with a wrong {wrong.blamed}"):
                await connector.send(stage.package(connector)[0])
        assert not stage.fake.held

    # --- sending ---------------------------------------------------------------------------------

    async def test_a_good_package_is_accepted_with_every_record(self, stage: PortalStage) -> None:
        sent = await stage.send()
        receipt = await stage.settle(sent.connector, sent.receipt)
        assert receipt.state is ReceiptState.ACCEPTED, f"the portal refused a good package: {receipt.code}"
        assert accepted(receipt) == [record.uuid for record in sent.manifest.records]
        held = {uuid: one.sha256 for uuid, one in stage.fake.held.items()}
        assert held == {record.uuid: record.sha256 for record in sent.manifest.records}, (
            "what the portal holds is not what was sent: the package's bytes must arrive as they were sealed"
        )

    async def test_the_receipt_is_known_while_the_portal_still_thinks(self, stage: PortalStage) -> None:
        sent = await stage.send()
        assert sent.receipt.id, "Receipt.id: without it nobody can ask again"
        again = await sent.connector.status(sent.receipt.id)
        assert (again.id, again.state) == (sent.receipt.id, sent.receipt.state), (
            "status() at the same moment must say what send() said, under the same id"
        )
        if again.state is ReceiptState.WAITING:
            assert not again.records, "nothing is decided while the receipt is WAITING"

    async def test_one_refused_record_leaves_the_others_accepted(self, stage: PortalStage) -> None:
        connector = stage.connector()
        package, manifest = stage.package(connector)
        bad = manifest.records[1].uuid
        stage.fake.refuse(bad, "Trùng số định danh")
        receipt = await stage.settle(connector, await connector.send(package))
        assert receipt.state is ReceiptState.ACCEPTED, "one refused record does not refuse the package"
        assert len(accepted(receipt)) == len(manifest.records) - 1
        said = outcome_of(receipt, bad)
        assert not said.accepted and said.code, "RecordOutcome.code: why the portal refused that record"
        assert "Trùng số định danh" in said.message, (
            "RecordOutcome.message: the portal's own words, a person reads them"
        )

    async def test_a_package_without_its_seal_is_refused_with_a_reason(self, stage: PortalStage) -> None:
        connector = stage.connector()
        if not connector.can.sealed_packages:
            return
        package, _ = stage.package(connector, sealed=False)
        try:
            receipt = await stage.settle(connector, await connector.send(package))
        except RequestRefused as refused:
            assert refused.facts.get("vendor_code"), "RequestRefused must carry the fact `vendor_code`"
        else:
            assert receipt.state is ReceiptState.REFUSED and receipt.code, "a refused package says why, in Receipt.code"
        assert not stage.fake.held

    async def test_sent_twice_arrives_once(self, stage: PortalStage) -> None:
        sent = await stage.send()
        again = await stage.connector().send(sent.package)
        assert again.id == sent.receipt.id, (
            "the same package again must give the same receipt: pass Package.uuid as the idempotency key"
        )
        assert len(stage.fake.receipts) == 1, "the portal took the same package for two"

    async def test_a_version_that_is_not_higher_is_refused_and_a_higher_one_replaces(self, stage: PortalStage) -> None:
        first = await stage.send()
        await stage.settle(first.connector, first.receipt)
        stale = await stage.send()
        receipt = await stage.settle(stale.connector, stale.receipt)
        assert not accepted(receipt), "records of an equal version must come back refused, as the portal said"
        newer = await stage.send(version=2)
        receipt = await stage.settle(newer.connector, newer.receipt)
        assert len(accepted(receipt)) == len(newer.manifest.records)

    # --- the line breaks -------------------------------------------------------------------------

    @pytest.mark.parametrize("fault", _LOST, ids=str)
    async def test_an_answer_is_lost_and_the_package_is_sent_again(self, stage: PortalStage, fault: Fault) -> None:
        connector = stage.connector()
        package, manifest = stage.package(connector)
        stage.fake.misbehave(fault, PortalOperation.SEND)
        with must_raise(ProviderTrouble, f"send(), and the answer is lost ({fault})") as caught:
            await connector.send(package)
        quotes_the_vendor(caught[0])
        assert not isinstance(caught[0], RefusesUs | RequestRefused), "nobody refused anything: it may be sent again"
        receipt = await stage.settle(connector, await connector.send(package))
        assert len(accepted(receipt)) == len(manifest.records)
        assert len(stage.fake.receipts) == 1, "sent again, it must arrive once"

    @pytest.mark.parametrize("fault", _LOST, ids=str)
    async def test_a_broken_answer_to_a_question_is_asked_again(self, stage: PortalStage, fault: Fault) -> None:
        sent = await stage.send()
        stage.fake.misbehave(fault, PortalOperation.STATUS, times=2)  # HTTP clients repeat a broken GET once
        with must_raise(ProviderTrouble, f"status(), and the answer is broken ({fault})") as caught:
            await sent.connector.status(sent.receipt.id)
        assert not isinstance(caught[0], OutcomeUnknown), "a question changes nothing: it may be asked again"
        quotes_the_vendor(caught[0])
        while stage.fake.take_fault(PortalOperation.STATUS, frozenset(Fault)):
            pass
        assert (await stage.settle(sent.connector, sent.receipt)).state is ReceiptState.ACCEPTED, "and then it goes on"

    async def test_a_busy_portal_asks_us_to_wait(self, stage: PortalStage) -> None:
        connector = stage.connector()
        package, _ = stage.package(connector)
        stage.fake.misbehave(Fault.BUSY_429, PortalOperation.SEND)
        with must_raise(Busy, "send() answered with 429") as caught:
            await connector.send(package)
        assert caught[0].facts.get("retry_after") == 7, "Busy must carry the fact `retry_after`, in seconds"
        assert not stage.fake.held

    @pytest.mark.parametrize("operation", [PortalOperation.SEND, PortalOperation.STATUS], ids=str)
    async def test_a_token_that_ends_costs_a_login_and_nothing_else(
        self, stage: PortalStage, operation: PortalOperation
    ) -> None:
        stage.fake.misbehave(Fault.REFUSED_401, operation)
        with in_words("a token ended in the middle: log in again inside the connector, no person is there to do it"):
            sent = await stage.send()
            await stage.settle(sent.connector, sent.receipt)
        assert len(stage.fake.receipts) == 1

    async def test_an_unreachable_portal_was_certainly_not_sent_to(self, stage: PortalStage) -> None:
        connector = stage.connector()
        package, _ = stage.package(connector)
        await stage.fake.stop()
        with must_raise(Unavailable, "send() while nobody listens at the portal's address"):
            await connector.send(package)
        with must_raise(Unavailable, "check() while nobody listens at the portal's address"):
            await connector.check()

    async def test_a_restart_while_waiting_loses_nothing(self, stage: PortalStage) -> None:
        sent = await stage.send()
        with in_words("a fresh connector must be able to ask for a receipt by its id alone"):
            receipt = await stage.settle(stage.connector(), sent.receipt)
        assert receipt.state is ReceiptState.ACCEPTED

    async def test_a_receipt_that_the_portal_does_not_know_is_told_as_such(self, stage: PortalStage) -> None:
        with must_raise(RequestUnknown, "status() of a receipt that never was: the gateway then sends again"):
            await stage.connector().status("no/such receipt")

    # --- looking up and recalling ------------------------------------------------------------------

    async def test_a_record_is_found_and_no_number_stands_in_an_address(self, stage: PortalStage) -> None:
        sent = await stage.send()
        await stage.settle(sent.connector, sent.receipt)
        wanted = {"personal_number": PUPIL["SO_DINH_DANH"]}
        if not sent.connector.can.search:
            with must_raise(Refused, "search() where can.search is false"):
                await sent.connector.search(wanted)
            return
        (found,) = await sent.connector.search(wanted)
        assert (found.uuid, found.version, found.state) == (sent.manifest.records[0].uuid, 1, "1")
        assert PUPIL["SO_DINH_DANH"] not in found.personal_number, "Found.personal_number must be masked"
        assert not any(PUPIL["SO_DINH_DANH"] in address for address in stage.fake.addresses), (
            "a personal number stood in an address, and with it in every access log on the way: send it in the body"
        )

    async def test_a_recall_is_asked_once_and_its_decision_is_read(self, stage: PortalStage) -> None:
        connector = stage.connector()
        if not connector.can.recall:
            with must_raise(Refused, "recall() where can.recall is false"):
                await connector.recall(b"<THU_HOI></THU_HOI>", "request-1")
            return
        recall = await connector.recall(b"<THU_HOI></THU_HOI>", "request-1")
        assert await connector.recall(b"<THU_HOI></THU_HOI>", "request-1") == recall, "asked twice is asked once"
        assert await connector.recall_status(recall) == "CHO_XU_LY"
        stage.fake.decide_recall(recall, "DONG_Y")
        assert await connector.recall_status(recall) == "DONG_Y"

    # --- secrets ---------------------------------------------------------------------------------------

    async def test_no_secret_is_seen_in_errors_receipts_or_logs(
        self, stage: PortalStage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        seen: list[str] = []
        for operation in PortalOperation:
            for fault in (*_LOST, Fault.REFUSED_401):
                stage.fake.misbehave(fault, operation)
                try:
                    receipt = await self._all(stage)
                    seen.append(repr(receipt))
                except Exception as error:  # also what should not have come out
                    seen += all_that_it_says(error)
                while stage.fake.take_fault(operation, frozenset(Fault)):
                    pass
        seen += [repr(one) for one in stage._open]
        seen.append("\n".join(record.getMessage() for record in caplog.records if not is_noise(record)))
        for secret in (*stage.fake.secrets(), PUPIL["SO_DINH_DANH"], PUPIL["HO_VA_TEN"]):
            for text in seen:
                assert secret not in text, f"a secret or a child's data ({secret[:3]}…) is seen in: {text[:300]}"

    async def _all(self, stage: PortalStage) -> Receipt:
        sent = await stage.send()
        if sent.connector.can.search:
            await sent.connector.search({"personal_number": PUPIL["SO_DINH_DANH"]})
        if sent.connector.can.recall:
            await sent.connector.recall_status(await sent.connector.recall(b"<THU_HOI></THU_HOI>", sent.package.uuid))
        return await stage.settle(sent.connector, sent.receipt)
