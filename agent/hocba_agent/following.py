"""What the person sees and keeps of a run: the progress window with its [stop], and the line in the history."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING

from hocba_core.agent_errors import Cancelled
from hocba_core.certificate import Certificate
from hocba_core.errors import HocbaError, Lapsed, Rejected

from hocba_agent.history import DONE, INTERRUPTED, RUNNING, Entry, digest_of_list
from hocba_agent.job import Job

if TYPE_CHECKING:
    from hocba_agent.desk import Desk

_OWN_DOING = (Rejected, Lapsed, Cancelled)
"""Ends that the person knows of without a window; after a login they are shown all the same."""


class Following:
    """`async with`, around one run. `stop` ends the run within one signature; the window may set it."""

    def __init__(self, desk: Desk, job: Job, stop: asyncio.Event) -> None:
        self._desk, self._job, self._stop = desk, job, stop
        self._logged_in = False

    async def __aenter__(self) -> Following:
        self._desk.runs[self._job.id] = self._job
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        job, front = self._job, self._desk.front
        self._desk.runs.pop(job.id, None)
        if self._logged_in:
            outcome = DONE if error is None else error.code if isinstance(error, HocbaError) else INTERRUPTED
            self._record(outcome)
        if self._logged_in or not isinstance(error, (*_OWN_DOING, type(None))):
            await front.run_ended(job, error if isinstance(error, HocbaError) else None, self._stop.set)
        front.changed()

    async def login(self) -> None:
        self._logged_in = True
        self._job.began = self._job.began or self._desk.clock().isoformat(timespec="seconds")
        self._record(RUNNING)
        await self._desk.front.run_began(self._job, self._stop.set)
        self._desk.front.changed()

    def signed(self) -> None:
        self._desk.front.run_went_on(self._job)

    def _record(self, outcome: str) -> None:
        job = self._job
        self._desk.history.record(
            Entry(
                job=job.id,
                began=job.began,
                site=job.site,
                owner=job.owner,
                serial=Certificate.read(job.certificate).serial,
                signed=len(job.signed),
                of=len(job.items),
                outcome=outcome,
                items=digest_of_list(job.items),
            )
        )
