"""Which kind of table a sheet is, told by its headers and never by the file's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from hocba_gateway.school.reading.header import Column, Header, candidates
from hocba_gateway.school.reading.words import Names, fields, header_keys, spaced, values
from hocba_gateway.school.reading.workbook import Grid


class Kind(StrEnum):
    PUPILS = "pupils"
    STAFF = "staff"
    DUTIES = "duties"  # assignment as free text
    ASSIGNMENTS = "assignments"  # one row per class, subject, term, teacher
    YEAR = "year"  # secondary: one column per subject; marks, or comments
    SCORES = "scores"  # secondary: one subject's sheet
    PRIMARY = "primary"  # primary: one subject's sheet
    QUALITIES = "qualities"  # primary: qualities, abilities and the year


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column holds."""

    field: str
    subject: str = ""
    """The subject as the header spells it; "" where the column is of no subject or the sheet's."""
    term: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    kind: Kind
    header: Header
    meanings: Mapping[int, Meaning]
    """By column number."""


@dataclass(frozen=True, slots=True)
class Rule:
    section: str
    of_subject: frozenset[str]
    """Fields that belong to a subject; "mark" also says that a subject's own column is one."""
    fits: Callable[[set[str], set[str]], bool]
    """From the fields and the subjects found: is it this kind?"""
    needs: str


def _person(found: set[str]) -> bool:
    return "code" in found or "name" in found


_PUPIL_SIGNS: Final = {
    "status", "class", "birthplace", "nationality", "ethnicity", "gender", "birth", "address",
    "father", "mother", "personal_number", "hamlet", "hometown", "guardian", "policy", "disability",
}  # fmt: skip
_QUALITY_SIGNS: Final = {
    "self_study", "communication", "problem_solving", "language", "calculation", "aesthetics",
    "physical", "patriotism", "kindness", "diligence", "honesty", "responsibility",
}  # fmt: skip

RULES: Final[Mapping[Kind, Rule]] = {
    Kind.PUPILS: Rule(
        "pupils",
        frozenset(),
        lambda f, s: {"code", "name"} <= f and len(f & _PUPIL_SIGNS) >= 3,
        "Họ tên, Mã định danh Bộ GD&ĐT, Lớp, Ngày sinh, Trạng thái",
    ),
    Kind.STAFF: Rule(
        "staff",
        frozenset(),
        lambda f, s: {"code", "name"} <= f and bool(f & {"position", "position_group", "teaches"}),
        "Họ tên, Mã định danh Bộ GD&ĐT, Số CMTND/TCC, Vị trí việc làm",
    ),
    Kind.DUTIES: Rule(
        "assignment",
        frozenset(),
        lambda f, s: _person(f) and "duties" in f,
        "Họ và tên, Mã cán bộ, Phân công chuyên môn",
    ),
    Kind.ASSIGNMENTS: Rule(
        "assignment",
        frozenset(),
        lambda f, s: _person(f) and {"class", "subject"} <= f,
        "Lớp, Môn, Học kỳ, Mã giáo viên",
    ),
    Kind.YEAR: Rule(
        "year",
        frozenset({"mark", "comment"}),
        lambda f, s: _person(f) and (len(s) >= 2 or bool(f & {"learning", "conduct"})),
        "Mã học sinh, Họ và tên, các môn học, Học tập, Rèn luyện",
    ),
    Kind.SCORES: Rule(
        "scores",
        frozenset(),
        lambda f, s: (
            _person(f)
            and bool(f & {"regular", "midterm", "final"})
            and bool(f & {"average", "year_average", "comment"})
        ),
        "Mã học sinh, Thường xuyên, Giữa kỳ, Cuối kỳ, Điểm số, Nhận xét",
    ),
    Kind.PRIMARY: Rule(
        "primary",
        frozenset({"level", "periodic", "comment"}),
        lambda f, s: _person(f) and "level" in f,
        "Mã học sinh, Họ và tên, Mức đạt được, Điểm KTĐK",
    ),
    Kind.QUALITIES: Rule(
        "qualities",
        frozenset(),
        lambda f, s: _person(f) and len(f & _QUALITY_SIGNS) >= 3,
        "Mã học sinh, năm phẩm chất, các năng lực, Nhận xét của GVCN",
    ),
}


def recognise(grid: Grid, subjects: Names) -> Match | None:
    """The kind and header that explain most columns, or None."""
    best: tuple[int, int, Match] | None = None
    for header in candidates(grid):
        for kind, rule in RULES.items():
            meanings = _meanings(header, rule, subjects)
            found = {meaning.field for meaning in meanings.values()}
            named = {meaning.subject for meaning in meanings.values()} - {""}
            if not rule.fits(found, named):
                continue
            distinct = len({(m.field, m.subject, m.term) for m in meanings.values()})
            score = (distinct, -(header.last - header.first))
            if best is None or score > best[:2]:
                best = (*score, Match(kind, header, meanings))
    return best[2] if best else None


def looks_like_data(grid: Grid) -> Header | None:
    """A row that names a person's column, where no kind fits: something that a person meant."""
    words = {**fields("pupils"), **fields("staff")}
    for header in candidates(grid):
        if header.first != header.last:
            continue
        met = {_look_up(column.labels, words) for column in header.columns}
        if {found[0] for found in met if found} & {"name", "code"} and len(header.columns) >= 3:
            return header
    return None


def _meanings(header: Header, rule: Rule, subjects: Names) -> dict[int, Meaning]:
    words = fields(rule.section)
    found = ((column.number, _meaning(column, rule, words, subjects)) for column in header.columns)
    return {number: meaning for number, meaning in found if meaning}


def _meaning(column: Column, rule: Rule, words: Mapping[str, tuple[str, int]], subjects: Names) -> Meaning | None:
    term = _term(column.labels)
    found = _look_up(column.labels, words)
    subject = ""
    if rule.of_subject and (found is None or found[0] in rule.of_subject):
        subject = _subject(column.labels, subjects)
        if not subject and not term and "mark" in rule.of_subject:
            subject, term = _with_term(column.labels[-1], subjects)
        if subject and found is None:
            says_comment = any(spaced(label).startswith("nhan xet") for label in column.labels)
            found = ("comment" if says_comment else "mark", 0)
            if rule.section != "year":
                return None
    if found is None and rule.section == "year" and not term:
        base, term = _split_term(column.labels[-1])
        found = _look_up((base,), words) if term else None
    return Meaning(found[0], subject, term, found[1]) if found else None


def _subject(labels: tuple[str, ...], subjects: Names) -> str:
    """The label that is a subject; "CN" over or under a subject is the year, not Công nghệ."""
    named = [label for label in labels if subjects.find(label)]
    terms = values("term")
    plain = [label for label in named if not any(k in terms for k in header_keys(label))]
    return next(iter(plain or named), "")


def _look_up(labels: tuple[str, ...], words: Mapping[str, tuple[str, int]]) -> tuple[str, int] | None:
    for label in reversed(labels):
        for candidate in header_keys(label):
            if candidate in words:
                return words[candidate]
    return None


def _term(labels: tuple[str, ...]) -> str:
    if len(labels) < 2:
        return ""
    table = values("term")
    met = (table.get(k) for label in labels if len(label) > 1 for k in header_keys(label))
    return next((term for term in met if term), "")


@lru_cache(maxsize=1)
def _endings() -> tuple[tuple[str, str], ...]:
    """Spellings of a term that may end a label, longest first."""
    spellings = [
        (spaced(word), term)
        for term, words in {
            "HK1": ("HK1", "HKI", "HK 1", "HK I", "Học kỳ 1", "Học kỳ I"),
            "HK2": ("HK2", "HKII", "HK 2", "HK II", "Học kỳ 2", "Học kỳ II"),
            "CN": ("CN", "Cả năm"),
        }.items()
        for word in words
    ]
    return tuple(sorted(spellings, key=lambda pair: -len(pair[0])))


def _split_term(label: str) -> tuple[str, str]:
    words = spaced(label)
    for ending, term in _endings():
        if words.endswith(f" {ending}"):
            return words[: -len(ending) - 1], term
    return label, ""


def _with_term(label: str, subjects: Names) -> tuple[str, str]:
    base, term = _split_term(label)
    return (base, term) if term and subjects.find(base) else ("", "")


def find_term(*texts: str) -> str:
    """The term that the first telling text names: a sheet's title, a line over the header …"""
    whole = values("term")
    for text in texts:
        words = f" {spaced(text)} "
        exact = next((whole[k] for k in header_keys(text) if k in whole and len(k) > 1), "")
        met = exact or next((term for end, term in _endings() if f" {end} " in words), "")
        if met:
            return met
        if " cuoi nam " in words:
            return "CN"
    return ""
