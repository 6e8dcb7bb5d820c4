"""The agent as it lies in the tray all day: how soon it answers after its start, what it costs while nobody signs.

Under Xvfb with a tray, as on a school's PC, where these are installed; else without a screen, which the row says.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from hocba_core.agent_protocol import HEALTH_PATH

from hocba_gateway.bench.row import Row
from hocba_gateway.demo.processes import Programs
from hocba_gateway.demo.token import Token

SETTLE_SECONDS = 3.0
"""Windows, tray and driver have loaded by then."""
SAMPLE_SECONDS = 10.0
MOST_CPU_PERCENT = 0.5
MOST_MEGABYTES = 150
MOST_SECONDS = 3.0


async def rows(folder: Path, site: str, token: Token) -> AsyncGenerator[Row, None]:
    """First answer, then what it costs. Linux only: processes are read from /proc."""
    async with Programs(folder / "life-logs") as programs, _screen() as display:
        environment = {"SOFTHSM2_CONF": str(token.conf), **({"DISPLAY": display} if display else {})}
        shown = "tray under Xvfb" if display else "no screen here"
        started = time.perf_counter()
        program = await programs.start("agent", _command(folder, site, token, bool(display)), environment)
        await _health(str(program.ready["address"]))
        first = time.perf_counter() - started
        yield Row(
            f"agent: first answer after its start ({shown})", "–", "< 3 s", f"{first:.2f} s", first < MOST_SECONDS
        )
        await asyncio.sleep(SETTLE_SECONDS)
        before = _cpu_seconds(program.process.pid)
        await asyncio.sleep(SAMPLE_SECONDS)
        percent = (_cpu_seconds(program.process.pid) - before) / SAMPLE_SECONDS * 100
        yield Row(f"agent: CPU while idle ({shown})", "–", "< 0.5 %", f"{percent:.2f} %", percent < MOST_CPU_PERCENT)
        megabytes = _megabytes(program.process.pid)
        count = len(list(_family(program.process.pid)))
        measured = f"{megabytes:.0f} MB in {count} processes"
        yield Row(f"agent: memory of all processes ({shown})", "–", "< 150 MB", measured, megabytes < MOST_MEGABYTES)


def _command(folder: Path, site: str, token: Token, screen: bool) -> list[str]:
    command = [sys.executable, "-m", "hocba_agent", "--development", "--end-with-parent", "--port", "0"]
    command += ["--windows", "tk" if screen else "console", "--tray" if screen else "--no-tray"]
    return [*command, "--module", str(token.module), "--site", site, "--config", str(folder / "life")]


async def _health(address: str) -> None:
    url = f"http://{urlsplit(address).netloc}{HEALTH_PATH}"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200


@asynccontextmanager
async def _screen() -> AsyncIterator[str]:
    """A display with a tray on it; "" where Xvfb or trayer is not installed."""
    if not (shutil.which("Xvfb") and shutil.which("trayer")):
        yield ""
        return
    read, write = os.pipe()
    screen = await asyncio.create_subprocess_exec(
        "Xvfb", "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp",
        pass_fds=(write,), stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        number = await asyncio.to_thread(_line, read)
        display = f":{number}"
        tray = await asyncio.create_subprocess_exec(
            "trayer", env={**os.environ, "DISPLAY": display}, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            yield display
        finally:
            tray.terminate()
            await tray.wait()
    finally:
        screen.terminate()
        await screen.wait()


def _line(descriptor: int) -> str:
    with os.fdopen(descriptor) as pipe:
        return pipe.readline().strip()


def _family(pid: int) -> Iterator[int]:
    """The process and all that descend from it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _cpu_seconds(pid: int) -> float:
    return sum(_ticks(one) for one in _family(pid)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    """User and system time: proc(5), /proc/pid/stat, fields 14 and 15."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _megabytes(pid: int) -> float:
    """Proportional set size: shared pages count once over all processes."""
    return sum(_kilobytes(one) for one in _family(pid)) / 1024


def _kilobytes(pid: int) -> int:
    values: Mapping[str, str] = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    )
    return int(values["Pss"].split()[0])
