"""Everything about one class that its transcripts are made of, read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hocba_core.transcript.profile import Profile, Subject, load_profile

from hocba_gateway.school.profile import SchoolProfile
from hocba_gateway.school.reading.words import eligible
from hocba_gateway.school.world import Row

_ANSWERS = ("HK2", "HK1")
"""The teacher of the second semester answers for the year; of the first where nobody else does."""


@dataclass(frozen=True, slots=True)
class PrintSettings:
    """ "Cấu hình in học bạ" of a class (S4)."""

    leader_id: str | None = None
    place: str | None = None
    sign_date: str | None = None
    """ISO date."""


@dataclass(frozen=True, slots=True)
class ClassFile:
    school: SchoolProfile
    room: Row = field(repr=False)
    """The row of `classes`."""
    pupils: tuple[Row, ...] = field(repr=False)
    """In the order of the class's list."""
    results: Mapping[tuple[str, str], Mapping[str, str]] = field(repr=False)
    """(pupil id, subject code or "" for the year) → data."""
    assignments: tuple[Row, ...] = field(repr=False)
    people: Mapping[str, Row] = field(repr=False)
    """Those whom the class names: teachers, homeroom, leader."""
    settings: PrintSettings = PrintSettings()
    live: frozenset[str] = frozenset()
    """Pupils who have a live transcript."""
    locks: frozenset[str] = frozenset()
    """Terms (HK1, HK2, CN) that are confirmed as finished; CN allows creating."""
    absent: frozenset[str] = frozenset()
    """Elements of a pupil's dossier that no pupil of the school's year has: no file had the column."""

    @property
    def profile(self) -> Profile:
        return load_profile(self.room["profile"])

    def pupil(self, pupil_id: str) -> Row:
        """Raises KeyError for a pupil of another class."""
        for row in self.pupils:
            if row["id"] == pupil_id:
                return row
        raise KeyError(pupil_id)

    def eligible_pupils(self) -> tuple[Row, ...]:
        """Who is given a transcript: by status only, whether the dossier is complete or not."""
        return tuple(row for row in self.pupils if row["status"] in eligible("pupil_status"))

    def subjects(self) -> tuple[Subject, ...]:
        """The subjects that the class has: those with any result or teacher, in the form's order."""
        met = {code for (_, code) in self.results if code}
        met |= {row["subject"] for row in self.assignments}
        return tuple(subject for subject in self.profile.subjects if subject.code in met)

    def responsible(self, subject: str) -> str | None:
        """Who signs a subject: people.id of the one teacher of semester II, or of the one named
        among several; None while nobody or several are possible."""
        for term in _ANSWERS:
            rows = [r for r in self.assignments if r["subject"] == subject and r["term"] == term]
            if not rows:
                continue
            named = [row for row in rows if row["responsible"]]
            chosen = named if len(named) == 1 else rows
            return chosen[0]["person_id"] if len(chosen) == 1 else None
        return None

    def several_teach(self, subject: str) -> bool:
        """Several teachers and nobody named: the administrator must choose."""
        taught = any(row["subject"] == subject for row in self.assignments)
        return taught and self.responsible(subject) is None
