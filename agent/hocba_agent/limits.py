"""How long what a page began may last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    job: timedelta = timedelta(hours=12)
    """From declaring to the last run: a day's work, with its interruptions. Between runs nobody is logged in."""
    silence: timedelta = timedelta(seconds=40)
    """A browser that answers no ping that long is gone, whatever the connection says: runs stop, windows close."""
