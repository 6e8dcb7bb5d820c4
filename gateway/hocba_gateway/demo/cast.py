"""Who plays in the demo: the school's people, logged in, with what each of them signs with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hocba_core.secret import Secret

from hocba_gateway.demo.api import Api, Person
from hocba_gateway.demo.programs import Place, Stage
from hocba_gateway.demo.source import Source


@dataclass(frozen=True, slots=True)
class Offered:
    """An account of the demo, to be clicked through: its password is of this run only."""

    role: str
    name: str
    username: str
    password: Secret

    def to_dict(self) -> dict[str, str]:
        shown = {"role": self.role, "name": self.name, "username": self.username}
        return shown | {"password": self.password.reveal()}


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
    accounts_made: dict[str, Offered] = field(default_factory=dict, repr=False)
    """people.id, or "" for the administrator's own account -> what is offered for clicking through."""
    leader: str = ""
    releaser: str = ""
    accounts: dict[str, str] = field(default_factory=dict)
    """people.id, or "" for the school's certificate -> signing account."""
    classes: list[dict[str, Any]] = field(default_factory=list)
    pupils: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Class -> its pupil rows that take part."""
    later: list[str] = field(default_factory=list)
    """pupils.id of those who are kept back for people who click."""
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

    def offered(self) -> list[Offered]:
        """Everybody who has an account: administrator, leader, releaser, homeroom teachers, then the others."""
        homerooms = {room["homeroom_id"]: f"Chủ nhiệm {room['name']}" for room in self.classes}
        first = ["", self.leader, self.releaser, *homerooms]
        order = [*first, *(person for person in self.accounts_made if person not in first)]
        return [
            replace(self.accounts_made[person], role=self._role(person, homerooms))
            for person in dict.fromkeys(order)
            if person in self.accounts_made
        ]

    def _role(self, person: str, homerooms: dict[str, str]) -> str:
        made = self.accounts_made[person].role
        if person and person == self.releaser:
            return f"{made}, ký phát hành"
        return homerooms.get(person, made)
