"""The school that the demo plays: a folder of spreadsheets, and in truong.toml what no spreadsheet says.

A folder without truong.toml is given made-up values: codes start with 99, which no province and no tax office uses.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SCHOOLS: Final = Path(__file__).parent / "schools"
SAMPLE: Final = SCHOOLS / "thcs-mau"
_ABOUT: Final = "truong.toml"
_TABLES: Final = ("school", "department", "print", "people")


class NoSchool(RuntimeError):
    """The folder holds no spreadsheets, or its truong.toml cannot be read."""


@dataclass(frozen=True, slots=True)
class Source:
    files: tuple[Path, ...]
    year: str | None
    """None: the files say it."""
    profile: Mapping[str, Any]
    """school/profile.py: SchoolProfile, without levels where truong.toml does not say them."""
    department: Mapping[str, str]
    print: Mapping[str, str] = field(default_factory=dict)
    """place, sign_date, and leader: the code of who signs for the school."""
    people: Mapping[str, str] = field(default_factory=dict)
    """releaser, administrator: codes of staff."""


def read_source(folder: Path) -> Source:
    """Raises NoSchool, in words; OSError for a folder that cannot be looked into."""
    files = tuple(
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != _ABOUT and not path.name.startswith((".", "~$"))
    )
    if not files:
        raise NoSchool(f"Thư mục {folder} không có bảng tính nào.")
    about = _about(folder)
    made_up = _made_up(folder.name)
    return Source(
        files=files,
        year=about.get("year"),
        profile={**made_up, **about.get("school", {})},
        department={"code": "99", "name": made_up["department_name"], **about.get("department", {})},
        print=about.get("print", {}),
        people=about.get("people", {}),
    )


def _about(folder: Path) -> dict[str, Any]:
    path = folder / _ABOUT
    if not path.is_file():
        return {}
    try:
        about = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NoSchool(f"{path} không đọc được: {error}") from error
    for name, value in about.items():
        if name not in (*_TABLES, "year"):
            raise NoSchool(f"{path}: không có mục “{name}”; các mục có thể ghi: year, {', '.join(_TABLES)}.")
        if name == "year" and not isinstance(value, str):
            raise NoSchool(f'{path}: “year” cần là năm học trong ngoặc kép, như "2025-2026".')
        if name in _TABLES and not isinstance(value, dict):
            raise NoSchool(f"{path}: “{name}” cần là một bảng, mở đầu bằng dòng [{name}].")
    for table in ("department", "print", "people"):
        for name, value in about.get(table, {}).items():
            if not isinstance(value, str):
                raise NoSchool(f"{path}: “{table}.{name}” cần là chữ trong ngoặc kép.")
    return about


def _made_up(folder: str) -> dict[str, Any]:
    return {
        "code": "9999002001",
        "name": f"Trường {folder}"[:150],
        "department_code": "99",
        "department_name": "Sở Giáo dục và Đào tạo tỉnh Mẫu",
        "commune_code": "99001",
        "commune": "Phường Nam Sơn",
        "province_code": "99",
        "province": "Tỉnh Mẫu",
        "place": "Nam Sơn",
        "ownership": "public",
        "tax_number": "9900000027",
    }
