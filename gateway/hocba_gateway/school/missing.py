"""What is still missing before transcripts can be made, item by item, and where it is entered (T2).

The profile says what is required and how much it matters; this module says it to a person: what all
pupils of a class lack is said once, and a column that no file of the school had is a warning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from hocba_core.transcript.check import Problem, problems

from hocba_gateway.school.class_file import ClassFile
from hocba_gateway.school.content import make_content
from hocba_gateway.school.item import Item
from hocba_gateway.school.world import Row

NOT_READY: Final = "Chưa đủ điều kiện tạo học bạ số"
HAS_ONE: Final = "Đã có học bạ"

TEACHING: Final = "Phân công chuyên môn"
_CLASS_PLACES: Final = (
    TEACHING, "Phân công chủ nhiệm", "Cấu hình in học bạ", "Hồ sơ cán bộ",
    "Hồ sơ trường", "Danh sách lớp",
)  # fmt: skip
_NO_PUPIL: Final = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class PupilReport:
    pupil_id: str
    code: str
    name: str
    status: str
    has_live: bool
    items: tuple[Item, ...]
    """The pupil's own; what the whole class lacks is in ClassReport.shared."""

    @property
    def errors(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.severity == "error")


@dataclass(frozen=True, slots=True)
class ClassReport:
    class_id: str
    class_name: str
    locked: bool
    """The year is confirmed as finished; creating needs it."""
    shared: tuple[Item, ...]
    pupils: tuple[PupilReport, ...]
    """Those whose status gets a transcript, in the class's order."""

    @property
    def is_blocked(self) -> bool:
        """Something that all pupils need is missing."""
        return any(item.severity == "error" for item in self.shared)

    def may_create(self, pupil: PupilReport) -> bool:
        return self.locked and not (self.is_blocked or pupil.errors or pupil.has_live)

    def note(self, pupil: PupilReport) -> str:
        """Column "Ghi chú"."""
        if pupil.has_live:
            return HAS_ONE
        return NOT_READY if self.is_blocked or pupil.errors else ""

    def to_dict(self) -> dict[str, object]:
        return {
            "class_id": self.class_id,
            "class": self.class_name,
            "locked": self.locked,
            "shared": [item.to_dict() for item in self.shared],
            "pupils": [
                {
                    "pupil_id": pupil.pupil_id,
                    "code": pupil.code,
                    "name": pupil.name,
                    "status": pupil.status,
                    "has_live": pupil.has_live,
                    "may_create": self.may_create(pupil),
                    "note": self.note(pupil),
                    "missing": [item.to_dict() for item in (*self.shared, *pupil.items)],
                }
                for pupil in self.pupils
            ],
        }


def report(file: ClassFile, today: date) -> ClassReport:
    """Of one class; pure."""
    found = {row["id"]: _problems(file, row, today) for row in file.eligible_pupils()}
    everyone = len(found)
    times = Counter(problem for of_pupil in found.values() for problem in set(of_pupil))
    shared = {
        problem
        for problem, number in times.items()
        if number == everyone and (_is_of_class(problem) or (problem.severity == "warning" and everyone > 1))
    }
    in_order = dict.fromkeys(p for of_pupil in found.values() for p in of_pupil if p in shared)
    return ClassReport(
        file.room["id"],
        file.room["name"],
        "CN" in file.locks,
        tuple(_of_class(file, in_order)),
        tuple(
            PupilReport(
                row["id"],
                row["code"],
                row["name"],
                row["status"],
                row["id"] in file.live,
                tuple(_item(file, problem) for problem in found[row["id"]] if problem not in shared),
            )
            for row in file.eligible_pupils()
        ),
    )


def _problems(file: ClassFile, pupil: Row, today: date) -> list[Problem]:
    content, _ = make_content(file, pupil["id"], _NO_PUPIL, today)
    return [_weighed(file, problem) for problem in problems(content, file.profile)]


def _weighed(file: ClassFile, problem: Problem) -> Problem:
    """What the whole school lacks is a warning, where the profile forgives it: never of who the pupil is."""
    if problem.by_school and problem.element in file.absent:
        return replace(problem, severity="warning")
    return problem


def _is_of_class(problem: Problem) -> bool:
    return problem.mend in _CLASS_PLACES


def _item(file: ClassFile, problem: Problem) -> Item:
    where = problem.mend
    if where == TEACHING:
        several = [subject.name for subject in file.subjects() if file.several_teach(subject.code)]
        if several:
            where = f"{where}: chọn người ký cho môn có nhiều giáo viên ({', '.join(several)})"
    return Item(problem.severity, problem.label, where, problem.what == "malformed")


def _of_class(file: ClassFile, found: Iterable[Problem]) -> Iterable[Item]:
    yield from (_item(file, problem) for problem in found)
    if file.profile.has_subject_teachers():
        had = {subject.code for subject in file.subjects()}
        for subject in file.profile.subjects:
            if not subject.optional and subject.code not in had:
                yield Item("warning", f"Cả lớp không có môn {subject.name}", "Kết quả học tập")


def absent_elements(pupils: Iterable[Row], rules: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Elements that none of the pupils has; `rules` are (element, our field in `data`)."""
    held = {name for row in pupils for name, value in row["data"].items() if value}
    return frozenset(element for element, name in rules if name not in held)
