"""The files that a person means when they name a file, a folder or a ZIP of a class."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".xml", ".pdf")
MAX_MEMBERS = 5_000
MAX_BYTES = 64 * 1024 * 1024
"""Of one file: as much as the largest class package."""


class CannotRead(Exception):
    """Says in Vietnamese why."""


def files_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes, in order. Raises CannotRead."""
    if path.is_dir():
        for inner in sorted(path.rglob("*")):
            if inner.suffix.lower() in SUFFIXES and inner.is_file():
                yield str(inner), _bytes(inner)
    elif path.suffix.lower() == ".zip":
        yield from _members(path)
    else:
        yield str(path), _bytes(path)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one more than allowed: the judge says that it is too large
    except OSError as error:
        raise CannotRead(f"Không đọc được tệp {path}.") from error


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """What a member claims of its size is not believed: no more than MAX_BYTES is ever unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.lower().endswith(SUFFIXES)]
            if len(members) > MAX_MEMBERS:
                raise CannotRead(f"Tệp nén {path} có quá {MAX_MEMBERS} tệp.")
            for info in members:
                with archive.open(info) as member:
                    yield f"{path}:{info.filename}", member.read(MAX_BYTES + 1)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise CannotRead(f"Không mở được tệp nén {path}.") from error
