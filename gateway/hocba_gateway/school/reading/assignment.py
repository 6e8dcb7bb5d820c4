"""Teaching assignment as people write it: "Toán - 63, 64; HĐTN - 64", "GVCN 6A", "Tin K6 (HK2)".

Reads left to right: the longest run of words that is a subject opens a duty, class names after it
belong to it, a semicolon or a new line closes it. What is neither is given back, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hocba_gateway.school.reading.classname import grade, same
from hocba_gateway.school.reading.words import Names, clean, key, spaced

_WORD = re.compile(r"[^\W_]+(?:[./][^\W_]+)*")
_JOINING: Final = {"va", "lop", "cac", "mon", "day", "tiet", "o"}
_HOMEROOM: Final = {"gvcn", "cn", "chunhiem"}
_TERMS: Final = {
    **dict.fromkeys(("hk1", "hki", "ky1", "kyi", "ki1", "hocky1", "hockyi", "hocki1"), "HK1"),
    **dict.fromkeys(("hk2", "hkii", "ky2", "kyii", "ki2", "hocky2", "hockyii", "hocki2"), "HK2"),
}
_LONGEST: Final = 10  # words in a name


@dataclass(frozen=True, slots=True)
class Duty:
    subject: str
    """As Names knows it."""
    class_name: str
    term: str
    """HK1, HK2, or "" for both."""


@dataclass(slots=True)
class Duties:
    teaches: list[Duty] = field(default_factory=list)
    homerooms: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """(what, expected): parts that name a subject or a class that is not known."""
    ignored: list[str] = field(default_factory=list)
    """Parts about other work, such as "Tổ trưởng"."""


class Classes:
    """The class names of a school in any spelling."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._by_same = {same(name): name for name in self.names}

    def find(self, text: str) -> str | None:
        return self._by_same.get(same(text))

    def of_grade(self, number: int) -> list[str]:
        return [name for name in self.names if grade(name) == number]


def read_duties(text: str, subjects: Names, classes: Classes) -> Duties:
    """All duties of one cell. Subjects and classes are the school's own; nothing is invented."""
    duties = Duties()
    for part in re.split(r"[;\n\r|]+", text):
        if clean(part):
            _read_part(clean(part), subjects, classes, duties)
    return duties


def read_classes(text: str, classes: Classes) -> tuple[list[str], list[str]]:
    """A list of classes, such as the homeroom column: (known, unknown)."""
    found: list[str] = []
    unknown: list[str] = []
    words = _WORD.findall(clean(text))
    at = 0
    while at < len(words):
        name, used = _class_at(words, at, classes, found[-1] if found else "")
        if name:
            found.append(name)
        elif key(words[at]) not in _JOINING:
            unknown.append(words[at])
        at += max(used, 1)
    return found, unknown


@dataclass(slots=True)
class _Part:
    """What was met so far in one part."""

    subjects: list[str] = field(default_factory=list)
    open: bool = False
    """Classes came after the subjects: the next subject starts anew."""
    homeroom: bool = False
    pairs: list[tuple[str, str]] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    term: str = ""


def _read_part(text: str, subjects: Names, classes: Classes, duties: Duties) -> None:
    words = _WORD.findall(text)
    part = _Part()
    at = 0
    while at < len(words):
        at += _read_word(words, at, subjects, classes, part, duties)
    duties.teaches += [Duty(subject, name, part.term) for subject, name in part.pairs]
    _judge(text, part, duties)


def _read_word(words: list[str], at: int, subjects: Names, classes: Classes, part: _Part, duties: Duties) -> int:
    """Takes one thing at `at`; how many words it took."""
    subject, used = _longest(words, at, subjects)
    if subject:
        if part.open:
            part.subjects, part.open = [], False
        part.subjects.append(subject)
        part.homeroom = False
        return used
    word = key(words[at])
    two = word + (key(words[at + 1]) if at + 1 < len(words) else "")
    term, used = _term_at(words, at)
    if used:
        part.term = term or part.term
        return used
    if word in _HOMEROOM or two == "chunhiem":
        part.homeroom = True
        part.subjects = []
        return 2 if two == "chunhiem" else 1
    found, used = _classes_at(words, at, classes, part.classes[-1] if part.classes else "")
    if found:
        part.classes += found
        if part.homeroom:
            duties.homerooms += found
        part.pairs += [(subject, name) for subject in part.subjects for name in found]
        part.open = True
        return used
    if word not in _JOINING:
        part.unknown.append(words[at])
    return 1


def _judge(text: str, part: _Part, duties: Duties) -> None:
    """Says what of this part was not understood."""
    strange = [word for word in part.unknown if any(letter.isdigit() for letter in word)]
    if part.pairs and strange:
        duties.wrong.append((f"không có lớp “{strange[0]}” trong “{text}”", "tên lớp có trong danh sách"))
    elif part.pairs or part.homeroom:
        if part.homeroom and not part.classes:
            duties.wrong.append((f"“{text}” không nêu lớp chủ nhiệm nào có", "tên lớp có trong danh sách"))
        elif part.unknown:
            duties.ignored.append(" ".join(part.unknown))
    elif part.subjects and (strange or not part.unknown):
        what = f"không có lớp “{strange[0]}”" if strange else f"“{text}” không nêu lớp"
        duties.wrong.append((what, "dạng “Toán - 6A, 6B; HĐTN - 6A”"))
    elif part.classes:
        duties.wrong.append((f"không hiểu môn học trong “{text}”", "dạng “Toán - 6A, 6B; HĐTN - 6A”"))
    elif strange:
        duties.wrong.append((f"không hiểu “{text}”", "dạng “Toán - 6A, 6B; HĐTN - 6A”"))
    else:
        duties.ignored.append(text)


def _term_at(words: list[str], at: int) -> tuple[str, int]:
    """ "HK1", "học kỳ II" …: the term and how many words it took, 0 when it is none."""
    for used in (3, 2, 1):
        if term := _TERMS.get(key("".join(words[at : at + used]))):
            return term, min(used, len(words) - at)
    return "", 0


def _longest(words: list[str], at: int, names: Names) -> tuple[str, int]:
    for used in range(min(_LONGEST, len(words) - at), 0, -1):
        found = names.find(" ".join(words[at : at + used]))
        if found:
            return found, used
    return "", 0


def _class_at(words: list[str], at: int, classes: Classes, before: str) -> tuple[str, int]:
    for used in range(min(4, len(words) - at), 0, -1):
        found = classes.find(" ".join(words[at : at + used]))
        if found:
            return found, used
    if before and re.fullmatch(r"[A-Za-zĐđ]{1,2}\d{0,2}", words[at]):  # "6A, B" is 6A and 6B
        stem = re.match(r"\d+", before)
        found = classes.find(stem.group() + words[at]) if stem else None
        if found:
            return found, 1
    return "", 0


def _classes_at(words: list[str], at: int, classes: Classes, before: str) -> tuple[list[str], int]:
    """One class, or "khối 6" / "K6" for all classes of a grade."""
    joined = spaced(" ".join(words[at : at + 2]))
    if match := re.match(r"^(?:khoi |k)(1[0-2]|[1-9])(?= |$)", joined):
        used = 2 if joined.startswith("khoi") else 1
        return classes.of_grade(int(match.group(1))), used
    name, used = _class_at(words, at, classes, before)
    return ([name] if name else []), used
