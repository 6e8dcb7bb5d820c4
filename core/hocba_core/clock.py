"""Time is an argument everywhere. Nothing in this room calls now() but the one function at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Returns an aware UTC datetime."""

VIETNAM = timezone(timedelta(hours=7))
"""One zone, no summer time."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_millis(moment: datetime) -> int:
    """UTC milliseconds since 1970: how every time is stored."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def span_millis(span: timedelta) -> int:
    """A length of time, to be added to and compared with stored times."""
    return span // timedelta(milliseconds=1)


def from_millis(value: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=value)


def vietnam_date(moment: datetime) -> date:
    """The day that people in Vietnam write: seven hours ahead of UTC."""
    return moment.astimezone(VIETNAM).date()


def system_clock() -> datetime:
    """The wall clock; handed in once, where a program is put together."""
    return datetime.now(UTC)
