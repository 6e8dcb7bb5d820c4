"""What faces the person: the tray, the window of lists, progress and notices. Decides when each is told what.

Each is a process of its own behind a pipe (windows/link.py), the tray too: its loop belongs to the desktop (macOS
wants the main thread, X11 and Windows block), it may hang with the desktop without holding up a page, and this
process stays free of windows, as it is free of drivers and PINs. Where there is no screen everything here is silent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hocba_core.certificate import Certificate
from hocba_core.errors import HocbaError

from hocba_agent import preferences
from hocba_agent.expiry import Endings
from hocba_agent.instance import Instance
from hocba_agent.job import Job
from hocba_agent.overview import Overview
from hocba_agent.system import child_command
from hocba_agent.texts import Words, text_of
from hocba_agent.tokens import Listing
from hocba_agent.windows.link import Link

if TYPE_CHECKING:
    from hocba_agent.desk import Desk

log = logging.getLogger(__name__)

LOOK_EVERY = 2.5
"""Seconds between looks at the tokens, for the icon."""
_SHOW_EVERY = 0.5
_TRAY_TRIES = 3
_NOTICE_PAUSE = 600.0
"""Seconds in which a site's use is told once."""


class Front:
    """`screen`: windows may be opened. `tray`: an icon is wanted, too."""

    def __init__(self, folder: Path, instance: Instance | None, quit_: Callable[[], None], *, screen: bool, tray: bool):
        self._folder, self._instance, self._quit = folder, instance, quit_
        self._screen, self._wants_tray = screen, tray
        self.chosen = preferences.load(folder)
        self._endings = Endings(folder)
        self._tray: Link | None = None
        self._panel: Link | None = None
        self._progress: dict[str, Link] = {}
        self._ended: list[Link] = []
        """Progress windows that only say how it went."""
        self._links: set[Link] = set()
        self._told: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._wishes: set[asyncio.Task[None]] = set()
        self.listing = Listing((), ())
        self.overview: Overview

    def start(self, desk: Desk, port: int) -> None:
        self.overview = Overview(desk, self, port, self._folder)
        if self._instance is not None:
            self._tasks.append(asyncio.create_task(self._show_when_asked(self._instance)))
        if self._wants_tray:
            self._tasks.append(asyncio.create_task(self._keep_tray()))
        if self._wants_tray or self._screen:
            self._tasks.append(asyncio.create_task(self._look_for_ever(desk)))

    async def close(self) -> None:
        tasks = [*self._tasks, *self._wishes]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(link.close() for link in list(self._links)), return_exceptions=True)

    @property
    def words(self) -> Words:
        return Words(self.chosen.language)

    def changed(self) -> None:
        """Something that a window shows is not so any more."""
        self._tell()

    # --- runs ----------------------------------------------------------------------------------------------

    async def run_began(self, job: Job, stop: Callable[[], None]) -> None:
        if not self._screen:
            return

        async def hear(said: dict[str, Any]) -> None:
            if said.get("do") == "cancel":
                log.info("stopped by the person")
                stop()

        for ended in self._ended:
            ended.say(over=True)  # makes room
        self._ended.clear()
        link = self._progress[job.id] = await self._open("progress", hear)
        link.say(site=job.site, owner=job.owner, signed=len(job.signed), of=len(job.items))

    def run_went_on(self, job: Job) -> None:
        link = self._progress.get(job.id)
        if link is not None:
            link.say(signed=len(job.signed))
        self._tell()

    async def run_ended(self, job: Job, error: HocbaError | None, stop: Callable[[], None]) -> None:
        if not self._screen:
            return
        if job.id not in self._progress:  # it never came to a login
            await self.run_began(job, stop)
        text = "" if error is None else text_of(error, self.chosen.language)
        link = self._progress.pop(job.id)
        self._ended.append(link)
        link.say(end=text, code="" if error is None else error.code, signed=len(job.signed))

    # --- notices -------------------------------------------------------------------------------------------

    async def site_used(self, site: str) -> None:
        """A remembered site came in without a question."""
        now = asyncio.get_running_loop().time()
        if now - self._told.get(site, -_NOTICE_PAUSE) < _NOTICE_PAUSE:
            return
        self._told[site] = now
        await self.notice(self.words("notice.used", site=site))

    async def notice(self, text: str) -> None:
        """By the desktop's own means where the tray has them, else in a small window in the corner."""
        if self._tray is not None and not self._tray.gone.is_set():
            self._tray.say(notice=text)
        else:
            await self._show_notice(text)

    async def _show_notice(self, text: str) -> None:
        if self._screen:
            (await self._open("notice", _deaf)).say(text=text)

    # --- tray and panel ------------------------------------------------------------------------------------

    async def show(self, view: str = "tokens") -> None:
        if not self._screen:
            log.info("asked to show itself: there is no screen")
            return
        if self._panel is None or self._panel.gone.is_set():
            self._panel = await self._open("panel", self._wish)
        self._panel.say(show=view, state=await self.overview.state())
        self._wake.set()

    async def _wish(self, said: dict[str, Any]) -> None:
        """What the tray or the panel asks for. Nothing here can sign, or say yes to a site."""
        match said:
            case {"do": "show", "view": str(view)}:
                await self.show(view)
            case {"do": "quit"}:
                log.info("ended by the person")
                self._quit()
            case {"do": "language", "value": str(language)}:
                self.chosen = preferences.choose_language(self._folder, language)
                self._tell()
            case {"do": "notice", "text": str(text)}:  # the tray has no means of its own
                await self._show_notice(text)
            case {"do": str()}:
                # beside the reading: a driver that hangs, or a PIN window, must not hold up [Quit]
                task = asyncio.create_task(self._fulfil(said))
                self._wishes.add(task)
                task.add_done_callback(self._wishes.discard)

    async def _fulfil(self, wish: dict[str, Any]) -> None:
        try:
            answer = await self.overview.do(wish)
        except Exception as error:  # a fault of ours: the windows go on
            log.error("a window's wish failed with %s", type(error).__name__)
            return
        if answer and self._panel is not None:
            self._panel.say(**answer)
        self._wake.set()
        self._tell()

    def _tell(self) -> None:
        if self._tray is not None and not self._tray.gone.is_set():
            self._tray.say(tray=self.overview.tray())
        if self._panel is not None and not self._panel.gone.is_set():
            self._panel.say(state=self.overview.lists())

    async def _look_for_ever(self, desk: Desk) -> None:
        before: Any = None
        while True:
            with suppress(HocbaError):
                self.listing = await desk.tokens.listing()
            seen = self.overview.lists()
            if seen != before:
                before = seen
                self._tell()
            mine = [Certificate.read(one.certificate.der) for one in self.listing.held if one.certificate.usable]
            for ending in self._endings.due(mine, desk.clock()):
                key = "notice.ends" if ending.days else "notice.ends_today"
                until = ending.until.astimezone().strftime("%d/%m/%Y")
                await self.notice(self.words(key, name=ending.name, days=ending.days, until=until))
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._wake.wait()

    async def _keep_tray(self) -> None:
        for _ in range(_TRAY_TRIES):
            self._tray = await self._open("tray", self._wish)
            self._tray.say(tray=self.overview.tray())
            await self._tray.gone.wait()
            await asyncio.sleep(5)
        log.warning("there is no tray here; starting the program again shows its window")

    async def _show_when_asked(self, instance: Instance) -> None:
        while True:
            await asyncio.sleep(_SHOW_EVERY)
            if instance.asked_to_show():
                await self.notice(self.words("notice.running"))
                await self.show()

    async def _open(self, role: str, hear: Callable[[dict[str, Any]], Any]) -> Link:
        link = Link(child_command(role, str(self._folder)), hear)
        self._links = {one for one in self._links if not one.gone.is_set()} | {link}
        await link.open()
        return link


async def _deaf(said: dict[str, Any]) -> None:
    """Of a window that asks for nothing."""
