"""What the tray and the window of lists show, as plain values; and the few things that can be done there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hocba_core.certificate import Certificate

from hocba_agent import __version__, diagnosis
from hocba_agent.drivers.added import add_driver, list_drivers, remove_driver
from hocba_agent.drivers.health import health
from hocba_agent.drivers.words import trouble_in_words, verdict_in_words
from hocba_agent.expiry import days_left
from hocba_agent.windows.shown import shown

if TYPE_CHECKING:
    from hocba_agent.desk import Desk
    from hocba_agent.front import Front

NONE, READY, SIGNING, TROUBLE = "none", "ready", "signing", "trouble"
_QUIET_TROUBLES = frozenset(("slow", "locked", "service_off"))
"""Not worth a warning in the tray; Windows, for one, ends its smart card service while there is no reader."""


class Overview:
    def __init__(self, desk: Desk, front: Front, port: int, folder: Path) -> None:
        self._desk, self._front, self._port, self._folder = desk, front, port, folder

    def tray(self) -> dict[str, Any]:
        """Icon, its words, and the lines of certificates in its menu."""
        words, tokens = self._front.words, self._tokens()
        state, tip = self._state(tokens)
        lines = []
        for one in tokens:
            key = "certificate" if one["usable"] else "certificate_unusable"
            if one["reason"] == "ended":
                key = "certificate_ended"
            lines.append(words(f"tray.{key}", name=one["name"], days=one["days"]))
        return {"icon": state, "tip": tip, "certificates": lines, "language": words.language}

    def _state(self, tokens: list[dict[str, Any]]) -> tuple[str, str]:
        words = self._front.words
        runs = list(self._desk.runs.values())
        if runs:
            signed, of = sum(len(job.signed) for job in runs), sum(len(job.items) for job in runs)
            return SIGNING, words("tray.signing", signed=signed, of=of)
        why = ""
        if any(one["tries"] == "blocked" for one in tokens):
            why = "blocked"
        elif tokens and not any(one["usable"] for one in tokens) and any(one["reason"] == "ended" for one in tokens):
            why = "ended"
        elif any(what not in _QUIET_TROUBLES for _, what in self._front.listing.troubles):
            why = "driver"
        if why:
            return TROUBLE, words("tray.trouble", why=words(f"tray.trouble_{why}"))
        usable = sum(one["usable"] for one in tokens)
        return (READY, words("tray.ready", count=usable)) if usable else (NONE, words("tray.none"))

    def lists(self) -> dict[str, Any]:
        """All that changes by itself."""
        return {
            "language": self._front.chosen.language,
            "support": self._front.chosen.support,
            "tokens": self._tokens(),
            "locked": [{"serial": one.serial, "label": shown(one.label)} for one in self._front.listing.locked],
            "sites": self._sites(),
            "history": [{**asdict(one), "began": _local(one.began, clock=True)} for one in self._history()],
            "about": {"version": __version__, "port": self._port, "folder": str(self._folder)},
        }

    async def state(self) -> dict[str, Any]:
        return {**self.lists(), "drivers": await asyncio.to_thread(self._drivers)}

    async def do(self, wish: Mapping[str, Any]) -> dict[str, Any] | None:
        """Returns what the panel is to be told."""
        match wish:
            case {"do": "revoke", "site": str(site)}:
                await self._desk.revoke(site)
            case {"do": "diagnose"}:
                return {"diagnosis": await self._diagnosis()}
            case {"do": "drivers"}:
                return {"state": await self.state()}
            case {"do": "add_driver", "path": str(path), "confirmed": bool(confirmed)}:
                return await self._add(Path(path), confirmed)
            case {"do": "remove_driver", "path": str(path)}:
                if await asyncio.to_thread(remove_driver, self._folder, Path(path)):
                    await self._desk.remove_driver(Path(path))
                return {"state": await self.state(), "driver": {"said": "removed"}}
            case {"do": "unlock", "serial": str(serial)}:
                await self._desk.unlock(serial, self._front.listing)
        return None

    async def _add(self, path: Path, confirmed: bool) -> dict[str, Any]:
        verdict = await asyncio.to_thread(add_driver, self._folder, path, confirmed=confirmed)
        if not verdict.ok:
            why = verdict_in_words(verdict, self._front.chosen.language)
            return {"driver": {"said": "refused", "why": why, "reason": verdict.reason}}
        await self._desk.add_driver(await asyncio.to_thread(path.resolve))
        return {"state": await self.state(), "driver": {"said": "added"}}

    async def _diagnosis(self) -> list[dict[str, Any]]:
        desk, front = self._desk, self._front
        now = desk.clock()
        clues = diagnosis.Clues(
            now=now,
            port=self._port,
            health=await health(desk.tokens, self._folder, now, front.chosen.language),
            last_signed=next((one.began for one in self._history()), ""),
            allowed=len(desk.allowed),
            remembered=len(desk.consents.listed()),
            open=sum(desk.open_sites().values()),
            support=front.chosen.support,
        )
        sections = await asyncio.to_thread(diagnosis.look, clues, front.words)
        return [asdict(section) for section in sections]

    def _tokens(self) -> list[dict[str, Any]]:
        now, found = self._desk.clock(), []
        for one in self._front.listing.held:
            read = Certificate.read(one.certificate.der)
            found.append(
                {
                    "name": shown(read.name),
                    "organisation": shown(read.organisation),
                    "label": shown(one.certificate.token_label),
                    "until": _day(read.not_after),
                    "days": days_left(read, now),
                    "usable": one.certificate.usable,
                    "reason": one.certificate.reason,
                    "tries": one.certificate.pin_tries,
                }
            )
        return found

    def _sites(self) -> list[dict[str, Any]]:
        remembered, open_now, now = self._desk.consents.listed(), self._desk.open_sites(), self._desk.clock()
        found = []
        for site in sorted({*remembered, *open_now}):
            one = remembered.get(site)
            found.append(
                {
                    "site": site,
                    "open": open_now.get(site, 0) > 0,
                    "remembered": one is not None,
                    "ended": one is not None and datetime.fromisoformat(one.expires) <= now,
                    "granted": _local(one.granted) if one else "",
                    "expires": _local(one.expires) if one else "",
                    "used": _local(one.used, clock=True) if one else "",
                }
            )
        return found

    def _history(self) -> list[Any]:
        return self._desk.history.newest_first()[:200]

    def _drivers(self) -> list[dict[str, Any]]:
        troubles = dict(self._front.listing.troubles)
        loaded = {one.module for one in self._desk.tokens.drivers}
        found = []
        listed = list_drivers(self._folder)
        known = {one.path.resolve() for one in listed}
        for one in listed:
            found.append(
                {
                    "path": str(one.path),
                    "brand": one.brand,
                    "added": one.found_by == "added",
                    "loaded": one.path.resolve() in loaded,
                    "verdict": "" if one.verdict.ok else verdict_in_words(one.verdict, self._front.chosen.language),
                    "trouble": self._trouble(troubles.get(one.path.name)),
                }
            )
        for path in sorted(loaded - known):  # named on the command line
            found.append(
                {
                    "path": str(path),
                    "brand": "",
                    "added": False,
                    "loaded": True,
                    "verdict": "",
                    "trouble": self._trouble(troubles.get(path.name)),
                }
            )
        return found

    def _trouble(self, what: str | None) -> str:
        return "" if what is None else trouble_in_words(what, self._front.chosen.language)


def _day(moment: datetime) -> str:
    return moment.astimezone().strftime("%d/%m/%Y")


def _local(text: str, *, clock: bool = False) -> str:
    """A stored time as people here write it; what cannot be read stays as it is."""
    try:
        moment = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return text
    return moment.strftime("%H:%M %d/%m/%Y" if clock else "%d/%m/%Y")
