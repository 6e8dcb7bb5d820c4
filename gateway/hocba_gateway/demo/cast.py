"""Who plays in the demo: the school's people, logged in, with what each of them signs with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hocba_gateway.demo.api import Api, Person
from hocba_gateway.demo.programs import Place, Stage
from hocba_gateway.demo.source import Source


@dataclass(slots=True)
class Cast:
    source: Source
    place: Place
    stage: Stage
    api: Api
    limit: int | None
    """Pupil rows of each class that take part; None: all."""
    year: str = ""
    school: str = ""
    officer: Person | None = None
    admin: Person | None = None
    staff: dict[str, Person] = field(default_factory=dict)
    """people.id -> logged in."""
    names: dict[str, str] = field(default_factory=dict)
    """people.id -> name and position, for the summary."""
    passwords: list[tuple[str, str, str]] = field(default_factory=list, repr=False)
    """Who, username, password: shown at the end, for clicking through."""
    leader: str = ""
    releaser: str = ""
    accounts: dict[str, str] = field(default_factory=dict)
    """people.id, or "" for the school's certificate -> signing account."""
    classes: list[dict[str, Any]] = field(default_factory=list)
    pupils: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Class -> its pupil rows that take part."""
    left: list[dict[str, Any]] = field(default_factory=list)
    """Pupils who got no transcript, with the reasons."""
    transcripts: dict[str, list[str]] = field(default_factory=dict)
    """Class -> UUIDs, in the class's order."""
    signatures: dict[str, int] = field(default_factory=dict)
    """Kind of slot -> how many."""

    @property
    def qtv(self) -> Person:
        assert self.admin is not None, "the administrator logs in first"
        return self.admin

    @property
    def department(self) -> Person:
        assert self.officer is not None, "the officer logs in first"
        return self.officer
