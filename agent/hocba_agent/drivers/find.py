"""Looks for drivers where they hide on this system. Opens none; reads the headers of those whose names are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import environ, scandir
from pathlib import Path

from hocba_agent.drivers.catalogue import CONFIDENCE, catalogue
from hocba_agent.drivers.check import Verdict, judge
from hocba_agent.system import SYSTEM, folders_of_providers

_MODULE_LINE = re.compile(r"^\s*module\s*:\s*(\S.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be a driver."""

    path: Path
    brand: str
    """"" when no list knows the name."""
    found_by: str
    """list (name and folder), p11-kit (another program's register), provider (beside a Windows provider), added"""
    verdict: Verdict


def discover(folders: Sequence[Path] | None = None, registers: Sequence[Path] | None = None) -> tuple[Candidate, ...]:
    """Every file once, however many paths lead to it; best known names first. The defaults are this system's."""
    known = catalogue()
    named = [(path, "list") for path in _listed(known_folders() if folders is None else folders)]
    named += [(path, "provider") for path in _listed(folders_of_providers() if folders is None else ())]
    named += [(path, "p11-kit") for path in _registered(map(Path, known.p11_kit) if registers is None else registers)]
    found: dict[object, Candidate] = {}
    for path, by in named:
        name = known.known(path.name)
        candidate = Candidate(path, name.brand if name else "", by, judge(path, confirmed=False))
        found.setdefault(identity(path), candidate)
    return tuple(sorted(found.values(), key=_rank))


def identity(path: Path) -> object:
    """Equal for two names of one file: links, hard links, and other ways of writing a path."""
    try:
        told = path.stat()
    except (OSError, RuntimeError):
        return path
    return (told.st_dev, told.st_ino) if told.st_ino else path.resolve()


def known_folders() -> Iterator[Path]:
    """The folders of drivers.toml that this PC has."""
    for written in catalogue().folders[SYSTEM]:
        variable = re.match(r"\$([^/]+)/", written)
        if variable is not None:
            if not environ.get(variable[1]):
                continue
            written = environ[variable[1]] + "/" + written[variable.end() :]
        yield from _spread(Path(written))


def _spread(folder: Path) -> Iterator[Path]:
    """The one "*" of a path stands for every folder of that level."""
    if "*" not in folder.parts:
        yield folder
        return
    place = folder.parts.index("*")
    above, rest = Path(*folder.parts[:place]), folder.parts[place + 1 :]
    with suppress(OSError):
        yield from (Path(one.path, *rest) for one in scandir(above) if one.is_dir())


def _listed(folders: Iterable[Path]) -> Iterator[Path]:
    known = catalogue()
    for folder in dict.fromkeys(folders):
        try:
            with scandir(folder) as inside:
                yield from (Path(one.path) for one in inside if known.known(one.name) is not None)
        except OSError:
            continue


def _registered(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        try:
            files = sorted(folder.glob("*.module"))
        except OSError:
            continue
        for file in files:
            with suppress(OSError, ValueError):
                for name in _MODULE_LINE.findall(file.read_text(encoding="utf-8")):
                    paths = [Path(name)] if Path(name).is_absolute() else [one / name for one in known_folders()]
                    yield from (path for path in paths if path.exists())


def _rank(one: Candidate) -> tuple[int, str]:
    name = catalogue().known(one.path.name)
    return CONFIDENCE.index(name.confidence) if name else len(CONFIDENCE), str(one.path)
