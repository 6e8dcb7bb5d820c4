"""Takes due rows of every school and advances them, many at once. Any number of gateways may run it.

By itself it signs (the rows are requests); sending gives it its own table and its own way to advance a row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from hocba_core.clock import span_millis, to_millis
from hocba_core.errors import StoreTrouble
from sqlalchemy import Table

from hocba_gateway.signing.ask import Turn
from hocba_gateway.signing.desk import Desk
from hocba_gateway.store.lease import Leased, release, take_due
from hocba_gateway.store.schema import requests
from hocba_gateway.store.store import Scope

log = logging.getLogger(__name__)

LOOK_EVERY: Final = timedelta(milliseconds=200)
"""How often an idle loop looks; wake() shortens it."""
_AFTER_FAULT: Final = timedelta(seconds=5)

Advance = Callable[[Scope, str, str], Awaitable[None]]
"""advance(scope, row's id, owner): goes on with one leased row and gives its lease back."""


class Runner:
    def __init__(
        self, desk: Desk, owner: str, *, table: Table = requests, advance: Advance | None = None, at_once: int = 64
    ) -> None:
        """`owner`: this process's name, another one after every start. `table` has the columns of a lease."""
        self._desk = desk
        self._owner = owner
        self._table = table
        self._advance_row = advance or self._sign
        self._at_once = at_once
        self._running: set[asyncio.Task[None]] = set()
        self._owed: list[Leased] = []
        """Rows whose lease could not be given back, because the database was away."""
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something may be due now: a person pressed Ký, or a vendor called back."""
        self._woken.set()

    async def once(self) -> int:
        """Advance everything that is due now; returns how many rows that were."""
        taken = await self._take(self._at_once)
        await asyncio.gather(*(self._advance(leased) for leased in taken))
        return len(taken)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set: then takes nothing new, and waits for what it has in hand."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._turn()
                woken = asyncio.create_task(self._woken.wait())
                await asyncio.wait(
                    {woken, stopping, *self._running},
                    timeout=LOOK_EVERY.total_seconds(),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                woken.cancel()
                self._woken.clear()
        finally:
            stopping.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _turn(self) -> None:
        room = self._at_once - len(self._running)
        if room <= 0:
            return
        try:
            await self._give_back_owed()
            taken = await self._take(room)
        except Exception as error:  # the database may come back
            _log(error, "due %s cannot be read", self._table.name)
            await asyncio.sleep(1)
            return
        for leased in taken:
            task = asyncio.create_task(self._advance(leased))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _take(self, limit: int) -> list[Leased]:
        lease = span_millis(self._desk.patience.lease)
        return await take_due(self._desk.store, self._table, self._owner, lease, limit)

    async def _advance(self, leased: Leased) -> None:
        scope = self._desk.store.scoped(leased.school)
        try:
            await self._advance_row(scope, leased.id, self._owner)
        except Exception as error:  # ours: disk full, database gone, a bug; the row still says where it stands
            _log(error, "%s %s", self._table.name, leased.id)
            try:
                await self._give_back(leased)
            except Exception as again:
                _log(again, "%s %s is given back later", self._table.name, leased.id)
                self._owed.append(leased)

    async def _give_back_owed(self) -> None:
        while self._owed:
            await self._give_back(self._owed[-1])
            self._owed.pop()

    async def _give_back(self, leased: Leased) -> None:
        """The lease is free, the state as it was, and somebody looks again later."""
        async with self._desk.store.scoped(leased.school).write() as tx:
            later = to_millis(self._desk.store.clock() + _AFTER_FAULT)
            await release(tx, self._table, leased.id, self._owner, later)

    async def _sign(self, scope: Scope, request_id: str, owner: str) -> None:
        await Turn(self._desk, scope, request_id, owner).advance()


def _log(error: Exception, told: str, *values: object) -> None:
    """A database that is away needs no trace, and is away every second."""
    if isinstance(error, StoreTrouble):
        log.error(f"{told}: %s, %s", *values, error, type(error.__cause__).__name__)
    else:
        log.error(told, *values, exc_info=error)
