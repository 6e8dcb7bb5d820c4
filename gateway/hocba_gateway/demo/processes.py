"""Starts the programs of the demo, waits until each says that it is ready, and ends them all.

A program says so with one line of JSON on stdout; what else it prints goes to a log file in the demo's
folder. Every child is in the demo's process group and, on Linux, dies with it even after kill -9.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hocba_core.lifeline import die_with_parent

READY_SECONDS = 60.0
"""A cold start on a slow school PC, several times over."""


class DidNotStart(RuntimeError):
    """A program ended or said nothing; the message holds the end of its log."""


@dataclass(slots=True)
class Program:
    name: str
    process: asyncio.subprocess.Process
    ready: Mapping[str, Any]
    """What its ready line said."""
    log: Path
    drain: asyncio.Task[None]


class Programs:
    """An async context: whatever was started inside is ended on the way out, last first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[Program] = []

    async def __aenter__(self) -> Programs:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for program in reversed(self._running):
            await self.stop(program)

    async def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Program:
        """Raises DidNotStart with the end of its log."""
        log = self._folder / f"{name}.log"
        with log.open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=sink,
                env={**os.environ, **(environment or {})},
                preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGTERM) if sys.platform == "linux" else None,
            )
        ready = await self._wait_ready(name, process, log)
        assert process.stdout is not None
        drain = asyncio.create_task(_drain(process.stdout, log))
        program = Program(name, process, ready, log, drain)
        self._running.append(program)
        return program

    async def _wait_ready(self, name: str, process: asyncio.subprocess.Process, log: Path) -> Mapping[str, Any]:
        assert process.stdout is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                async for line in process.stdout:
                    with contextlib.suppress(ValueError):
                        found = json.loads(line)
                        if isinstance(found, dict):
                            return found
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        tail = (await asyncio.to_thread(log.read_text, errors="replace"))[-2000:]
        raise DidNotStart(f"{name} không khởi động được ({log}):\n{tail}")

    async def stop(self, program: Program) -> None:
        with contextlib.suppress(ProcessLookupError):
            program.process.terminate()
        try:
            async with asyncio.timeout(10):
                await program.process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                program.process.kill()
            await program.process.wait()
        program.drain.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await program.drain
        if program in self._running:
            self._running.remove(program)


async def _drain(stream: asyncio.StreamReader, log: Path) -> None:
    """Keeps the pipe empty, so that a chatty program never blocks."""
    with log.open("ab") as sink:
        async for line in stream:
            sink.write(line)
            sink.flush()


def free_port(preferred: int) -> int:
    """`preferred` where it can be had, else any free one (0 lets the program choose)."""
    import socket

    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            return 0
    return preferred
