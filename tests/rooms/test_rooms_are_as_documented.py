"""The repository as its READMEs say it is: a newcomer who follows one arrives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hocba_gateway.settings import Settings
from pydantic_core import PydanticUndefined

ROOT = Path(__file__).parents[2]
GATEWAY = ROOT / "gateway/hocba_gateway"
NOT_OURS = {".venv", "node_modules", "out", "build", "dist"}
MOST_LINES = 400
WRITTEN_BY_ALEMBIC = "store/migrations/versions"


def in_tree(pattern: str) -> list[Path]:
    """Of the repository, without what tools and runs leave in it."""
    found = (path for path in ROOT.rglob(pattern))
    return sorted(
        path
        for path in found
        if not any(part in NOT_OURS or part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


ROOMS = [
    *(ROOT / room for room in ("core", "gateway", "agent", "providers", "packaging", "tests")),
    *(path.parent for path in in_tree("pyproject.toml") if path.parent.parent.name == "providers"),
]
READMES = in_tree("README.md")
SCRIPTS = in_tree("*.py")
PACKAGES = sorted({path.parent for path in SCRIPTS if path.is_relative_to(GATEWAY)} - {GATEWAY})


def test_packaging_is_no_python_package() -> None:
    """One would hide the `packaging` of the index from every tool that runs here."""
    assert not list((ROOT / "packaging").glob("*.py"))
    assert not (ROOT / "packaging/__init__.py").exists()


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_room_has_a_readme(room: Path) -> None:
    assert len((room / "README.md").read_text(encoding="utf-8").splitlines()) > 5


@pytest.mark.parametrize("folder", PACKAGES, ids=name_of)
def test_a_folder_of_the_gateway_with_more_than_three_modules_has_a_readme(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= 3 or (folder / "README.md").is_file(), "it has no README.md"


def test_no_python_file_is_longer_than_400_lines() -> None:
    """Longer ones had a second job. What Alembic writes is left as it was when it ran."""
    ours = (script for script in SCRIPTS if WRITTEN_BY_ALEMBIC not in name_of(script))
    lines = {name_of(script): len(script.read_text(encoding="utf-8").splitlines()) for script in ours}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


# --- every file that a table names is there -----------------------------------------------------

FILE_TABLES = ("file", "module", "folder")
"""What heads the first column of a table of files."""
NAME = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def files_named(readme: str) -> list[str]:
    """Names in the first column of each table of files; a name without a folder is in that of the name before it."""
    named: list[str] = []
    head = ""
    for line in readme.splitlines():
        if not line.startswith("|"):
            head = ""
            continue
        cell = line.split("|")[1].strip()
        if not head:
            head = cell.split()[0].lower() if cell else "-"
        elif head in FILE_TABLES and not set(cell) <= set("-: "):
            named += beside_each_other(NAME.findall(cell))
    return named


def beside_each_other(names: list[str]) -> list[str]:
    folder = ""
    found = []
    for name in names:
        if "/" in name.rstrip("/"):
            folder = name.rpartition("/")[0] + "/"
            found.append(name)
        else:
            found.append(name if name.endswith("/") else folder + name)
    return found


@pytest.mark.parametrize("readme", READMES, ids=name_of)
def test_every_file_that_a_readme_lists_is_there(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    gone = [name for name in (*files_named(text), *LINK.findall(text)) if not is_there(readme.parent, name)]
    assert not gone


def is_there(folder: Path, name: str) -> bool:
    """Beside the README, in the room's package, or from the root or core on; a star stands for several."""
    return any(any(base.glob(name)) for base in (folder, *folder.glob("hocba_*"), ROOT, ROOT / "core"))


def test_the_reader_of_tables_finds_what_it_should() -> None:
    """Else the test above would pass by seeing nothing."""
    table = "| file | job |\n|---|---|\n| `a/b.py`, `c.py` | `no.py` |\n| `d/` | |\n\n| key | x |\n|---|---|\n| `e` | |"

    assert files_named(table) == ["a/b.py", "a/c.py", "d/"]
    assert sum(len(files_named(readme.read_text(encoding="utf-8"))) for readme in READMES) > 100


# --- the settings --------------------------------------------------------------------------------


def documented_settings() -> dict[str, str]:
    """Key -> default, as gateway/README.md has them."""
    section = (ROOT / "gateway/README.md").read_text(encoding="utf-8").partition("## Settings")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))


def as_toml(default: object) -> str:
    if default is PydanticUndefined:
        return "required"
    if default is None:
        return "none"
    if isinstance(default, tuple):
        return "`[]`"
    return f"`{default}`" if isinstance(default, int) else f'`"{default}"`'


def test_the_settings_are_documented_with_their_defaults() -> None:
    assert documented_settings() == {name: as_toml(field.default) for name, field in Settings.model_fields.items()}
