"""One line of the table, and how a time is taken: medians of many short runs, peers in the same process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    peer: str
    """The peer with its number, measured in this run; "–" when there is none."""
    goal: str
    measured: str
    met: bool
    limit: str = "–"
    """What nobody can go below on this machine, measured in this run unless it says otherwise."""


def median_ms(call: Callable[[], object], *, runs: int = 30, inner: int = 1) -> float:
    """Median wall time of one call in milliseconds; `inner` calls are timed together."""
    call()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        for _ in range(inner):
            call()
        times.append((time.perf_counter() - started) * 1000 / inner)
    return statistics.median(times)


def times(peer_ms: float, ours_ms: float) -> float:
    """How many times faster than the peer."""
    return peer_ms / ours_ms if ours_ms else float("inf")
