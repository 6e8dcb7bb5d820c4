"""The part of the conformance kit about the line to the vendor: answers lost, broken, late, or nobody there.

Whoever implements a provider uses it through `hocba_core.testing.conformance.ProviderConformance`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio

from hocba_core.errors import Busy, HocbaError, OutcomeUnknown, ProviderTrouble, RequestUnknown, Unavailable
from hocba_core.provider import Approval, Pending, SigningProvider
from hocba_core.testing.clock import HandClock
from hocba_core.testing.fake_vendor import FakeVendor, Fault, Operation
from hocba_core.testing.stage import Asked, Stage, good_items, make_request, must_raise

BROKEN_ANSWERS = [Fault.DROP, Fault.LATE_500, Fault.EMPTY, Fault.HTML, Fault.HALF, Fault.GARBAGE]
_CODES = frozenset({Approval.OTP, Approval.PIN, Approval.TOTP})


class OnTheLine:
    """What is asked of a provider when contact breaks."""

    provider: ClassVar[type[SigningProvider]]
    fake: ClassVar[type[FakeVendor]]

    pytestmark = pytest.mark.asyncio

    @pytest_asyncio.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        if not isinstance(getattr(self, "fake", None), type):
            pytest.fail(
                f"{type(self).__name__} names no fake: a provider is proved against its vendor's simulator. "
                "Write one on hocba_core.testing.fake_vendor.FakeVendor and set `fake = YourSimulator`."
            )
        clock = HandClock()
        async with self.fake(clock=clock) as fake:
            made = Stage(self.provider, fake, clock)
            try:
                yield made
            finally:
                await made.close()

    @pytest.mark.parametrize("fault", [*BROKEN_ANSWERS, Fault.BROKEN_500], ids=str)
    async def test_an_answer_lost_after_sending_is_unknown_and_not_sent_again(self, stage: Stage, fault: Fault) -> None:
        provider, person = stage.provider(), stage.person()
        session = await stage.session(provider, person)
        request = make_request(await stage.credential(provider, session), 2)
        stage.fake.misbehave(fault, Operation.START, times=2)
        with must_raise(OutcomeUnknown, f"start(), and the answer is lost ({fault})") as caught:
            await stage.start(provider, session, request)
        assert stage.fake.heard[Operation.START] == 1, (
            f"start() sent the request {stage.fake.heard[Operation.START]} times: a second sending asks the "
            "person again for what they may have approved already"
        )
        quotes_the_vendor(caught[0])

    async def test_a_lost_request_is_found_by_our_reference(self, stage: Stage) -> None:
        provider, person = stage.provider(), stage.person()
        if not provider.can.finds_by_reference:
            return
        session = await stage.session(provider, person)
        request = make_request(await stage.credential(provider, session), 2)
        with must_raise(RequestUnknown, "find() of a request that was never sent"):
            await provider.find(session, request)
        stage.fake.misbehave(Fault.DROP, Operation.START)
        with must_raise(OutcomeUnknown, "start(), and the answer is lost"):
            await stage.start(provider, session, request)
        answer = await provider.find(session, request)
        completed = await stage.finish(Asked(provider, person, session, request, answer))
        assert good_items(request, completed) == {"item-1", "item-2"}
        assert len(stage.fake.transactions) == 1, "find() must not ask the person again"

    @pytest.mark.parametrize("fault", BROKEN_ANSWERS, ids=str)
    async def test_an_answer_lost_after_a_code_was_handed_in_is_unknown(self, stage: Stage, fault: Fault) -> None:
        asked = await stage.ask()
        answer = asked.answer
        if not (isinstance(answer, Pending) and answer.needs in _CODES):
            return
        stage.fake.misbehave(fault, Operation.SUBMIT_CODE)
        with must_raise(OutcomeUnknown, f"submit_code(), and the answer is lost ({fault})"):
            await asked.provider.submit_code(asked.session, answer, stage.fake.code_of(asked.person))

    @pytest.mark.parametrize("fault", BROKEN_ANSWERS, ids=str)
    @pytest.mark.parametrize("operation", [Operation.OPEN_SESSION, Operation.CREDENTIALS, Operation.POLL], ids=str)
    async def test_a_broken_answer_to_a_question_is_the_vendors_trouble(
        self, stage: Stage, operation: Operation, fault: Fault
    ) -> None:
        person = stage.person()
        asked = await stage.ask(person)
        if operation is Operation.POLL and not isinstance(asked.answer, Pending):
            return
        stage.fake.misbehave(fault, operation)
        with must_raise(ProviderTrouble, f"{operation}, and the answer is broken ({fault})") as caught:
            if operation is Operation.POLL:
                assert isinstance(asked.answer, Pending)
                await asked.provider.poll(asked.session, asked.answer)
            else:
                await stage.ask(person)
        assert not isinstance(caught[0], OutcomeUnknown), "a question changes nothing: it may be asked again"
        quotes_the_vendor(caught[0])
        assert good_items(asked.request, await stage.finish(asked)) == {"item-1"}, "and then it goes on"

    async def test_a_busy_vendor_asks_us_to_wait(self, stage: Stage) -> None:
        stage.fake.misbehave(Fault.BUSY_429, Operation.START)
        with must_raise(Busy, "start() answered with 429"):
            await stage.ask()
        assert not stage.fake.transactions

    async def test_an_unreachable_vendor_was_certainly_not_sent_to(self, stage: Stage) -> None:
        provider = stage.provider()
        session = await stage.session(provider, stage.person())
        request = make_request(await stage.credential(provider, session), 1)
        fresh = stage.provider()
        await stage.fake.stop()
        with must_raise(Unavailable, "start() while nobody listens at the vendor's address"):
            await stage.start(fresh, session, request)
        with must_raise(Unavailable, "check() while nobody listens at the vendor's address"):
            await fresh.check()


def quotes_the_vendor(error: HocbaError) -> None:
    assert error.facts.get("provider"), f"{type(error).__name__} must carry the fact `provider`"
    assert error.facts.get("request"), (
        f"{type(error).__name__} must carry the fact `request`, the vendor's or our id of the call: "
        "support at the vendor asks for it first"
    )
