"""Takes due requests of every school and advances them, many at once. Any number of gateways may run it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Final

from hocba_gateway.signing.ask import Turn, give_back
from hocba_gateway.signing.desk import Desk
from hocba_gateway.store.lease import Leased, take_due
from hocba_gateway.store.schema import requests

log = logging.getLogger(__name__)

LOOK_EVERY: Final = timedelta(milliseconds=200)
"""How often an idle loop looks; wake() shortens it."""
_AFTER_FAULT: Final = timedelta(seconds=5)


class Runner:
    def __init__(self, desk: Desk, owner: str, *, at_once: int = 64) -> None:
        """`owner`: this process's name, another one after every start."""
        self._desk = desk
        self._owner = owner
        self._at_once = at_once
        self._running: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something may be due now: a person pressed Ký, or a vendor called back."""
        self._woken.set()

    async def once(self) -> int:
        """Advance everything that is due now; returns how many requests that were."""
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
            taken = await self._take(room)
        except Exception:
            log.exception("due requests cannot be read")  # the database may come back
            await asyncio.sleep(1)
            return
        for leased in taken:
            task = asyncio.create_task(self._advance(leased))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _take(self, limit: int) -> list[Leased]:
        lease = int(self._desk.patience.lease.total_seconds() * 1000)
        return await take_due(self._desk.store, requests, self._owner, lease, limit)

    async def _advance(self, leased: Leased) -> None:
        scope = self._desk.store.scoped(leased.school)
        try:
            await Turn(self._desk, scope, leased.id, self._owner).advance()
        except Exception:  # ours: disk full, database gone, a bug; the row still says where it stands
            log.exception("request %s", leased.id)
            try:
                await give_back(scope, leased.id, _AFTER_FAULT)
            except Exception:
                log.exception("request %s keeps its lease until it lapses", leased.id)
