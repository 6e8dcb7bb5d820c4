"""The base of every fake vendor: a real HTTP server on a free port of this machine, with real keys.

A subclass speaks one vendor's wire; people, phones, certificates, faults and counts are here, and the
conformance kit drives them through this class only. From another process the same is done over HTTP:

    POST /_simulator/phone        {"mood": "reject", "user": "…" (absent: everybody), "after_ms": 0}
    POST /_simulator/answer       {"transaction": "…", "mood": "approve"}
    POST /_simulator/fault        {"fault": "drop", "operation": "start", "times": 1}
    POST /_simulator/people       {"user_id": "…", "name": "…", "number": "…"}
    GET  /_simulator/transactions
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any, ClassVar

from aiohttp import web

from hocba_core.clock import Clock
from hocba_core.provider import Json
from hocba_core.secret import Secret
from hocba_core.testing.ca_folder import CaFolder
from hocba_core.testing.clock import DEFAULT_START
from hocba_core.testing.faults import EARLY, LATE, VALUES, Fault, Operation, half, signed
from hocba_core.testing.phone import FakePerson, Mood, Phone, State, Transaction
from hocba_core.testing.pki import Identity, TestCa

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    operation: Operation
    path: str
    handler: Handler
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class WrongSetting:
    """Settings with which the vendor refuses our own account, and the key that must be blamed."""

    settings: Json = field(repr=False)
    blamed: str


class FakeVendor(ABC):
    """Start it with `async with`, or start() and stop()."""

    key: ClassVar[str]
    lifetime: ClassVar[timedelta] = timedelta(seconds=180)
    """How long a request waits for the person."""

    def __init__(self, *, clock: Clock, keys: CaFolder | None = None) -> None:
        """`keys`: where people's keys are kept; None makes them in memory, shared between people."""
        self.clock = clock
        self.phone = Phone(clock, self.lifetime)
        self.people: dict[str, FakePerson] = {}
        self._keys = keys
        self._identities: dict[str, Identity] = {}
        self._faults: list[tuple[Fault, Operation | None]] = []
        self._runner: web.AppRunner | None = None
        self._url = ""
        self.heard: Counter[Operation] = Counter()
        """Calls that arrived, answered or not."""

    # --- what a vendor's own fake says ---------------------------------------------------------

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """The vendor's addresses."""

    @abstractmethod
    def settings(self) -> Json:
        """Settings with which the plugin reaches this server; it must be running."""

    @abstractmethod
    def wrong_settings(self) -> Sequence[WrongSetting]:
        """One for each part of our own account that the vendor can refuse."""

    @abstractmethod
    def fields_of(self, person: FakePerson) -> Mapping[str, Secret]:
        """What that person types in."""

    @abstractmethod
    def secrets(self) -> Sequence[str]:
        """Every text that may never be seen outside the wire: our account's, tokens given out, passwords."""

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

    # --- faults and counts -------------------------------------------------------------------------

    def misbehave(self, fault: Fault, operation: Operation | None = None, times: int = 1) -> None:
        """The next `times` calls of that operation (None: any) go wrong like this. Faults queue up."""
        self._faults += [(fault, operation)] * times

    def take_fault(self, operation: Operation, among: frozenset[Fault]) -> Fault | None:
        """The first queued fault of these kinds for this operation; it happens once."""
        for index, (fault, wanted) in enumerate(self._faults):
            if fault in among and wanted in (None, operation):
                del self._faults[index]
                return fault
        return None

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        return tuple(self.phone.transactions.values())

    def values_of(self, transaction: Transaction) -> tuple[bytes, ...]:
        """Real signatures, or what a fault made of them; always the same for one transaction."""
        if transaction.values is None:
            fault = self.take_fault(Operation.POLL, VALUES)
            transaction.values = signed(transaction, fault)
        return transaction.values

    # --- the server ----------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        assert self._url, "the fake vendor is not running: use `async with`"
        return self._url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; 0 takes any free port. Returns the address."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        for route in self.routes():
            app.router.add_route(route.method, route.path, self._faulty(route))
        for method, path, handler in (
            ("POST", "/phone", self._control_phone),
            ("POST", "/answer", self._control_answer),
            ("POST", "/fault", self._control_fault),
            ("POST", "/people", self._control_people),
            ("GET", "/transactions", self._control_transactions),
        ):
            app.router.add_route(method, f"/_simulator{path}", handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self._url = f"http://{host}:{bound}"
        return self._url

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def __aenter__(self) -> FakeVendor:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _faulty(self, route: Route) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.heard[route.operation] += 1
            await request.read()
            if early := self.take_fault(route.operation, frozenset(EARLY)):
                return EARLY[early]()
            answer = await route.handler(request)
            late = self.take_fault(route.operation, frozenset(LATE) | {Fault.DROP, Fault.HALF})
            if late is Fault.DROP:
                assert request.transport is not None
                request.transport.abort()
                return answer
            if late is Fault.HALF:
                return await half(request)
            return LATE[late]() if late else answer

        return handle

    # --- the same from another process ------------------------------------------------------------------

    async def _control_phone(self, request: web.Request) -> web.Response:
        said = await request.json()
        after = timedelta(milliseconds=said.get("after_ms", 0))
        self.phone.will(Mood(said["mood"]), user=said.get("user"), after=after)
        return web.json_response({})

    async def _control_answer(self, request: web.Request) -> web.Response:
        said = await request.json()
        done = self.phone.answer(said["transaction"], Mood(said["mood"]))
        return web.json_response({"done": done}, status=200 if done else 409)

    async def _control_fault(self, request: web.Request) -> web.Response:
        said = await request.json()
        operation = Operation(said["operation"]) if "operation" in said else None
        self.misbehave(Fault(said["fault"]), operation, said.get("times", 1))
        return web.json_response({})

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
