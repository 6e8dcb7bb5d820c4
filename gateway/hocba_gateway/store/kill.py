"""Named points at which tests let the process die as a power cut would. Does nothing unless asked to.

HOCBA_KILL_AT=after-send kills there; after-send:3 at the third passing.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import Final

POINTS: Final = (
    "after-intent",
    "before-send",
    "after-send",
    "before-store",
    "after-store",
    "before-embed",
    "before-blob",
    "in-blob",
    "after-blob",
    "before-commit",
    "after-commit",
)
SENDING: Final = ("before-package", "package-sent", "package-stored")
"""On the way of a class package to its portal."""
_passed: Counter[str] = Counter()


def point(name: str) -> None:
    """The end of the process, when HOCBA_KILL_AT names this point."""
    wanted = os.environ.get("HOCBA_KILL_AT")
    if not wanted:
        return
    _passed[name] += 1
    at, _, times = wanted.partition(":")
    if at == name and _passed[name] >= int(times or 1):
        os.kill(os.getpid(), signal.SIGKILL)
