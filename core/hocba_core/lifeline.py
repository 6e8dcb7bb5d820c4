"""A process that does not outlive the one that started it, whatever way that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
"""Loaded here, because between fork and exec nothing may be."""


def die_with_parent(parent: int, how: signal.Signals | None = None) -> None:
    """Call first thing in the child. Linux: the kernel sends it `how` (SIGKILL) when its parent goes.

    prctl(2), PR_SET_PDEATHSIG. Elsewhere nothing: the closed pipe on its standard input must do. Exits when `parent`,
    a process id, is gone already. Raises OSError.
    """
    if _LIBC is None:
        return
    if _LIBC.prctl(_PR_SET_PDEATHSIG, int(how or signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        sys.exit(0)
