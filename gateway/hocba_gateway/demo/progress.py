"""What the demo shows: a bar per step in plain Vietnamese, and how long each step took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


@dataclass(slots=True)
class Bar:
    """One step's bar; `total` may become known, or grow, while it runs."""

    _progress: Progress
    _task: TaskID

    def total(self, count: int) -> None:
        self._progress.update(self._task, total=count)

    def at(self, count: int) -> None:
        self._progress.update(self._task, completed=count)

    def advance(self, by: int = 1) -> None:
        self._progress.advance(self._task, by)


@dataclass(slots=True)
class Steps:
    """Runs the steps one after another and remembers how many seconds each took."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, key: str, title: str, total: int | None = 1) -> Iterator[Bar]:
        """`key` is the step's name in report.json. A bar that was never moved is filled at the end."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        started = time.monotonic()
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(title.ljust(46), total=total)
            yield Bar(progress, task)
            entry = progress.tasks[0]
            if entry.total is None or not entry.completed:
                progress.update(task, total=entry.total or 1, completed=entry.total or 1)
        self.seconds[key] = round(time.monotonic() - started, 2)
