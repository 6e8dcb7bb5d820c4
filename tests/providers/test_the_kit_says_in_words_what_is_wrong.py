"""Vendors with one mistake each, judged by the kit in a pytest of their own: three lines, as in their repository."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.feature("P9")

MISTAKES = """
from dataclasses import replace
from hocba_core.errors import Nonsense, OutcomeUnknown, RefusesUs, Unavailable
from hocba_core.provider import Completed
from hocba_core.testing.conformance import ProviderConformance
from hocba_viettel_mysign.provider import ViettelMySign
from hocba_viettel_mysign.simulator import Simulator


class SendsAgain(ViettelMySign):
    async def start(self, session, request):
        try:
            return await super().start(session, request)
        except OutcomeUnknown:
            return await super().start(session, request)

class SaysNotSent(ViettelMySign):
    async def start(self, session, request):
        try:
            return await super().start(session, request)
        except OutcomeUnknown as error:
            raise Unavailable(**error.facts) from error

class LetsItOut(ViettelMySign):
    async def credentials(self, session):
        try:
            return await super().credentials(session)
        except Nonsense as error:
            raise KeyError("cert") from error

class NamesNoSetting(ViettelMySign):
    async def check(self):
        try:
            await super().check()
        except RefusesUs as error:
            raise RefusesUs(provider="viettel_mysign") from error

class Remembers(ViettelMySign):
    async def start(self, session, request):
        self.order = tuple(item.item for item in request.items)
        answer = await super().start(session, request)
        return replace(answer, handle={"transaction": answer.handle["transaction"]})
    async def poll(self, session, pending):
        return await super().poll(session, replace(pending, handle={**pending.handle, "items": self.order}))

class WritesTheToken(ViettelMySign):
    async def start(self, session, request):
        answer = await super().start(session, request)
        return replace(answer, handle={**answer.handle, "token": session.data["token"]})

class Hides(ViettelMySign):
    async def poll(self, session, pending):
        answer = await super().poll(session, pending)
        return Completed({}) if isinstance(answer, Completed) and len(answer.values) > 1 else answer


class TestSendsAgain(ProviderConformance):
    provider = SendsAgain
    fake = Simulator

class TestSaysNotSent(ProviderConformance):
    provider = SaysNotSent
    fake = Simulator

class TestLetsItOut(ProviderConformance):
    provider = LetsItOut
    fake = Simulator

class TestNamesNoSetting(ProviderConformance):
    provider = NamesNoSetting
    fake = Simulator

class TestRemembers(ProviderConformance):
    provider = Remembers
    fake = Simulator

class TestWritesTheToken(ProviderConformance):
    provider = WritesTheToken
    fake = Simulator

class TestHides(ProviderConformance):
    provider = Hides
    fake = Simulator

class TestHasNoFake(ProviderConformance):
    provider = ViettelMySign
"""

EXPECTED = {
    "TestSendsAgain": "sent the request 2 times: a second sending asks the person again",
    "TestSaysNotSent": "your provider raised Unavailable",
    "TestLetsItOut": "Only errors of hocba_core.errors may leave a plugin",
    "TestNamesNoSetting": "RefusesUs must name the setting to mend",
    "TestRemembers": "what poll() needs must be in Pending.handle or Session.data",
    "TestWritesTheToken": "a secret or a personal number",
    "TestHides": "one wrong value must not take the others with it",
    "TestHasNoFake": "names no fake: a provider is proved against its vendor's simulator",
}


CHOSEN = (
    "lost_after_sending and drop or broken_answer and credentials and garbage or names_the_setting "
    "or restart or another_digest or no_secret or says_what"
)


@pytest.fixture(scope="module")
def report(run_kit: Callable[[str, str], str]) -> str:
    return run_kit(MISTAKES, CHOSEN)


@pytest.mark.parametrize("mistake", EXPECTED, ids=str)
def test_a_mistake_is_found_and_said(report: str, said_of: Callable[[str, str], str], mistake: str) -> None:
    assert EXPECTED[mistake] in said_of(report, mistake), report[-6000:]
