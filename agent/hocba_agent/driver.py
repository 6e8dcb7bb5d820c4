"""One vendor driver, seen from the process that faces the network: its worker process, with deadlines.

A worker that hangs is killed, one that crashed is replaced, each time after a longer pause, so that a bad driver
costs the others nothing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hocba_core.agent_errors import AgentBusy
from hocba_core.agent_protocol import error_of
from hocba_core.errors import DriverFailed, HocbaError, PinBlocked, PinWrong

from hocba_agent import pipe
from hocba_agent.pin_counter import PinCounter
from hocba_agent.system import child_command
from hocba_agent.windows.ask import PATIENCE as WINDOW_PATIENCE
from hocba_agent.windows.kinds import WindowKind

_LONGEST_PAUSE = 60.0
_WAITABLE_PAUSE = 2.0
"""Seconds. A longer pause is reported instead of waited for."""

Hear = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Takes one event of a run."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a driver may take."""

    load: timedelta = timedelta(seconds=20)
    """Loading; one vendor's takes ten seconds."""
    listing: timedelta = timedelta(seconds=5)
    """Then the page is told of the other drivers' tokens."""
    signature: timedelta = timedelta(seconds=60)
    """Login, or one signature."""
    window: timedelta = WINDOW_PATIENCE + timedelta(seconds=5)
    """The window has its own, shorter limit."""


class _Gone(Exception):
    """The worker's pipe is closed."""


class Driver:
    """One conversation at a time."""

    def __init__(
        self,
        module: Path,
        windows: WindowKind,
        counter: PinCounter | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.module = module
        self._windows = windows
        self._counter = counter or PinCounter()
        self._patience = patience or Patience()
        self._worker: asyncio.subprocess.Process | None = None
        self._ready = False
        self._turn = asyncio.Lock()
        self._running = False
        self._last: list[dict[str, Any]] = []
        self._reading = ""
        """Serial of the token whose certificates are being read."""
        self._shy: set[str] = set()
        """Serials of tokens whose reading without a login hung this driver: not tried again."""
        self._failures = 0
        self._not_before = 0.0

    @property
    def name(self) -> str:
        return self.module.name

    @property
    def process_id(self) -> int | None:
        return self._worker.pid if self._worker is not None else None

    @property
    def seen(self) -> list[dict[str, Any]]:
        """Tokens as the worker told of them last; what a token tells is in worker.py."""
        return self._last

    async def spawn(self) -> None:
        """Starts the process without waiting for the driver to load."""
        self._ready = False
        self._worker = await asyncio.create_subprocess_exec(
            *child_command("worker", str(os.getpid()), str(self.module), *self._windows.words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=pipe.MAX_LINE,
        )

    async def tokens(self) -> list[dict[str, Any]]:
        """As the worker says; while it signs, what it said last. Raises DriverFailed."""
        if self._running:
            return self._last
        async with self._turn:
            async with self._deadline(self._patience.load if not self._ready else self._patience.listing):
                await self._be_ready()
            try:
                async with self._deadline(self._patience.listing):
                    self._ask("list")
                    while "tokens" not in (said := await self._hear()):
                        self._reading = str(said["token"])
            except DriverFailed as error:
                if self._reading and error.facts.get("what") == "hang":
                    self._shy.add(self._reading)
                raise
            finally:
                self._reading = ""
                self._last = []
            self._last = list(said["tokens"])
            self._failures = 0
            return self._last

    async def run(self, order: Mapping[str, Any], hear: Hear, cancel: asyncio.Event) -> int:
        """Signs an order (worker.py); `hear` gets each event. Returns how many. `cancel` ends it within one signature.

        Raises what the worker raised, DriverFailed when it crashed or hung, AgentBusy when it signs already.
        """
        return int((await self._work("run", order, hear, cancel))["done"])

    async def unlock(self, serial: str, label: str, cancel: asyncio.Event) -> None:
        """Asks the person for the PIN of a token that hides its certificates; from then on they are listed.

        Raises as `run` does.
        """

        async def hear(event: Mapping[str, Any]) -> None:
            pass

        order = {"token": serial, "label": label}
        self._last = list((await self._work("unlock", order, hear, cancel))["tokens"])

    async def _work(self, do: str, order: Mapping[str, Any], hear: Hear, cancel: asyncio.Event) -> dict[str, Any]:
        if self._running:
            raise AgentBusy(**{"with": "token"})
        self._running = True
        stop = asyncio.create_task(self._pass_on(cancel))
        try:
            async with self._turn:
                async with self._deadline(self._patience.load):
                    await self._be_ready()
                self._ask(do, **order)
                if cancel.is_set():
                    self._send({"do": "cancel"})
                return await self._follow(str(order["token"]), hear)
        finally:
            stop.cancel()
            self._running = False

    async def renew(self) -> None:
        """A new process for a driver that does not see what is in, unless it is at work."""
        if self._ready and not self._turn.locked():
            async with self._turn:
                await self.close()

    def kill(self) -> None:
        """Ends the worker without waiting: whoever asks it something gets DriverFailed."""
        if self._worker is not None:
            with suppress(ProcessLookupError):
                self._worker.kill()

    async def close(self) -> None:
        """Ends the worker now: a driver's own unloading may hang."""
        self.kill()
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if worker.stdin is not None:
            worker.stdin.close()
        await worker.wait()

    async def _follow(self, serial: str, hear: Hear) -> dict[str, Any]:
        wait = self._patience.signature
        asked = False
        while True:
            try:
                async with self._deadline(wait):
                    said = await self._hear()
            except (PinWrong, PinBlocked):
                if asked:
                    self._counter.refused(serial)
                raise
            if "event" not in said:
                self._failures = 0
                return said
            if said["event"] == "login":
                self._counter.accepted(serial)
            asked = asked or said["event"] == "pin"
            wait = self._patience.window if said["event"] == "pin" else self._patience.signature
            await hear(said)

    async def _pass_on(self, cancel: asyncio.Event) -> None:
        await cancel.wait()
        if self._turn.locked() and self._worker is not None:
            self._send({"do": "cancel"})

    async def _be_ready(self) -> None:
        if self._worker is None:
            await self._pause()
            await self.spawn()
        if not self._ready:
            try:
                await self._hear()  # its "ready", or why the module does not load
            except HocbaError:
                await self.failed("load")
                raise
            self._ready = True

    async def _pause(self) -> None:
        left = self._not_before - asyncio.get_running_loop().time()
        if left > _WAITABLE_PAUSE:
            raise DriverFailed(module=self.name, what="paused")
        await asyncio.sleep(max(0.0, left))

    def _deadline(self, limit: timedelta) -> _Deadline:
        return _Deadline(self, limit)

    async def failed(self, what: str) -> DriverFailed:
        """The worker is ended; the next one starts after a pause that doubles."""
        await self.close()
        self._not_before = asyncio.get_running_loop().time() + min(_LONGEST_PAUSE, 0.5 * 2**self._failures)
        self._failures += 1
        return DriverFailed(module=self.name, what=what)

    def _ask(self, do: str, **fields: Any) -> None:
        self._send({"do": do, "wrong": self._counter.wrong, "shy": sorted(self._shy), **fields})

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._worker is not None and self._worker.stdin is not None
        self._worker.stdin.write(pipe.pack(dict(message)))

    async def _hear(self) -> dict[str, Any]:
        assert self._worker is not None and self._worker.stdout is not None
        said = await pipe.receive(self._worker.stdout)
        if said is None:
            raise _Gone
        if said.get("ending"):
            await self.close()  # it goes by itself, for a reason; the next one starts at once
        if "error" in said:
            raise error_of({"code": said["error"], "facts": said["facts"]})
        return said


class _Deadline:
    """`async with`: a worker that is gone, or says nothing in time, becomes DriverFailed and is ended."""

    def __init__(self, driver: Driver, limit: timedelta) -> None:
        self._driver = driver
        self._timeout = asyncio.timeout(limit.total_seconds())

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise await self._driver.failed("hang") from None
        if isinstance(error, asyncio.CancelledError):
            await self._driver.close()  # an answer would stay in the pipe
        if isinstance(error, _Gone):
            raise await self._driver.failed("crash") from None
