"""Time is an argument everywhere. Nothing in this room calls now() but the one function at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns an aware UTC datetime."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_millis(moment: datetime) -> int:
    """UTC milliseconds since 1970: how every time is stored."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_millis(value: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=value)


def system_clock() -> datetime:
    """The wall clock; handed in once, where a program is put together."""
    return datetime.now(UTC)
