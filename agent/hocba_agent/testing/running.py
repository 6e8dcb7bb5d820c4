"""What a test knows of an agent that runs as its own process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hocba_agent.testing.processes import command_line, family

SITE = "https://hb.example"


def items(count: int, prefix: str = "i") -> list[tuple[str, str, bytes]]:
    """`count` things to sign (id, title, digest), each with its own digest."""
    return [(f"{prefix}{n}", f"6A {n:02d} NTA", sha256(f"{prefix}{n}".encode()).digest()) for n in range(1, count + 1)]


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Looks again and again; what is waited for happens in another process. Raises TimeoutError."""
    ends = asyncio.get_running_loop().time() + seconds
    while not true():
        if asyncio.get_running_loop().time() > ends:
            raise TimeoutError
        await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True)
class RunningAgent:
    address: str
    pid: int
    log_file: Path
    script: Path
    """Of its scripted windows."""
    config: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def asked(self, kind: str = "") -> list[dict[str, object]]:
        """Windows that were opened, oldest first: their questions."""
        noted = self.script.with_name(self.script.name + ".asked")
        lines = [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []
        return [line for line in lines if kind in ("", line["kind"])]

    def windows(self) -> list[int]:
        """Processes of questions that are open."""
        return [one for one in family(self.pid) if b"\0child\0window\0" in command_line(one)]

    def answers(self, **answers: object) -> None:
        """From now on; see hocba_agent.windows.scripted: the n-th window of a kind gets the n-th answer."""
        self.script.write_text(json.dumps(answers))
