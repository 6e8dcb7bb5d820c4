"""The base of every fake vendor: a real HTTP server on a free port of this machine, with real keys.

A subclass speaks one vendor's wire; people, phones, certificates, faults and counts are here, and the
conformance kit drives them through this class only. From another process the same is done over HTTP:

    POST /_simulator/phone        {"mood": "reject", "user": "…" (absent: everybody), "after_ms": 0}
    POST /_simulator/answer       {"transaction": "…", "mood": "approve"}
    POST /_simulator/fault        {"fault": "drop", "operation": "start", "times": 1}
    POST /_simulator/down         {"down": true}
    POST /_simulator/people       {"user_id": "…", "name": "…", "number": "…"}
    GET  /_simulator/transactions
    GET  /_simulator/             everybody's phone as a page; POST /_simulator/tap is its button
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, ClassVar

from aiohttp import web

from hocba_core.clock import Clock
from hocba_core.secret import Secret
from hocba_core.testing.ca_folder import CaFolder
from hocba_core.testing.clock import DEFAULT_START
from hocba_core.testing.fake_server import FakeServer, Handler, Route, WrongSetting
from hocba_core.testing.faults import VALUES, Fault, Operation, signed
from hocba_core.testing.phone import FakePerson, Mood, Phone, State, Transaction
from hocba_core.testing.phone_page import phone_page
from hocba_core.testing.pki import Identity, TestCa


class FakeVendor(FakeServer):
    """Start it with `async with`, or start() and stop()."""

    operations = Operation
    lifetime: ClassVar[timedelta] = timedelta(seconds=180)
    """How long a request waits for the person."""

    def __init__(self, *, clock: Clock, keys: CaFolder | None = None) -> None:
        """`keys`: where people's keys are kept; None makes them in memory, shared between people."""
        super().__init__()
        self.clock = clock
        self.phone = Phone(clock, self.lifetime)
        self.people: dict[str, FakePerson] = {}
        self._keys = keys
        self._identities: dict[str, Identity] = {}

    # --- what a vendor's own fake says ---------------------------------------------------------

    @abstractmethod
    def fields_of(self, person: FakePerson) -> Mapping[str, Secret]:
        """What that person types in."""

    def make_user(self, name: str, number: str) -> str:
        """A user name in the vendor's form."""
        return number

    def code_of(self, person: FakePerson) -> Secret:
        """The code or PIN with which that person approves, where the vendor wants one."""
        raise NotImplementedError(f"{type(self).__name__} approves with a code: override code_of()")

    def login_code_of(self, person: FakePerson) -> Secret:
        """The answer to a login challenge."""
        raise NotImplementedError(f"{type(self).__name__} challenges logins: override login_code_of()")

    # --- people ------------------------------------------------------------------------------------

    def add_person(self, name: str, number: str, *, user: str = "") -> FakePerson:
        person = FakePerson(user or self.make_user(name, number), name, number)
        self.people[person.user] = person
        self._identities.pop(person.user, None)
        return person

    async def identity_of(self, person: FakePerson) -> Identity:
        """Made when it is first needed, off the loop: RSA keys take their time."""
        if person.user not in self._identities:
            made = await asyncio.to_thread(self._make_identity, person)
            self._identities.setdefault(person.user, made)
        return self._identities[person.user]

    def _make_identity(self, person: FakePerson) -> Identity:
        if self._keys is not None:
            return self._keys.person(person.user, person.name, person.number)
        return _memory_ca().issue_person(person.name, person.number)

    @property
    def ca(self) -> TestCa:
        return self._keys.ca if self._keys is not None else _memory_ca()

    # --- what was asked -------------------------------------------------------------------------------

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        return tuple(self.phone.transactions.values())

    def values_of(self, transaction: Transaction) -> tuple[bytes, ...]:
        """Real signatures, or what a fault made of them; always the same for one transaction."""
        if transaction.values is None:
            fault = self.take_fault(Operation.POLL, VALUES)
            transaction.values = signed(transaction, fault)
        return transaction.values

    # --- the same from another process ------------------------------------------------------------------

    def controls(self) -> Sequence[tuple[str, str, Handler]]:
        return (
            ("POST", "/phone", self._control_phone),
            ("POST", "/answer", self._control_answer),
            ("POST", "/people", self._control_people),
            ("GET", "/transactions", self._control_transactions),
            ("GET", "/", self._show_phone),
            ("POST", "/tap", self._tap),
        )

    async def _control_phone(self, request: web.Request) -> web.Response:
        said = await request.json()
        after = timedelta(milliseconds=said.get("after_ms", 0))
        self.phone.will(Mood(said["mood"]), user=said.get("user"), after=after)
        return web.json_response({})

    async def _control_answer(self, request: web.Request) -> web.Response:
        said = await request.json()
        done = self.phone.answer(said["transaction"], Mood(said["mood"]))
        return web.json_response({"done": done}, status=200 if done else 409)

    async def _show_phone(self, _: web.Request) -> web.Response:
        html = phone_page(self.key, self.transactions, self.people, self.clock())
        return web.Response(text=html, content_type="text/html")

    async def _tap(self, request: web.Request) -> web.Response:
        """Too late is no error: the page says what still waits."""
        said = await request.post()
        self.phone.answer(str(said["transaction"]), Mood(str(said["mood"])))
        return web.Response(status=303, headers={"Location": "./"})

    async def _control_people(self, request: web.Request) -> web.Response:
        said = await request.json()
        person = self.add_person(said["name"], said["number"], user=said.get("user_id", ""))
        return web.json_response({"user_id": person.user})

    async def _control_transactions(self, request: web.Request) -> web.Response:
        now = self.clock()
        rows: list[dict[str, Any]] = [
            {
                "transaction": one.id,
                "user": one.user,
                "state": one.state(now).value,
                "description": one.description,
                "titles": list(one.titles),
                "asked_at": one.asked_at.isoformat(),
            }
            for one in self.transactions
        ]
        states = Counter(row["state"] for row in rows)
        done = sum(len(one.digests) for one in self.transactions if one.state(now) is State.DONE)
        return web.json_response({"transactions": rows, "states": states, "signatures": done})


@lru_cache(maxsize=1)
def _memory_ca() -> TestCa:
    """One for all tests of a process: making keys is the slow part."""
    return TestCa.create("Fake vendor", DEFAULT_START)


__all__ = ["FakeVendor", "Fault", "Operation", "Route", "WrongSetting"]
