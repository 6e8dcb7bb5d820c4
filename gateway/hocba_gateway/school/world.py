"""One school's year as it stands, beside what an import would make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hocba_gateway.school.reading.classname import same
from hocba_gateway.school.reading.words import key

Row: TypeAlias = dict[str, Any]
At: TypeAlias = Any
"""A row's key: an id, or a tuple of them."""


class Rows:
    """The rows of one table by their key: before, and as they will be."""

    def __init__(self, before: Mapping[At, Row] | None = None) -> None:
        self.before: dict[At, Row] = dict(before or {})
        self._now: dict[At, Row] = {}
        self._gone: set[At] = set()

    def get(self, at: At) -> Row | None:
        if at in self._gone:
            return None
        return self._now.get(at) or self.before.get(at)

    def edit(self, at: At) -> Row | None:
        """The row to write into: its own copy, JSON `data` too."""
        row = self.get(at)
        if row is not None and at not in self._now:
            row = {**row, **({"data": dict(row["data"])} if "data" in row else {})}
            self._now[at] = row
        return row

    def put(self, at: At, row: Row) -> Row:
        self._gone.discard(at)
        self._now[at] = row
        return row

    def drop(self, at: At) -> None:
        self._now.pop(at, None)
        if at in self.before:
            self._gone.add(at)

    def all(self) -> Iterator[tuple[At, Row]]:
        for at in dict.fromkeys((*self.before, *self._now)):
            row = self.get(at)
            if row is not None:
                yield at, row

    def touched(self) -> Iterator[tuple[At, Row]]:
        yield from self._now.items()

    @property
    def new(self) -> list[Row]:
        return [row for at, row in self._now.items() if at not in self.before]

    @property
    def changed(self) -> list[Row]:
        return [r for at, r in self._now.items() if at in self.before and self.before[at] != r]

    @property
    def gone(self) -> list[Row]:
        return [self.before[at] for at in self._gone]

    @property
    def unchanged(self) -> int:
        return sum(self.before.get(at) == row for at, row in self._now.items())


@dataclass(slots=True)
class World:
    """Keys: id of people, classes, pupils; (class, subject, term, person) of assignments;
    (pupil, subject) of results."""

    year: str
    school_name: str = ""
    people: Rows = field(default_factory=Rows)
    classes: Rows = field(default_factory=Rows)
    pupils: Rows = field(default_factory=Rows)
    assignments: Rows = field(default_factory=Rows)
    results: Rows = field(default_factory=Rows)
    live: frozenset[str] = frozenset()
    """Pupils who have a live transcript: nothing of theirs may change."""

    def class_named(self, name: str) -> Row | None:
        wanted = same(name)
        return next((row for _, row in self.classes.all() if same(row["name"]) == wanted), None)


def code_key(code: str) -> str:
    """Equal for a code and the same code that lost its leading zeros in a number cell."""
    return code.lstrip("0").upper()


def same_name(one: str, other: str) -> bool:
    """Names are compared without accents and spaces: spreadsheets lose both."""
    return key(one) == key(other)


def better_name(known: str, met: str) -> str:
    """What is met, but not when it is the known name that only lost its accents."""
    return known if same_name(known, met) and met.isascii() else met
