"""What all connections share: tokens, consents, history, and the one window that may be open at a time."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hocba_core.agent_errors import AgentBusy, ConsentRefused
from hocba_core.clock import Clock
from hocba_core.errors import HocbaError

from hocba_agent.consents import Consents
from hocba_agent.driver import Driver
from hocba_agent.front import Front
from hocba_agent.history import History
from hocba_agent.job import Job
from hocba_agent.limits import Limits
from hocba_agent.tokens import Listing, Tokens
from hocba_agent.windows.api import Consent, ConsentQuestion
from hocba_agent.windows.ask import ask_consent
from hocba_agent.windows.kinds import WindowKind
from hocba_agent.windows.shown import shown

log = logging.getLogger(__name__)

_PROGRAM_CHARS = 60
_SLOW_TO_STOP = 4.0
"""Seconds; then the driver is ended, so that no login outlasts the person by five."""


class Screen:
    """One window for the whole agent: a second site's never covers the first's, nor mixes with it."""

    def __init__(self) -> None:
        self._holder: object = None

    def take(self) -> Callable[[], None]:
        """Returns how to give it back, which may be called twice. Raises AgentBusy(with="window")."""
        if self._holder is not None:
            raise AgentBusy(**{"with": "window"})
        holder = self._holder = object()

        def free() -> None:
            if self._holder is holder:
                self._holder = None

        return free


class Page(Protocol):
    """An open connection, as far as the desk cares."""

    @property
    def site(self) -> str: ...

    async def revoke(self) -> None:
        """Refuses all from now on, stops its runs, closes."""


@dataclass(slots=True)
class Desk:
    tokens: Tokens
    consents: Consents
    windows: WindowKind
    history: History
    front: Front
    clock: Clock
    allowed: frozenset[str]
    new_driver: Callable[[Path], Driver]
    limits: Limits = field(default_factory=Limits)
    screen: Screen = field(default_factory=Screen)
    pages: set[Page] = field(default_factory=set)
    """Of sites that the person allowed, each an open connection."""
    runs: dict[str, Job] = field(default_factory=dict)
    """Under way, by job id."""
    unlocking: asyncio.Event | None = None
    """Stops what the person began to see what is on a token."""

    async def approve(self, site: str, program: Callable[[], str]) -> bool:
        """Asks the person where nothing is remembered. Returns whether it is (again) remembered.

        `program` tells who asks in the site's name, as neighbours.program_behind; it may take a moment.

        Raises ConsentRefused, AgentBusy, Lapsed.
        """
        if self.consents.holds(site):
            await self.front.site_used(site)
            return True
        free = self.screen.take()
        try:
            asking = shown(await asyncio.to_thread(program), _PROGRAM_CHARS)
            answer = await ask_consent(self.windows, ConsentQuestion(site, asking))
        finally:
            free()
        if answer is Consent.NO:
            raise ConsentRefused()
        if answer is Consent.REMEMBER:
            self.consents.remember(site)
        return answer is Consent.REMEMBER

    async def revoke(self, site: str) -> None:
        """The person took it back: nothing is remembered, and what is open ends now, logins too."""
        self.consents.revoke(site)
        log.info("revoked: %s", ascii(site))
        await asyncio.gather(*(page.revoke() for page in list(self.pages) if page.site == site))

    def open_sites(self) -> Counter[str]:
        return Counter(page.site for page in self.pages)

    async def add_driver(self, path: Path) -> None:
        await self.tokens.add(self.new_driver(path))

    async def remove_driver(self, path: Path) -> None:
        await self.tokens.remove(path)

    async def unlock(self, serial: str, listing: Listing) -> None:
        """The person wants to see what is on a token that hides it; its PIN window tells what goes wrong."""
        locked = next((one for one in listing.locked if one.serial == serial), None)
        if locked is None:
            return
        free = self.screen.take()
        self.unlocking = asyncio.Event()
        try:
            await self.tokens.unlock(locked, self.unlocking)
        except HocbaError as error:
            log.info("unlocking to see: %s", error.code)
        finally:
            self.unlocking = None
            free()

    def person_left(self) -> None:
        """Logins end within one signature, PIN windows close; a driver that is slow to stop is ended.

        Jobs stand: whoever comes back goes on with a PIN.
        """
        stops = [self.unlocking, *(job.cancel for job in self.runs.values())]
        under_way = [stop for stop in stops if stop is not None]
        log.info("the person left: %d stopped", len(under_way))
        for stop in under_way:
            stop.set()
        asyncio.get_running_loop().call_later(_SLOW_TO_STOP, self._end_drivers, under_way)

    def _end_drivers(self, stops: list[asyncio.Event]) -> None:
        for job in self.runs.values():
            if job.cancel in stops:
                job.driver.kill()
