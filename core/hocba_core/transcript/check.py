"""What is missing or malformed in a transcript's content, by the profile's field rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hocba_core.errors import BadInput
from hocba_core.transcript.content import Person, TranscriptContent
from hocba_core.transcript.profile import MAX_BLOCKS, MAX_NAME, MAX_SUBJECTS, MAX_YEARS, FieldRule, Profile
from hocba_core.transcript.writer import clean

_NUMBER = re.compile("[0-9]{12}")
_POSITION = FieldRule("CHUC_VU", "Chức vụ của lãnh đạo ký học bạ", MAX_NAME, "warning", mend="Hồ sơ cán bộ")
GIVEN = frozenset({"MA_DINH_DANH_HOC_BA", "THONG_TU", "MA_CAP_HOC", "PHIEN_BAN"})
"""Header fields that the record's builder fills in itself."""


@dataclass(frozen=True, slots=True)
class Problem:
    severity: Literal["error", "warning"]
    element: str
    label: str
    """Vietnamese; for a subject's field "Toán: Cả năm"."""
    what: Literal["missing", "malformed"]
    mend: str
    """Where it is entered, Vietnamese; may be empty."""
    by_school: bool = False
    """Missing, and to be forgiven where the whole school lacks it."""


def problems(content: TranscriptContent, profile: Profile) -> list[Problem]:
    """Errors stop the record from being made; warnings are shown. In the record's order."""
    exempt = _clean(content.pupil.get("KHUYET_TAT_KHONG_DANH_GIA", "")) == "1"
    found = list(_group(profile.fields["header"], content.header, skip=GIVEN))
    found += _group(profile.fields["pupil"], content.pupil)
    for year in content.history:
        found += _group(profile.fields["history"], year)
    for block in content.blocks:
        for subject in block.subjects:
            found += _group(profile.fields["subject"], subject, of=subject.get("TEN_MON", ""), exempt=exempt)
        if profile.has_subject_teachers():
            names = ", ".join(subject.get("TEN_MON", "") for subject in block.subjects)
            found += _person(block.teacher, f"Giáo viên bộ môn {names}", "Phân công chuyên môn")
    sizes = [(len(content.blocks), MAX_BLOCKS), (len(content.history), MAX_YEARS)]
    sizes += [(len(block.subjects), MAX_SUBJECTS) for block in content.blocks]
    if any(count > most for count, most in sizes):
        found.append(Problem("error", "DANH_SACH_DIEM", "Số môn, số giáo viên hoặc số năm học", "malformed", ""))
    if not content.blocks or not all(block.subjects for block in content.blocks):
        found.append(Problem("error", "DANH_SACH_DIEM", "Kết quả các môn học", "missing", "Kết quả học tập"))
    found += _group(profile.fields["results"], content.results, exempt=exempt)
    found += _person(content.homeroom, "Giáo viên chủ nhiệm", "Phân công chủ nhiệm")
    found += _person(content.leader, "Lãnh đạo ký học bạ", "Cấu hình in học bạ")
    if content.leader.name:
        found += _group((_POSITION,), {"CHUC_VU": content.leader.position})
    return found


def _clean(value: str) -> str | None:
    """None: it has characters that a record cannot hold."""
    try:
        return clean(value)
    except BadInput:
        return None


def _group(
    rules: tuple[FieldRule, ...],
    values: Mapping[str, str],
    *,
    of: str = "",
    skip: frozenset[str] = frozenset(),
    exempt: bool = False,
) -> Iterator[Problem]:
    for rule in rules:
        if rule.el in skip:
            continue
        value = _clean(values.get(rule.el, ""))
        label = f"{of}: {rule.label}" if of else rule.label
        if value is None:
            yield Problem("error", rule.el, label, "malformed", rule.mend)
        elif not value:
            if rule.need and not (exempt and rule.exempt):
                yield Problem(rule.need, rule.el, label, "missing", rule.mend, rule.by_school)
        elif not rule.allows(value):
            yield Problem("error", rule.el, label, "malformed", rule.mend)


def _person(person: Person | None, label: str, mend: str) -> Iterator[Problem]:
    name = _clean(person.name) if person else ""
    if person is None or name == "":
        yield Problem("error", "HO_TEN", label, "missing", mend)
    elif name is None or len(name) > MAX_NAME:
        yield Problem("error", "HO_TEN", label, "malformed", "Hồ sơ cán bộ")
    elif not _NUMBER.fullmatch(person.number):
        yield Problem("error", "SO_DINH_DANH", f"Số định danh cá nhân của {name}", "missing", "Hồ sơ cán bộ")
