"""What the conformance kit plays on: one fake vendor, one clock wound by hand, people, and fresh providers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import pytest

from hocba_core.certificate import Certificate
from hocba_core.errors import HocbaError, OutcomeUnknown
from hocba_core.provider import (
    Approval,
    Challenge,
    Completed,
    Completion,
    Credential,
    Json,
    Pending,
    Session,
    SignatureRequest,
    SigningProvider,
    ToSign,
)
from hocba_core.signature_value import fits
from hocba_core.testing.clock import HandClock
from hocba_core.testing.fake_vendor import FakeVendor
from hocba_core.testing.phone import FakePerson

_MOST_POLLS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is under way at the vendor."""

    provider: SigningProvider
    person: FakePerson
    session: Session
    request: SignatureRequest
    answer: Completed | Pending


class Stage:
    def __init__(self, provider: type[SigningProvider], fake: FakeVendor, clock: HandClock) -> None:
        self._class = provider
        self._open: list[SigningProvider] = []
        self._people = 0
        self.fake = fake
        self.clock = clock

    def provider(self, settings: Json | None = None) -> SigningProvider:
        """A fresh object, as after a restart."""
        made = self._class(self.fake.settings() if settings is None else settings, self.clock)
        self._open.append(made)
        return made

    async def close(self) -> None:
        for provider in self._open:
            await provider.close()

    def person(self, name: str = "Nguyễn Thị An") -> FakePerson:
        self._people += 1
        return self.fake.add_person(name, f"0010850{self._people:05}")

    async def session(self, provider: SigningProvider, person: FakePerson) -> Session:
        opened = await provider.open_session(self.fake.fields_of(person))
        if isinstance(opened, Challenge):
            opened = await provider.answer(opened, self.fake.login_code_of(person))
        return opened

    async def credential(self, provider: SigningProvider, session: Session) -> Credential:
        usable = [one for one in await provider.credentials(session) if one.usable]
        assert usable, "credentials() shows no usable certificate of a person who has one"
        return usable[0]

    async def ask(self, person: FakePerson | None = None, count: int = 1) -> Asked:
        """Log in, choose the certificate, start(). `count` digests in one request."""
        person = person or self.person()
        provider = self.provider()
        session = await self.session(provider, person)
        request = make_request(await self.credential(provider, session), count)
        return Asked(provider, person, session, request, await self.start(provider, session, request))

    async def start(
        self, provider: SigningProvider, session: Session, request: SignatureRequest
    ) -> Completed | Pending:
        """start(), with time going on meanwhile where the vendor keeps the call open for the person."""
        if provider.can.completion is not Completion.BLOCKING:
            return await provider.start(session, request)
        call = asyncio.ensure_future(provider.start(session, request))
        while not call.done():
            self.clock.advance(timedelta(seconds=1))
            await asyncio.sleep(0.01)
        return call.result()

    async def finish(self, asked: Asked) -> Completed:
        """Poll, or hand in the code, until the vendor has answered."""
        answer = asked.answer
        for _ in range(_MOST_POLLS):
            if isinstance(answer, Completed):
                return answer
            if answer.needs in (Approval.OTP, Approval.PIN, Approval.TOTP):
                code = self.fake.code_of(asked.person)
                answer = await asked.provider.submit_code(asked.session, answer, code)
            else:
                self.clock.advance(answer.poll_after)
                answer = await asked.provider.poll(asked.session, answer)
        pytest.fail(f"the person approved, and after {_MOST_POLLS} polls the provider still says Pending")

    def lapse(self, asked: Asked) -> None:
        """Nobody answers until the vendor's own deadline has passed."""
        self.clock.advance(self.fake.lifetime + timedelta(seconds=1))


def make_request(credential: Credential, count: int) -> SignatureRequest:
    items = tuple(
        ToSign(f"item-{number}", f"6A1 so {number} N.T.A.", sha256(f"document {number}".encode()).digest())
        for number in range(1, count + 1)
    )
    return SignatureRequest("request-1", credential, items, f"6A1: {count} hoc ba")


def good_items(request: SignatureRequest, completed: Completed) -> set[str]:
    """The items whose value core would accept: right digest, promised certificate."""
    certificate = Certificate.read(request.credential.certificate)
    wanted = {item.item: item.digest for item in request.items}
    strange = set(completed.values) - set(wanted)
    assert not strange, f"values came back under item ids that nobody asked for: {sorted(strange)}"
    return {item for item, value in completed.values.items() if fits(certificate, wanted[item], value)}


def through_json(value: Json, name: str) -> Json:
    """As a row in a table gives it back."""
    try:
        read: Mapping[str, object] = json.loads(json.dumps(value))
    except (TypeError, ValueError) as error:
        pytest.fail(f"{name} must be plain JSON, it is stored in a row: {error}")
    assert read == value, f"{name} changes on its way through JSON (tuples? keys that are no texts?)"
    return read


@contextmanager
def must_raise(kind: type[HocbaError] | tuple[type[HocbaError], ...], when: str) -> Iterator[list[HocbaError]]:
    """Yields a list that holds the error afterwards. Says in words what came instead."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    wanted = " or ".join(one.__name__ for one in kinds)
    caught: list[HocbaError] = []
    try:
        yield caught
    except kinds as error:
        caught.append(error)
    except HocbaError as error:
        pytest.fail(
            f"{when}: expected {wanted}, your provider raised {type(error).__name__} ({error.facts})." + _why(kinds)
        )
    except Exception as error:
        pytest.fail(
            f"{when}: expected {wanted}, your provider let {type(error).__name__} out. Only errors of "
            "hocba_core.errors may leave a plugin: catch it in client.py or wire.py, translate it in faults.py."
        )
    else:
        pytest.fail(f"{when}: expected {wanted}, your provider raised nothing.{_why(kinds)}")


@contextmanager
def in_words(meaning: str) -> Iterator[None]:
    """Whatever goes wrong inside means this."""
    try:
        yield
    except Exception as error:
        raise AssertionError(f"{meaning} ({type(error).__name__}: {error})") from error


def _why(kinds: tuple[type[HocbaError], ...]) -> str:
    if OutcomeUnknown in kinds:
        return (
            " The request had left us, so it may have reached a phone: anything but OutcomeUnknown makes the "
            "gateway ask the person again for what they may have approved already."
        )
    return ""
