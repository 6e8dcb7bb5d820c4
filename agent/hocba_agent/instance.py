"""One agent per user: of two with the same settings' folder the second asks the first to show itself, and ends."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from hocba_agent.system import lock

_LOCK = "instance.lock"
_SHOW = "instance.show"


class Instance:
    """The lock lasts as long as the process, however it ends; a file left behind means nothing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._show = folder / _SHOW
        self._file: IO[bytes] = (folder / _LOCK).open("ab")
        self.first = lock(self._file)
        if self.first:
            self._show.unlink(missing_ok=True)

    def close(self) -> None:
        """Gives the lock back; the end of the process does it too."""
        self._file.close()

    def ask_first_to_show(self) -> None:
        self._show.touch(mode=0o600)

    def asked_to_show(self) -> bool:
        """Looked at twice a second by the first; a file, because a port or pipe for it would be one more door."""
        if not self._show.exists():
            return False
        self._show.unlink(missing_ok=True)
        return True
