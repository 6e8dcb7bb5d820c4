"""Subjects by any spelling: all levels' for reading files, one profile's for storing."""

from __future__ import annotations

from functools import lru_cache

from hocba_core.transcript.profile import Profile, Subject, all_profiles, load_profile

from hocba_gateway.school.reading.classname import LEVELS, Level
from hocba_gateway.school.reading.words import Names


def _spellings(subject: Subject) -> tuple[str, ...]:
    return (subject.name, subject.full, *subject.synonyms)


@lru_cache(maxsize=1)
def every_subject() -> Names:
    """Each spelling of any profile, standing for itself: the class's profile says which it is."""
    words = {word for p in all_profiles() for s in p.subjects for word in _spellings(s) if word}
    return Names((word, (word,)) for word in sorted(words, key=len))


@lru_cache(maxsize=16)
def subjects_of(profile: str) -> Names:
    """The subjects of one profile: spelling → code."""
    subjects = load_profile(profile).subjects
    return Names((subject.code, (subject.code, *_spellings(subject))) for subject in subjects)


@lru_cache(maxsize=256)
def subject(profile: str, code: str) -> Subject | None:
    return next((s for s in load_profile(profile).subjects if s.code == code), None)


def profile_for(level: Level) -> Profile:
    """The profile that a new class of a level gets: the highest version there is."""
    grades = LEVELS[level]
    fitting = [profile for profile in all_profiles() if set(profile.grades) <= set(grades)]
    return max(fitting, key=lambda profile: profile.version)
