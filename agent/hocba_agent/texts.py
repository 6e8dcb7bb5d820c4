"""All words that people read: for an error's code what happened and what to do, and the texts of our windows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from hocba_core.errors import HocbaError

LANGUAGES = ("vi", "en")


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "?"


def filled(text: str, facts: Mapping[str, object]) -> str:
    """Each {name} of it replaced; what is not known is "?": words for people never fail."""
    return text.format_map(_Facts(facts))


@cache
def _catalogue(file: str) -> dict[str, Any]:
    return tomllib.loads(files("hocba_agent").joinpath(file).read_text(encoding="utf-8"))


def text_of(error: HocbaError, language: str = "vi") -> str:
    """One or two sentences. A fact may choose a narrower text: "code.fact value".

    What has no words in that language has them in Vietnamese.
    """
    catalogue = {**_catalogue("texts_vi.toml"), **(_catalogue("texts_en.toml") if language == "en" else {})}
    narrower = (f"{error.code}.{value}" for value in error.facts.values() if isinstance(value, str))
    key = next((key for key in narrower if key in catalogue), error.code)
    return filled(catalogue.get(key, catalogue["error"]), error.facts)


@dataclass(frozen=True, slots=True)
class Words:
    """`words("pin.login")`: the text of a window, in the person's language."""

    language: str = "vi"

    def __call__(self, key: str, **facts: object) -> str:
        """Raises KeyError for a key that is in no catalogue."""
        part, name = key.split(".")
        return filled(_catalogue(f"words_{self.language}.toml")[part][name], facts)

    def has(self, key: str) -> bool:
        part, name = key.split(".")
        return name in _catalogue(f"words_{self.language}.toml")[part]
