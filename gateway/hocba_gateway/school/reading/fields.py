"""Which reader reads which of our fields. Lengths are those of the national data dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hocba_gateway.school.reading import cells
from hocba_gateway.school.reading.cells import Reader

_COMMON: Final[Mapping[str, Reader]] = {
    "stt": cells.text(20),
    "class": cells.text(20),
    "grade": cells.text(10),
    "code": cells.code,
    "name": cells.text(150),
    "birth": cells.birth,
    "gender": cells.word("gender"),
    "ethnicity": cells.text(50),
    "personal_number": cells.personal_number,
    "phone": cells.phone,
}

_PUPILS: Final[Mapping[str, Reader]] = {
    "status": cells.word("pupil_status"),
    "nationality": cells.text(50),
    "province_code": cells.code,
    "commune_code": cells.code,
    "father_birth_year": cells.birth,
    "mother_birth_year": cells.birth,
    "guardian_birth_year": cells.birth,
    "father_phone": cells.phone,
    "mother_phone": cells.phone,
    "guardian_phone": cells.phone,
    "father": cells.text(150),
    "mother": cells.text(150),
    "guardian": cells.text(150),
    "father_job": cells.text(150),
    "mother_job": cells.text(150),
    "guardian_job": cells.text(150),
    "not_assessed": cells.word("yes"),
    "register": cells.text(50),
}

_STAFF: Final[Mapping[str, Reader]] = {
    "status": cells.word("staff_status"),
    "position": cells.text(100),
    "position_group": cells.text(100),
}

_YEAR: Final[Mapping[str, Reader]] = {
    "learning": cells.word("result"),
    "conduct": cells.word("result"),
    "summer_learning": cells.word("result"),
    "summer_conduct": cells.word("result"),
    "absences": cells.count(0, 300, "buổi"),
    "promoted": cells.promotion,
    "completed": cells.text(150),
    "title": cells.text(2000),
    "homeroom_comment": cells.text(2000),
    "contests": cells.text(2000),
    "certificates": cells.text(500),
    "not_assessed": cells.word("yes"),
    "mark": cells.mark,
    "comment": cells.text(2000),
}

_SCORES: Final[Mapping[str, Reader]] = {
    "average": cells.mark,
    "year_average": cells.mark,
    "retest": cells.mark,
    "comment": cells.text(2000),
}

_PRIMARY: Final[Mapping[str, Reader]] = {
    "level": cells.word("level"),
    "periodic": cells.periodic,
    "comment": cells.text(2000),
    "moment": cells.text(50),
}

_QUALITIES: Final[Mapping[str, Reader]] = {
    **dict.fromkeys(
        (
            "self_study", "communication", "problem_solving", "language", "calculation", "science",
            "technology", "informatics", "aesthetics", "physical", "patriotism", "kindness",
            "diligence", "honesty", "responsibility",
        ),
        cells.word("quality"),
    ),
    "height": cells.count(10, 300, "cm", 1),
    "weight": cells.count(1, 300, "kg", 1),
    "absences_excused": cells.count(0, 200, "buổi"),
    "absences_unexcused": cells.count(0, 200, "buổi"),
    "education_result": cells.text(50),
    "promoted": cells.promotion,
    "completed": cells.promotion,
    "title": cells.text(2000),
    "sudden_reward": cells.text(2000),
    "homeroom_comment": cells.text(2000),
    "comment_qualities": cells.text(500),
    "comment_general": cells.text(500),
    "comment_specific": cells.text(500),
}  # fmt: skip

_SECTIONS: Final[Mapping[str, Mapping[str, Reader]]] = {
    "pupils": _PUPILS,
    "staff": _STAFF,
    "assignment": {
        "duties": cells.text(4000),
        "homeroom": cells.text(200),
        "responsible": cells.word("yes"),
    },
    "year": _YEAR,
    "scores": _SCORES,
    "primary": _PRIMARY,
    "qualities": _QUALITIES,
}

_OTHER: Final = cells.text(250)


def reader(section: str, field: str) -> Reader:
    """The reader of a field in a section of words.toml; plain text up to 250 otherwise."""
    return _SECTIONS[section].get(field) or _COMMON.get(field) or _OTHER
