"""The base of every fake: a real HTTP server on a free port of this machine that can be told to misbehave.

A subclass gives its addresses; faults queue up here and happen once each. The operations are an enum of the
contract that is played (faults.Operation for signing vendors, fake_portal.PortalOperation for portals).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Self

from aiohttp import web

from hocba_core.provider import Json
from hocba_core.testing.faults import EARLY, LATE, Fault, half

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    operation: StrEnum
    path: str
    handler: Handler
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class WrongSetting:
    """Settings with which the other side refuses our own account, and the key that must be blamed."""

    settings: Json = field(repr=False)
    blamed: str


class FakeServer(ABC):
    """Start it with `async with`, or start() and stop()."""

    key: ClassVar[str]
    operations: ClassVar[type[StrEnum]]
    max_body: ClassVar[int] = 16 * 1024 * 1024

    def __init__(self) -> None:
        self._faults: list[tuple[Fault, StrEnum | None]] = []
        self._runner: web.AppRunner | None = None
        self._url = ""
        self.down = False
        """Nobody is behind the address: everything is answered with 503, as a load balancer does."""
        self.heard: Counter[StrEnum] = Counter()
        """Calls that arrived, answered or not."""
        self.addresses: list[str] = []
        """Path and query of each, as an access log would keep them."""

    # --- what a plugin's own fake says -----------------------------------------------------------

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """The addresses that the plugin calls."""

    @abstractmethod
    def settings(self) -> Json:
        """Settings with which the plugin reaches this server; it must be running."""

    @abstractmethod
    def wrong_settings(self) -> Sequence[WrongSetting]:
        """One for each part of our own account that the other side can refuse."""

    @abstractmethod
    def secrets(self) -> Sequence[str]:
        """Every text that may never be seen outside the wire: our account's, tokens given out, passwords."""

    def controls(self) -> Sequence[tuple[str, str, Handler]]:
        """Method, path under /_simulator and handler: what another process may do besides faults."""
        return ()

    # --- faults ----------------------------------------------------------------------------------

    def misbehave(self, fault: Fault, operation: StrEnum | None = None, times: int = 1) -> None:
        """The next `times` calls of that operation (None: any) go wrong like this. Faults queue up."""
        self._faults += [(fault, operation)] * times

    def take_fault(self, operation: StrEnum, among: frozenset[Fault]) -> Fault | None:
        """The first queued fault of these kinds for this operation; it happens once."""
        for index, (fault, wanted) in enumerate(self._faults):
            if fault in among and wanted in (None, operation):
                del self._faults[index]
                return fault
        return None

    # --- the server ------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        assert self._url, "the fake is not running: use `async with`"
        return self._url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; 0 takes any free port. Returns the address."""
        app = web.Application(client_max_size=self.max_body)
        for route in self.routes():
            app.router.add_route(route.method, route.path, self._faulty(route))
        own = (("POST", "/fault", self._control_fault), ("POST", "/down", self._control_down))
        for method, path, handler in (*own, *self.controls()):
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

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _faulty(self, route: Route) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            await request.read()
            if self.down:
                return web.Response(status=503, text="<h1>Service Unavailable</h1>", content_type="text/html")
            self.heard[route.operation] += 1
            self.addresses.append(request.path_qs)
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

    async def _control_fault(self, request: web.Request) -> web.Response:
        said: dict[str, Any] = await request.json()
        operation = self.operations(said["operation"]) if "operation" in said else None
        self.misbehave(Fault(said["fault"]), operation, said.get("times", 1))
        return web.json_response({})

    async def _control_down(self, request: web.Request) -> web.Response:
        said: dict[str, Any] = await request.json()
        self.down = bool(said["down"])
        return web.json_response({})
