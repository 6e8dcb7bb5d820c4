"""A window (or the tray) that lives longer than one question: a process to which lines of JSON go, and come back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from hocba_agent import pipe

log = logging.getLogger(__name__)

Hear = Callable[[dict[str, Any]], Awaitable[None]]


class Link:
    """Without a socket, as every window. When its input closes it ends; when it ends, `gone` is set."""

    def __init__(self, command: Sequence[str], hear: Hear) -> None:
        self._command, self._hear = command, hear
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: list[bytes] = []
        self.gone = asyncio.Event()

    async def open(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=pipe.MAX_LINE
        )
        self._reader = asyncio.create_task(self._read(self._process))
        for line in self._waiting:
            self._write(line)

    def say(self, **message: Any) -> None:
        """Never waits: a window that hangs costs no more than the pipe's buffer, then it is let go."""
        line = pipe.pack(message)
        if self._process is None:
            self._waiting.append(line)
        elif not self.gone.is_set():
            self._write(line)

    async def close(self) -> None:
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await reader

    def _write(self, line: bytes) -> None:
        assert self._process is not None and self._process.stdin is not None
        stream = self._process.stdin
        if stream.transport.get_write_buffer_size() > pipe.MAX_LINE:
            log.warning("a window does not read: it is ended")
            with suppress(ProcessLookupError):
                self._process.kill()
            return
        stream.write(line)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None and process.stdin is not None
        while (said := await pipe.receive(process.stdout)) is not None:
            try:
                await self._hear(said)
            except Exception as error:  # what a window asks for must not end the reading of the next
                log.error("a window's wish failed with %s", type(error).__name__)
        process.stdin.close()
        await process.wait()
        self.gone.set()
