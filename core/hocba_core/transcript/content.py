"""What a transcript says, before it is bytes. The keys of the mappings are the record's element names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs: as the record names them."""

    name: str
    number: str = field(repr=False)
    """12 digits; the certificate must carry the same."""
    position: str = ""


@dataclass(frozen=True, slots=True)
class SubjectBlock:
    """One DIEM_TONG_KET: the subjects that one teacher answers for."""

    teacher: Person | None
    """None where the profile has no subject teachers."""
    subjects: tuple[Mapping[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class TranscriptContent:
    uuid: str
    profile: str
    """Key of the profile."""
    header: Mapping[str, str] = field(repr=False)
    """Without the four fields that uuid and profile give."""
    pupil: Mapping[str, str] = field(repr=False)
    history: tuple[Mapping[str, str], ...] = field(repr=False)
    blocks: tuple[SubjectBlock, ...] = field(repr=False)
    results: Mapping[str, str] = field(repr=False)
    homeroom: Person = field(repr=False)
    leader: Person = field(repr=False)
