"""Opens a window and waits for its answer: from the event loop (consent), and from a driver's process (PIN)."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from hocba_core.errors import Lapsed, Rejected
from hocba_core.secret import Secret

from hocba_agent import pipe
from hocba_agent.windows.api import Consent, ConsentQuestion, PinQuestion, question_to_json
from hocba_agent.windows.kinds import WindowKind

PATIENCE = timedelta(minutes=2)
"""Nobody answers that long: the window closes, no try of the PIN is used."""
_GOES_WITHIN = 2.0
"""Seconds for a window that is told to go, to leave its screen tidy. One that hangs is killed."""


async def ask_consent(kind: WindowKind, question: ConsentQuestion, patience: timedelta = PATIENCE) -> Consent:
    """Raises Lapsed. The window closes when the caller is cancelled."""
    window = await asyncio.create_subprocess_exec(
        *kind.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert window.stdin is not None and window.stdout is not None
    try:
        async with asyncio.timeout(patience.total_seconds()):
            window.stdin.write(pipe.pack(question_to_json(question)))
            said = await pipe.receive(window.stdout)
    except TimeoutError:
        raise Lapsed() from None
    finally:
        with suppress(ProcessLookupError):
            window.terminate()
        window.stdin.close()
        await asyncio.shield(_gone(window))
    return Consent((said or {}).get("consent", Consent.NO))


async def _gone(window: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(_GOES_WITHIN):
            await window.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            window.kill()
        await window.wait()


class PinWindow:
    """One PIN window at a time, from a process with threads and no event loop."""

    def __init__(self, kind: WindowKind, patience: timedelta = PATIENCE) -> None:
        self._kind = kind
        self._patience = patience
        self._lock = threading.Lock()
        self._open: subprocess.Popen[bytes] | None = None

    def ask(self, question: PinQuestion, unwanted: Callable[[], bool] = lambda: False) -> Secret:
        """Raises Rejected (Cancel, or closed by `close`) and Lapsed.

        `unwanted` is looked at once the window can be closed: who sets it before `close` never misses one.
        """
        with subprocess.Popen(self._kind.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as window:
            assert window.stdin is not None and window.stdout is not None
            lapsed = threading.Event()

            def end() -> None:
                lapsed.set()
                _end(window)

            timer = threading.Timer(self._patience.total_seconds(), end)
            timer.start()
            with self._lock:
                self._open = window
            if unwanted():
                _end(window)
            try:
                pipe.write(window.stdin, question_to_json(question))
                said = pipe.read(window.stdout)
            except BrokenPipeError:
                said = None
            finally:
                timer.cancel()
                with self._lock:
                    self._open = None
                _end(window)
        if lapsed.is_set():
            raise Lapsed()
        if said is None or said.get("pin") is None:
            raise Rejected()
        return Secret(str(said["pin"]))

    def close(self) -> None:
        """From another thread: an open window is ended; `ask` raises Rejected."""
        with self._lock:
            if self._open is not None:
                _end(self._open)


def _end(window: subprocess.Popen[bytes]) -> None:
    window.terminate()
    kill = threading.Timer(_GOES_WITHIN, window.kill)  # does nothing to one that is gone
    kill.daemon = True
    kill.start()
