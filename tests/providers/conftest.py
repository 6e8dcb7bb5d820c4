"""What tests of every plugin share: the kit run as in a vendor's own repository, and a simulator as a program."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

RunKit = Callable[[str, str], str]
RunProgram = Callable[..., AbstractAsyncContextManager[Mapping[str, Any]]]


@pytest.fixture(scope="session")
def run_kit(tmp_path_factory: pytest.TempPathFactory) -> RunKit:
    """run_kit(source of a test file, -k): what a pytest of its own says; something in it must fail."""

    def run(source: str, chosen: str) -> str:
        folder: Path = tmp_path_factory.mktemp("a-repository-of-its-own")
        (folder / "test_mine.py").write_text(source)
        (folder / "pytest.ini").write_text(
            "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
        )
        found = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, "--tb=short", str(folder)],
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
            check=False,
        )
        assert found.returncode == 1, found.stdout + found.stderr
        return found.stdout

    return run


@pytest.fixture(scope="session")
def said_of() -> Callable[[str, str], str]:
    """said_of(report, class): what the report says of that class, on one line."""

    def said(report: str, name: str) -> str:
        parts = re.split(r"\n_+ (?=\w+\.test_|ERROR at)", report)
        sections = [part for part in parts if f"{name}." in part.split("\n")[0]]
        return " ".join(" ".join(sections).replace("\nE  ", " ").split())

    return said


@pytest.fixture
def run_program() -> RunProgram:
    """run_program(module, *arguments): a simulator as a process; gives its ready line, and ends it cleanly."""

    @asynccontextmanager
    async def run(module: str, *arguments: str) -> AsyncIterator[Mapping[str, Any]]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, "--port", "0", *arguments, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(30):
                yield json.loads(await process.stdout.readline())
        finally:
            process.terminate()
            await process.communicate()
            assert process.returncode == 0

    return run
