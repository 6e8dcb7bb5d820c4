"""Drivers that the person added, and all drivers together. The file `drivers.json` of the settings' folder.

A file where programs without rights can change it is loaded only when the person said of this very content that it
may be: a changed one asks again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hocba_agent.drivers.catalogue import catalogue
from hocba_agent.drivers.check import CONFIRMABLE, Verdict, judge
from hocba_agent.drivers.find import Candidate, discover, identity
from hocba_agent.private_file import write_private

log = logging.getLogger(__name__)

FILE: Final = "drivers.json"
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Added:
    path: Path
    confirmed: str
    """SHA-256 of the content that the person allowed; "" when it needed no word of theirs."""

    @property
    def verdict(self) -> Verdict:
        found = judge(self.path, confirmed=bool(self.confirmed))
        if found.ok and self.confirmed and self.confirmed != _content(self.path):
            return Verdict("changed", found.machine, found.bits)
        return found


def add_driver(folder: Path, path: Path, *, confirmed: bool) -> Verdict:
    """Keeps it when the verdict is ok; else nothing changes and the reason says why.

    With reason "writable" the person may be asked, and `confirmed` say yes; nothing else can be overruled.
    """
    if not path.is_absolute():
        return Verdict("missing")
    plain = judge(path, confirmed=False)
    needs_word = plain.reason == CONFIRMABLE
    if not plain.ok and not (needs_word and confirmed):
        return plain
    real = path.resolve()
    kept = [one for one in read_added(folder) if identity(one.path) != identity(real)]
    _write(folder, [*kept, Added(real, _content(real) if needs_word else "")][-_MOST:])
    return judge(real, confirmed=True)


def remove_driver(folder: Path, path: Path) -> bool:
    """Was it there? Only what was added can be removed."""
    added = read_added(folder)
    kept = [one for one in added if one.path != path and identity(one.path) != identity(path)]
    if len(kept) == len(added):
        return False
    _write(folder, kept)
    return True


def list_drivers(folder: Path) -> tuple[Candidate, ...]:
    """Added ones first, then what is found; every file once, with its verdict (see words.verdict_in_words)."""
    found = {
        identity(one.path): Candidate(one.path, _brand(one.path), "added", one.verdict) for one in read_added(folder)
    }
    for candidate in discover():
        found.setdefault(identity(candidate.path), candidate)
    return tuple(found.values())


def drivers_to_load(folder: Path, named: Sequence[Path] = ()) -> tuple[Path, ...]:
    """At the start, each by its real path. `named` on the command line: these and the added ones, no others.

    Who names a driver there has said that it may be loaded; its header is checked all the same, before loading.
    """
    if named:
        found = [*named, *(one.path for one in read_added(folder) if one.verdict.ok)]
    else:
        found = [one.path for one in list_drivers(folder) if one.verdict.ok]
    return tuple({identity(path): path.resolve() for path in reversed(found)}.values())[::-1]


def read_added(folder: Path) -> tuple[Added, ...]:
    """An entry that is broken is left out, with a warning; never more is allowed than was written."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        entries = [_entry(one) for one in told["drivers"]]
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("%s cannot be read; no added driver is used", FILE)
        return ()
    if None in entries:
        log.warning("%s has broken entries, which are not used", FILE)
    return tuple(one for one in entries if one is not None)


def _entry(told: Any) -> Added | None:
    match told:
        case {"path": str(path), "confirmed": str(confirmed)} if Path(path).is_absolute():
            return Added(Path(path), confirmed)
    return None


def _write(folder: Path, added: list[Added]) -> None:
    told = {"drivers": [{"path": str(one.path), "confirmed": one.confirmed} for one in added]}
    write_private(folder / FILE, json.dumps(told, ensure_ascii=False, indent=1))


def _content(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _brand(path: Path) -> str:
    known = catalogue().known(path.name)
    return known.brand if known else ""
