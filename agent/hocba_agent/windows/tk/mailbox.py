"""What the agent says to a window that is open, and what the window asks for."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

from hocba_agent import pipe
from hocba_agent.windows.tk.sheet import Sheet

_EVERY = 60
"""Milliseconds between looks; Tk may be touched by its own thread only."""


class Mailbox:
    """Calls `hear` with each message; closes the window when the agent is gone."""

    def __init__(self, sheet: Sheet, hear: Callable[[dict[str, Any]], None]) -> None:
        self._sheet, self._hear = sheet, hear
        self._inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        sheet.root.after(0, self._look)

    def ask(self, **wish: Any) -> None:
        try:
            pipe.write(sys.stdout.buffer, wish)
        except BrokenPipeError:
            self._sheet.close()

    def _read(self) -> None:
        while (said := pipe.read(sys.stdin.buffer)) is not None:
            self._inbox.put(said)
        self._inbox.put(None)

    def _look(self) -> None:
        while not self._inbox.empty():
            said = self._inbox.get()
            if said is None:
                self._sheet.close()
                return
            self._hear(said)
        self._sheet.root.after(_EVERY, self._look)
