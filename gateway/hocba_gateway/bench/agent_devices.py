"""The agent with a token that takes as long as a real one, and with a card that is put in and pulled.

The slow token is SoftHSM2 behind the agent's own test driver (needs gcc); the card is software too, in a virtual
reader of Debian's smart card service (needs pcscd, vsmartcard-vpcd and opensc). Both are started as programs.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from hocba_core.agent_protocol import PATH
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from hocba_gateway.bench.row import Row
from hocba_gateway.demo.agent_page import AgentPage
from hocba_gateway.demo.token import Token

StartAgent = Callable[[Path, Mapping[str, str], str], Awaitable[str]]
"""Driver, environment, name of its folder → address."""

DIGESTS = 100
TOKEN_MS = 150
GOAL_SECONDS = 15.8
PLUGS = 3
PLUG_SECONDS = 3.0
PULL_SECONDS = 1.5
_START_SECONDS = 15.0


async def slow_token(folder: Path, site: str, token: Token, start: StartAgent) -> list[Row]:
    what, goal = f"agent: {DIGESTS} digests, token of {TOKEN_MS} ms each", f"<= {GOAL_SECONDS} s, 1 C_Login"
    await asyncio.to_thread(folder.mkdir)
    driver = folder / "slow-pkcs11.so"
    built = await _program("hocba_agent.testing.shim", str(driver))
    if await built.wait():
        return [Row(what, "–", goal, "no gcc here", False)]
    (folder / "slow").write_text(str(TOKEN_MS))
    surroundings = {"SOFTHSM2_CONF": str(token.conf), "SHIM_TARGET": str(token.module), "SHIM_FOLDER": str(folder)}
    address = await start(driver, surroundings, "slow")
    async with await AgentPage.connect(address, site) as page:
        certificate = (await page.certificates())[0].fingerprint
        items = [(f"i{n}", f"6A {n:02d} NTA", sha256(str(n).encode()).digest()) for n in range(DIGESTS)]
        started = time.perf_counter()
        count = sum([1 async for _ in page.sign(certificate, "Ký học bạ lớp 6A", items)])
        taken = time.perf_counter() - started
    calls = (folder / "calls").read_text().splitlines()
    logins, signatures = calls.count("login"), sum(call.startswith("sign") for call in calls)
    met = taken <= GOAL_SECONDS and logins == 1 and count == signatures == DIGESTS
    limit = f"{DIGESTS * TOKEN_MS / 1000:.1f} s"
    said = f"{taken:.2f} s, {logins} C_Login, {signatures} C_Sign, window included"
    return [Row(what, "–", goal, said, met, limit)]


async def plug_events(folder: Path, site: str, start: StartAgent) -> list[Row]:
    """From the card's connecting (or going) to the page's hearing of it; the reader itself looks every 0.4 s."""
    goals = (("put in", f"<= {PLUG_SECONDS} s"), ("pulled", f"<= {PULL_SECONDS} s"))
    await asyncio.to_thread(folder.mkdir)
    reader = await _program("hocba_agent.testing.virtual_reader", str(folder))
    try:
        told = await _line(reader)
        if told is None:
            return [
                Row(f"agent: token {what}, page told", "–", goal, "no virtual reader", False) for what, goal in goals
            ]
        address = await start(Path(told["module"]), told["environment"], "plug")
        taken: dict[str, list[float]] = {"in": [], "out": []}
        async with connect(address + PATH, origin=Origin(site), compression=None, proxy=None) as page:
            for identity, do in enumerate(("hello", "watch")):
                await page.send(json.dumps({"v": 1, "id": str(identity), "do": do}))
                await _heard(page, "ok")
            for _ in range(PLUGS):
                for way in ("in", "out"):
                    assert reader.stdin is not None
                    reader.stdin.write(f"{way}\n".encode())
                    await _line(reader)
                    started = time.perf_counter()
                    await _heard(page, "event")
                    taken[way].append(time.perf_counter() - started)
    finally:
        with suppress(ProcessLookupError):
            reader.terminate()
        await reader.wait()
    limits = (PLUG_SECONDS, PULL_SECONDS)
    return [
        Row(f"agent: token {what}, page told", "–", goal, _said(times), max(times) <= limit)
        for (what, goal), times, limit in zip(goals, taken.values(), limits, strict=True)
    ]


def _said(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} s, longest {max(times):.2f} s of {len(times)}"


async def _heard(page: ClientConnection, field: str) -> Mapping[str, Any]:
    while True:
        async with asyncio.timeout(_START_SECONDS):
            told: dict[str, Any] = json.loads(await page.recv())
        if field in told:
            return told


async def _program(module: str, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def _line(program: asyncio.subprocess.Process) -> dict[str, Any] | None:
    """None: it ended."""
    assert program.stdout is not None
    async with asyncio.timeout(_START_SECONDS):
        line = await program.stdout.readline()
    return json.loads(line) if line else None
