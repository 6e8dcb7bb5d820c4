"""The words of the pages: one catalogue per language, each complete."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web

LANGUAGES: Final = ("vi", "en")
LANGUAGE: Final = "hocba-language"
"""The cookie that remembers it."""


class Words:
    """words("home.waiting", count=42, room="9A"). A key that is missing is a fault that tests find."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._own = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        text = self._own[key]
        return text.format_map({name: _Value(value) for name, value in values.items()}) if values else text

    def has(self, key: str) -> bool:
        return key in self._own


class _Value(str):
    """What stands for {count}; {count:item|items} chooses by the number, for languages that tell one from many."""

    __slots__ = ()

    def __format__(self, wanted: str) -> str:
        one, _, many = wanted.partition("|")
        return str(self) if not wanted else one if self == "1" else many


def words_for(request: web.Request) -> Words:
    """In the language that the person chose."""
    return words_of(request.cookies.get(LANGUAGE, "vi"))


@cache
def words_of(language: str) -> Words:
    return Words(language if language in LANGUAGES else "vi")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every key with its words, of one of LANGUAGES."""
    path = Path(__file__).parent / f"words_{language}.toml"
    return dict(_walk("", tomllib.loads(path.read_text(encoding="utf-8"))))


def _walk(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        key = f"{prefix}{name}"
        found += _walk(f"{key}.", value) if isinstance(value, dict) else [(key, str(value))]
    return found
