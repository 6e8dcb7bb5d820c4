"""Builds the driver that misbehaves (shim.c). As a program: `python -m hocba_agent.testing.shim OUTPUT`."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path


def build(made: Path) -> Path:
    """Needs gcc. Returns `made`."""
    with as_file(files("hocba_agent.testing").joinpath("shim.c")) as source:
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-o", made, source, "-ldl"], check=True)
    return made


if __name__ == "__main__":
    build(Path(sys.argv[1]))
