"""What drivers.toml knows: names by brand, folders by system, and what is never loaded."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Final

CONFIDENCE: Final = ("confirmed", "documented", "guess")
"""How well a name is known, best first."""

_LIBRARY: Final = re.compile(r"(.+?)\.(?:dll|dylib|so(?:\.[0-9]+)*)")


@dataclass(frozen=True, slots=True)
class Known:
    """A name in the list."""

    brand: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    names: Mapping[str, Known]
    """By file name without its ending, lower case: vendors call the libraries of other systems alike."""
    folders: Mapping[str, tuple[str, ...]]
    """By system: windows, macos, linux."""
    p11_kit: tuple[str, ...]
    never_names: frozenset[str]
    never_marks: tuple[bytes, ...] = field(repr=False)
    shells: tuple[re.Pattern[str], ...]

    def known(self, name: str) -> Known | None:
        """Of a library's file name on any system, in any case; None: not in the list, or not named as a library."""
        library = _LIBRARY.fullmatch(name.lower())
        if library is None:
            return None
        return self.names.get(library[1]) or self.names.get(library[1].removeprefix("lib"))

    def is_never_loaded(self, name: str, content: bytes) -> bool:
        """By its name, or by what it says of itself under another one."""
        stem = PurePath(name.lower()).name.split(".", 1)[0]
        return stem in self.never_names or any(mark in content for mark in self.never_marks)

    def is_shell(self, name: str) -> bool:
        """A CryptoAPI provider. A name in the list of drivers is none, whatever it looks like."""
        return self.known(name) is None and any(one.fullmatch(name.lower()) for one in self.shells)


@cache
def catalogue() -> Catalogue:
    told = tomllib.loads(files("hocba_agent.drivers").joinpath("drivers.toml").read_text(encoding="utf-8"))
    names: dict[str, Known] = {}
    for brand in told["brand"]:
        for confidence in CONFIDENCE:
            for name in brand.get(confidence, ()):
                stem = _LIBRARY.fullmatch(name.lower())
                assert stem is not None, name
                names.setdefault(stem[1], Known(brand["name"], confidence))
    return Catalogue(
        names,
        {system: tuple(folders) for system, folders in told["folders"].items()},
        tuple(told["registered"]["p11_kit"]),
        frozenset(told["never"]["names"]),
        tuple(mark.encode() for mark in told["never"]["marks"]),
        tuple(re.compile(pattern) for pattern in told["shells"]["patterns"]),
    )
