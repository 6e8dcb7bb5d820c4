"""What is missing or malformed in a transcript's content, by the profile's field rules. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hocba_core.transcript.content import Person, TranscriptContent
from hocba_core.transcript.profile import FieldRule, Profile
from hocba_core.transcript.writer import clean

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


def problems(content: TranscriptContent, profile: Profile) -> list[Problem]:
    """Errors stop the record from being made; warnings are shown. In the record's order."""
    found = list(_group(profile.fields["header"], content.header, skip=GIVEN))
    found += _group(profile.fields["pupil"], content.pupil)
    for year in content.history:
        found += _group(profile.fields["history"], year)
    for block in content.blocks:
        for subject in block.subjects:
            found += _group(profile.fields["subject"], subject, of=subject.get("TEN_MON", ""))
        if profile.has_subject_teachers():
            names = ", ".join(subject.get("TEN_MON", "") for subject in block.subjects)
            found += _person(block.teacher, f"Giáo viên bộ môn {names}", "Phân công chuyên môn")
    if not any(block.subjects for block in content.blocks):
        found.append(Problem("error", "DANH_SACH_DIEM", "Kết quả các môn học", "missing", "Kết quả học tập"))
    found += _group(profile.fields["results"], content.results)
    found += _person(content.homeroom, "Giáo viên chủ nhiệm", "Phân công chủ nhiệm")
    found += _person(content.leader, "Lãnh đạo ký học bạ", "Cấu hình in học bạ")
    return found


def _group(
    rules: tuple[FieldRule, ...],
    values: Mapping[str, str],
    *,
    of: str = "",
    skip: frozenset[str] = frozenset(),
) -> Iterator[Problem]:
    for rule in rules:
        if rule.el in skip:
            continue
        value = clean(values.get(rule.el, ""))
        label = f"{of}: {rule.label}" if of else rule.label
        if not value:
            if rule.need:
                yield Problem(rule.need, rule.el, label, "missing", rule.mend)
        elif not rule.allows(value):
            yield Problem("error", rule.el, label, "malformed", rule.mend)


def _person(person: Person | None, label: str, mend: str) -> Iterator[Problem]:
    if person is None or not person.name:
        yield Problem("error", "HO_TEN", label, "missing", mend)
    elif not (len(person.number) == 12 and person.number.isdecimal()):
        yield Problem("error", "SO_DINH_DANH", f"Số định danh cá nhân của {person.name}", "missing", "Hồ sơ cán bộ")
