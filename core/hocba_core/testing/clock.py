"""A clock wound by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DEFAULT_START = datetime(2026, 5, 25, 1, 0, tzinfo=UTC)
"""The last week of May, eight in the morning in Hà Nội."""


class HandClock:
    """Stands still until it is advanced. Is a `hocba_core.clock.Clock`."""

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by

    def set(self, moment: datetime) -> None:
        self._now = moment
