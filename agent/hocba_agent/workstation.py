"""Hears that the person leaves: the screen is locked, another user gets it, or the PC goes to sleep.

Nobody may find a token logged in there. On macOS nothing is heard; on Windows it is untried. One of the few files that
ask which system it is.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import sys
from collections.abc import Callable

log = logging.getLogger(__name__)

_AGAIN_AFTER = 60.0
"""Seconds until the next try where there is no system bus, no session of a person, or the bus went away."""
_LOOK_EVERY = 2.0
_DISCONNECTED = 4
"""WTS_CONNECTSTATE_CLASS: another user has the screen, or a remote one has gone."""
_LOCKED = 0
"""SessionFlags of WTSINFOEX, since Windows 8."""


async def hear_leaving(left: Callable[[], None]) -> None:
    """Calls `left` each time, until cancelled. Where nothing can be heard, it never does."""
    if sys.platform == "linux":
        from hocba_agent.logind import listen

        silent = False
        while True:
            try:
                await listen(left)
            except Exception as error:  # whatever a bus has: pages go on without it
                if not silent:
                    log.info("a locked screen is not noticed: %s", type(error).__name__)
                silent = True
            await asyncio.sleep(_AGAIN_AFTER)
    elif sys.platform == "win32":
        before = True
        while True:
            away = _is_away()
            if away and not before:
                left()
            before = away
            await asyncio.sleep(_LOOK_EVERY)


if sys.platform == "win32":
    _CURRENT_SESSION, _SESSION_INFO_EX = 0xFFFFFFFF, 25

    class _SessionInfo(ctypes.Structure):
        """The beginning of WTSINFOEXW, level 1; times further on align the inner part to eight bytes."""

        _fields_ = (
            ("level", ctypes.c_ulong),
            ("gap", ctypes.c_ulong),
            ("session", ctypes.c_ulong),
            ("state", ctypes.c_int),
            ("flags", ctypes.c_long),
        )

    def _is_away() -> bool:
        """False where it cannot be told."""
        found, size = ctypes.POINTER(_SessionInfo)(), ctypes.c_ulong()
        library = ctypes.windll.wtsapi32
        if not library.WTSQuerySessionInformationW(
            None, _CURRENT_SESSION, _SESSION_INFO_EX, ctypes.byref(found), ctypes.byref(size)
        ):
            return False
        try:
            told = found.contents
            return bool(told.level == 1 and (told.state == _DISCONNECTED or told.flags == _LOCKED))
        finally:
            library.WTSFreeMemory(found)
