"""How many tries of a PIN are left, as well as it can be known: the token's flags, else our own count."""

from __future__ import annotations

from typing import Final

from hocba_agent.token.codes import PIN_COUNT_LOW, PIN_FINAL_TRY, PIN_LOCKED

_TRIES_OF_STRICT_TOKENS: Final = 3
"""Tokens of Vietnamese authorities lock after so many wrong PINs, and many of their drivers set no flag before."""


def tries_of(flags: int, wrong: int) -> str:
    """several | few | last | blocked. `wrong`: PINs that this PC saw refused since the last right one.

    A driver that sets flags at all is believed: its token may well allow fifteen.
    """
    if flags & PIN_LOCKED:
        return "blocked"
    if flags & PIN_FINAL_TRY:
        return "last"
    if flags & PIN_COUNT_LOW:
        return "few"
    if wrong >= _TRIES_OF_STRICT_TOKENS - 1:
        return "last"
    return "few" if wrong else "several"
