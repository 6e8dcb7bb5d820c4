"""How many PINs of each token were refused since the last right one, remembered across runs of the agent.

Many drivers never say how many tries are left, and their tokens lock after three: then this is all that can warn.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path

from hocba_agent.private_file import write_private

log = logging.getLogger(__name__)

_TOKENS = 200
"""Serials kept; the oldest are forgotten."""


class PinCounter:
    """A file of serial → count (`pin_tries.json`). Without a folder it forgets at the end of the run."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / "pin_tries.json" if folder is not None else None
        self.wrong: dict[str, int] = self._read()

    def refused(self, serial: str) -> None:
        self.wrong[serial] = self.wrong.pop(serial, 0) + 1
        for old in list(self.wrong)[:-_TOKENS]:
            del self.wrong[old]
        self._write()

    def accepted(self, serial: str) -> None:
        if self.wrong.pop(serial, 0):
            self._write()

    def _read(self) -> dict[str, int]:
        if self._file is None or not self._file.exists():
            return {}
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(serial): int(count) for serial, count in told.items() if int(count) > 0}
        except (OSError, ValueError, TypeError, AttributeError):
            log.warning("the count of wrong PINs cannot be read and starts afresh")
            return {}

    def _write(self) -> None:
        if self._file is None:
            return
        with suppress(OSError):  # a full disk must not keep anybody from signing
            write_private(self._file, json.dumps(self.wrong))
