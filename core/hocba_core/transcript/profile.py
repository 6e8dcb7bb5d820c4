"""A transcript profile: one level's form by one circular, as data in a folder of `profiles/`.

An official XSD, when one appears, is a new folder. Loaded once per process.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from hocba_core.errors import NotFound
from hocba_core.transcript.route import SlotKind

PROFILES = Path(__file__).parent.parent / "profiles"
GROUPS = ("header", "pupil", "history", "subject", "results")

MAX_BLOCKS = 30
MAX_SUBJECTS = 40
"""Of one block."""
MAX_YEARS = 20
MAX_NAME = 150

Need = Literal["error", "warning", ""]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one element of the record may hold."""

    el: str
    label: str
    max: int
    need: Need = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    mend: str = ""
    """Where a person enters it."""
    sensitive: bool = False
    exempt: bool = False
    """May be empty for a pupil who is not assessed (KHUYET_TAT_KHONG_DANH_GIA)."""
    by_school: bool = False
    """May be empty where no pupil of the school has it: its files lack the whole column. Whether that is so, the
    school's system judges; a record alone cannot tell, so its schema lets the field be empty."""
    _compiled: re.Pattern[str] | None = field(default=None, repr=False, compare=False)

    def allows(self, value: str) -> bool:
        """Is a non-empty value of the right form?"""
        if len(value) > self.max or (self.choices and value not in self.choices):
            return False
        return self._compiled is None or self._compiled.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Subject:
    code: str
    name: str
    """In the record; at most 20 characters in secondary."""
    full: str
    """As the form prints it."""
    kind: Literal["scored", "comment", "level"]
    synonyms: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Profile:
    key: str
    title: str
    level: str
    """MA_CAP_HOC: 02 primary, 03 lower secondary, 04 upper secondary."""
    circular: str
    version: str
    route: tuple[SlotKind, ...]
    grades: tuple[int, ...]
    subjects: tuple[Subject, ...]
    fields: Mapping[str, tuple[FieldRule, ...]] = field(repr=False)
    """By group: header, pupil, history, subject, results; in the record's order."""

    def path(self, name: str) -> Path:
        """A file of the profile's folder: schema.xsd, view.xsl, form.typ."""
        return PROFILES / self.key / name

    def has_subject_teachers(self) -> bool:
        return SlotKind.GVBM in self.route


@cache
def load_profile(key: str) -> Profile:
    """Raises NotFound(kind="profile")."""
    folder = PROFILES / key
    if not re.fullmatch(r"[a-z0-9_]+", key) or not (folder / "profile.toml").is_file():
        raise NotFound(kind="profile")
    data = tomllib.loads((folder / "profile.toml").read_text(encoding="utf-8"))
    parts: dict[str, Any] = {}
    for name in data["includes"]:
        parts |= tomllib.loads((PROFILES / name).read_text(encoding="utf-8"))
    parts |= {group: data[group] for group in GROUPS if group in data}
    # what the profile itself settles is no free choice of a record
    settled = {
        "THONG_TU": [data["circular"]],
        "MA_CAP_HOC": [data["level"]],
        "PHIEN_BAN": [data["version"]],
        "MA_KHOI": [str(grade) for grade in data["grades"]],
    }
    return Profile(
        key=key,
        title=data["title"],
        level=data["level"],
        circular=data["circular"],
        version=data["version"],
        route=tuple(SlotKind(kind) for kind in data["route"]),
        grades=tuple(data["grades"]),
        subjects=tuple(
            _subject(entry, optional)
            for name, optional in (("subjects", False), ("optional_subjects", True))
            for entry in data.get(name, ())
        ),
        fields={group: tuple(_rule(entry, settled) for entry in parts[group]["fields"]) for group in GROUPS},
    )


@cache
def all_profiles() -> tuple[Profile, ...]:
    return tuple(load_profile(path.parent.name) for path in sorted(PROFILES.glob("*/profile.toml")))


def find_profile(circular: str, level: str, version: str) -> Profile:
    """The profile that a record names. Raises NotFound(kind="profile")."""
    for profile in all_profiles():
        if (profile.circular, profile.level, profile.version) == (circular, level, version):
            return profile
    raise NotFound(kind="profile")


def _subject(entry: Mapping[str, Any], optional: bool) -> Subject:
    return Subject(
        code=entry["code"],
        name=entry["name"],
        full=entry.get("full", entry["name"]),
        kind=entry["kind"],
        synonyms=tuple(entry["synonyms"]),
        optional=optional,
    )


def _rule(entry: Mapping[str, Any], settled: Mapping[str, list[str]]) -> FieldRule:
    pattern = entry.get("pattern", "")
    return FieldRule(
        el=entry["el"],
        label=entry["label"],
        max=entry["max"],
        need=entry.get("need", ""),
        choices=tuple(settled.get(entry["el"], entry.get("choices", ()))),
        pattern=pattern,
        mend=entry.get("mend", ""),
        sensitive=entry.get("sensitive", False),
        exempt=entry.get("exempt", False),
        by_school=entry.get("by_school", False),
        _compiled=re.compile(pattern) if pattern else None,
    )
