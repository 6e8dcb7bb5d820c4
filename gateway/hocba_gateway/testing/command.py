"""The command `hocba` as a person runs it, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hocba_gateway.school.reading.tables import Upload

MINUTES = 4
"""Far more than it takes, on a busy machine too."""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    said: str
    out: Path

    @property
    def report(self) -> Any:
        return json.loads((self.out / "report.json").read_text(encoding="utf-8"))

    @property
    def records(self) -> list[Path]:
        return sorted(path for path in self.out.glob("*/*.xml") if path.parent.name != "packages")


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hocba_gateway", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60 * MINUTES, check=False)


def demo(out: Path, *words: str | Path) -> Ran:
    done = run("demo", "--once", "--out", out, *words)
    return Ran(done.returncode, done.stdout + done.stderr, out)


def written(folder: Path, uploads: Iterable[Upload]) -> Path:
    """A folder of spreadsheets, for --data."""
    folder.mkdir()
    for upload in uploads:
        (folder / upload.name).write_bytes(upload.content)
    return folder
