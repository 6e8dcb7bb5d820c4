"""The log: one line per event whatever its texts hold, of a bounded size, and not flooded by one kind of event."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE = "agent.log"
MOST_BYTES = 512 * 1024
"""Of the file; one older file of the same size is kept."""
A_MINUTE = 120
"""Lines of one kind, a kind being a place in the program that logs."""


class OneLine(logging.Formatter):
    """Control characters, line ends and escape codes among them, come out as \\x1b and the like."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)[:2000]


class Limit(logging.Filter):
    """Lets through so many lines of one kind a minute, then says once that more are left out."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, most: int = A_MINUTE) -> None:
        super().__init__()
        self._monotonic, self._most = monotonic, most
        self._minute = monotonic()
        self._counts: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._monotonic()
        if now - self._minute >= 60:
            self._minute = now
            self._counts.clear()
        kind = (record.pathname, record.lineno)
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count == self._most:
            record.msg, record.args = f"{record.getMessage()[:200]} (more of this kind left out for a minute)", None
        return count <= self._most


def begin(level: str, folder: Path | None) -> None:
    """To standard error, and to a file in `folder` where nobody reads standard error."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)] if sys.stderr is not None else []
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).touch(mode=0o600)
        handlers.append(RotatingFileHandler(folder / FILE, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8"))
    limit = Limit()
    for handler in handlers:
        handler.setFormatter(OneLine())
        handler.addFilter(limit)
    root = logging.getLogger()
    root.setLevel(level)
    for handler in handlers:
        root.addHandler(handler)
