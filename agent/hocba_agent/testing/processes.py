"""What Linux tells of running processes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

PYTHON = Path(sys.executable).resolve().name
"""File name of the program that runs the tests."""


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(process: int) -> list[int]:
    """None of one that is gone."""
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(process: int) -> Iterator[int]:
    """The process and all that came from it."""
    yield process
    for child in children(process):
        yield from family(child)


def command_line(process: int) -> bytes:
    """Empty of one that is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def mapped(process: int) -> str:
    """Files in its memory, libraries among them."""
    return Path(f"/proc/{process}/maps").read_text()


def open_files(process: int) -> list[str]:
    return [str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir()]


def memory(process: int) -> bytes:
    """All that it can write to."""
    found = []
    with Path(f"/proc/{process}/mem").open("rb") as source:
        for line in mapped(process).splitlines():
            region = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if region is None:
                continue
            start, end = (int(part, 16) for part in region.groups())
            try:
                source.seek(start)
                found.append(source.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue  # a region of the kernel's own
    return b"".join(found)
