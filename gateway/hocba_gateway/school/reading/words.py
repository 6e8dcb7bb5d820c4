"""The words of spreadsheets (words.toml), and the one way to compare them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_NOTE = re.compile(r"\([^)]*\)|\*")


def clean(text: str) -> str:
    """Composed (NFC), no-break and zero-width spaces gone, runs of white space as one space."""
    composed = unicodedata.normalize("NFC", text)
    for hidden in ("\u200b", "\u200c", "\u200d", "\ufeff"):
        composed = composed.replace(hidden, "")
    return " ".join(composed.split())


@lru_cache(maxsize=16384)
def key(text: str) -> str:
    """The text as letters a–z and digits only: the same for any accents, case, spaces, signs."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORD.sub("", plain.replace("đ", "d"))


@lru_cache(maxsize=4096)
def header_keys(text: str) -> tuple[str, ...]:
    """Keys to look a header up by: whole, then without notes like "(*)" or "(dd/mm/yyyy)"."""
    return tuple(dict.fromkeys(k for k in (key(text), key(_NOTE.sub(" ", text))) if k))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, object]]:
    source = resources.files(__package__).joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(source)


def _words(section: str) -> Mapping[str, list[str]]:
    table: object = _table()
    for part in section.split("."):
        assert isinstance(table, Mapping)
        table = table[part]
    assert isinstance(table, Mapping)
    return table


@lru_cache(maxsize=32)
def fields(section: str) -> Mapping[str, tuple[str, int]]:
    """Key of a header → (our field, its rank of trust; 0 is best), in one section over [common]."""
    found: dict[str, tuple[str, int]] = {}
    own = _words(section)
    merged = {**{f: w for f, w in _words("common").items() if f not in own}, **own}
    for field, words in merged.items():
        for rank, word in enumerate(words):
            found.setdefault(key(word), (field, rank))
    return found


@lru_cache(maxsize=32)
def values(name: str) -> Mapping[str, str]:
    """Key of a value as met → our value."""
    return {key(word): ours for ours, words in _words(f"values.{name}").items() for word in words}


def spellings(name: str) -> str:
    """Our values of a list, for a text that says what was expected."""
    return ", ".join(_words(f"values.{name}"))


@lru_cache(maxsize=4)
def eligible(name: str) -> frozenset[str]:
    """The statuses that count: "pupil_status" for a transcript, "staff_status" for signing."""
    return frozenset(_words("eligible")[name])


def spaced(text: str) -> str:
    """Like key(), but words stay apart by one space."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", plain.replace("đ", "d")).strip()


class Names:
    """Things by any of their spellings, such as the subjects of a profile: (ours, spellings)."""

    def __init__(self, entries: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._by_key: dict[str, str] = {}
        self._by_words: dict[str, str] = {}
        for ours, words in entries:
            for word in words:
                self._by_key.setdefault(key(word), ours)
                self._by_words.setdefault(spaced(word), ours)

    def find(self, text: str) -> str | None:
        """Ours for a text that is one of the spellings, or None."""
        for candidate in header_keys(text):
            if candidate in self._by_key:
                return self._by_key[candidate]
        return None

    def find_in(self, text: str) -> str | None:
        """Ours for the longest spelling that stands in the text, e.g. in "Môn: Toán - Lớp 6A"."""
        padded = f" {spaced(text)} "
        met = [words for words in self._by_words if words and f" {words} " in padded]
        return self._by_words[max(met, key=len)] if met else None
