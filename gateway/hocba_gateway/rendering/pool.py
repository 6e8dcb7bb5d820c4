"""Rendering in processes of their own: the event loop never waits for typesetting, and a bad form kills no gateway.

Processes are spawned, not forked, before the gateway opens a socket; they inherit no socket and no secret, die
with us, have a deadline for each form, and are replaced when they crash, hang or have worked long enough.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hocba_core.errors import OurFault

from hocba_gateway.rendering import frames
from hocba_gateway.rendering.render import Seal

DEADLINE = timedelta(seconds=15)
START_DEADLINE = timedelta(seconds=60)
FORMS_PER_PROCESS = 5000
"""Then a fresh one: typst keeps what it has laid out before."""

_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT", "TMPDIR")


class _Gone(Exception):
    """The process crashed or closed its pipe."""


@dataclass(slots=True, eq=False)
class _Worker:
    process: asyncio.subprocess.Process
    forms: int = 0

    @classmethod
    async def spawn(cls, lookup: str) -> _Worker:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hocba_gateway.rendering.worker",
            str(os.getpid()),
            lookup,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(START_DEADLINE.total_seconds()):
                await worker._receive()
        except (_Gone, TimeoutError):
            await worker.end()
            raise OurFault(what="render-start") from None
        except BaseException:
            await worker.end()
            raise
        return worker

    async def ask(self, head: dict[str, Any], record: bytes) -> tuple[dict[str, Any], bytes]:
        stdin = self.process.stdin
        assert stdin is not None
        self.forms += 1
        try:
            stdin.write(frames.pack(head, record))
            await stdin.drain()
        except OSError as error:
            raise _Gone from error
        return await self._receive()

    async def _receive(self) -> tuple[dict[str, Any], bytes]:
        stdout = self.process.stdout
        assert stdout is not None
        try:
            size = frames.length(await stdout.readexactly(frames.LENGTH_BYTES))
            return frames.unpack(await stdout.readexactly(size))
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise _Gone from error

    async def end(self) -> None:
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        await self.process.wait()


class RenderPool:
    """Use as `pool = await RenderPool.start(2)` … `await pool.close()`."""

    def __init__(self, lookup: str, deadline: timedelta) -> None:
        self._lookup = lookup
        self._deadline = deadline
        self._idle: asyncio.Queue[_Worker | None] = asyncio.Queue()
        self._all: set[_Worker] = set()
        self._closed = False

    @classmethod
    async def start(cls, workers: int, *, lookup: str = "", deadline: timedelta = DEADLINE) -> RenderPool:
        """`lookup`: address that the QR leads to, see render.Renderer. Raises OurFault when they do not start."""
        pool = cls(lookup, deadline)
        try:
            for _ in range(workers):
                pool._idle.put_nowait(await pool._spawn())
        except BaseException:
            await pool.close()
            raise
        return pool

    async def sealable(self, record: bytes, seal: Seal) -> bytes:
        """See Renderer.sealable. Raises OurFault: `what` says render-deadline, render-crash or what the form said."""
        head = {"kind": "seal", "name": seal.name, "tax_code": seal.tax_code, "time": seal.time.isoformat()}
        return await self._render(head, record)

    async def preview(self, record: bytes, now: datetime) -> bytes:
        """See Renderer.preview."""
        return await self._render({"kind": "preview", "time": now.isoformat()}, record)

    def process_ids(self) -> list[int]:
        return [worker.process.pid for worker in self._all]

    async def close(self) -> None:
        self._closed = True
        workers, self._all = self._all, set()
        for worker in workers:
            await worker.end()

    async def _spawn(self) -> _Worker:
        worker = await _Worker.spawn(self._lookup)
        self._all.add(worker)
        return worker

    async def _render(self, head: dict[str, Any], record: bytes) -> bytes:
        """Once more after a crash, which may have been another form's; never after a deadline."""
        for last in (False, True):
            try:
                said, pdf = await self._once(head, record)
            except _Gone:
                if last or self._closed:
                    raise OurFault(what="render-crash") from None
                continue
            if "error" in said:
                raise OurFault(what=f"render-{said['error']}")
            return pdf
        raise AssertionError("unreachable")

    async def _once(self, head: dict[str, Any], record: bytes) -> tuple[dict[str, Any], bytes]:
        if self._closed:
            raise OurFault(what="render-closed")
        worker = await self._idle.get()
        keep = False
        try:
            if worker is None:
                worker = await self._spawn()
            async with asyncio.timeout(self._deadline.total_seconds()):
                answer = await worker.ask(head, record)
            keep = worker.forms < FORMS_PER_PROCESS
            return answer
        except TimeoutError:
            raise OurFault(what="render-deadline") from None
        finally:
            # a cancelled caller leaves an answer in the pipe: that process cannot be asked again
            if keep or worker is None:
                self._idle.put_nowait(worker)
            else:
                self._all.discard(worker)
                self._idle.put_nowait(None)
                await asyncio.shield(worker.end())
