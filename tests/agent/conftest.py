"""A real agent process, real SoftHSM2 tokens behind a shim that can misbehave, and a raw socket for attackers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hocba_agent.testing.attacker import Attacker
from hocba_agent.testing.processes import alive
from hocba_agent.testing.running import SITE, RunningAgent, items, until
from hocba_agent.testing.screen import Screen, xvfb
from hocba_agent.testing.shim import build
from hocba_agent.testing.tokens import PIN, Tokens, empty_folder
from hocba_core.agent_errors import AgentBusy
from hocba_core.certificate import Certificate
from hocba_core.clock import system_clock
from hocba_core.errors import DriverFailed, HocbaError
from hocba_core.signature_value import check_value
from hocba_core.testing.pki import Identity, TestCa
from hocba_gateway.demo.agent_page import AgentPage, PageJob
from hocba_gateway.demo.processes import Programs


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("shim") / "libshim-pkcs11.so")


@pytest.fixture
def tokens(tmp_path: Path, shim: Path) -> Tokens:
    return empty_folder(tmp_path / "tokens", shim)


@pytest.fixture(scope="session")
def token_ca() -> TestCa:
    """Of today: the agent looks at the real clock."""
    return TestCa.create("Token", system_clock())


@pytest.fixture
def owner(token_ca: TestCa) -> Identity:
    return token_ca.issue_person("Nguyễn Thị Ánh", "001190000001")


StartAgent = Callable[..., Awaitable[RunningAgent]]


@pytest.fixture
async def start_agent(tmp_path: Path, tokens: Tokens) -> AsyncIterator[StartAgent]:
    """start_agent(*more words, modules=, sites=, consent=, pin=): with scripted windows, on a port of its own."""
    async with Programs(tmp_path / "logs") as programs:

        async def start(
            *words: str,
            modules: Sequence[Path] = (tokens.shim,),
            sites: Sequence[str] = (SITE,),
            consent: Sequence[object] = ("once",),
            pin: Sequence[object] = (PIN,),
            windows: Sequence[str] = ("--port", "0", "--development", "--log-level", "DEBUG"),
            environment: Mapping[str, str] | None = None,
        ) -> RunningAgent:
            script, config = tmp_path / "answers.json", tmp_path / "config"
            script.write_text(json.dumps({"consent": list(consent), "pin": list(pin)}))
            command = [sys.executable, "-m", "hocba_agent", "--windows", "scripted", "--script", str(script)]
            command += ["--config", str(config), *windows, *words]
            for module in modules:
                command += ["--module", str(module)]
            for site in sites:
                command += ["--site", site]
            program = await programs.start("agent", command, {**tokens.environment, **(environment or {})})
            return RunningAgent(program.ready["address"], program.process.pid, program.log, script, config)

        yield start


@pytest.fixture
async def agent(start_agent: StartAgent, tokens: Tokens, owner: Identity) -> RunningAgent:
    """One token, its owner's certificate, one site."""
    tokens.add("gv01", owner)
    return await start_agent()


@pytest.fixture
async def page(agent: RunningAgent) -> AsyncIterator[AgentPage]:
    async with await AgentPage.connect(agent.address, SITE) as opened:
        yield opened


@pytest.fixture
def attacker(agent: RunningAgent) -> Attacker:
    return Attacker(agent.port)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program sits on."""
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        yield squatter.getsockname()[1]


@pytest.fixture(scope="session")
def one_screen() -> Iterator[Screen]:
    with xvfb() as screen:
        yield screen


@pytest.fixture
def screen(one_screen: Screen, monkeypatch: pytest.MonkeyPatch) -> Screen:
    """1366×768; windows that a test opens appear there, and nothing is left of the test before."""
    monkeypatch.setenv("DISPLAY", one_screen.display)
    one_screen.rest()
    return one_screen


# --- jobs of a page, in a word; tests take them from here by name ---------------------------------------


async def opened(page: AgentPage, count: int = 2) -> PageJob:
    return await page.open((await page.certificates())[0].fingerprint, "Ký", items(count))


async def all_of(job: PageJob) -> dict[str, bytes]:
    return {item: value async for item, value in job.run()}


async def signs(page: AgentPage, owner: Identity, count: int = 2) -> None:
    """Signs, and each value is the digest's by the certificate's key."""
    values = await all_of(await opened(page, count))
    for item, _, digest in items(count):
        check_value(Certificate.read(owner.certificate), digest, values[item])


async def fails(page: AgentPage, count: int = 2) -> HocbaError:
    with pytest.raises(HocbaError) as failed:
        await all_of(await opened(page, count))
    return failed.value


async def let_in(agent: RunningAgent, site: str = SITE) -> AgentPage:
    """As soon as the window of another page, which is closing, is gone. Within ten seconds."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await AgentPage.connect(agent.address, site)
            except AgentBusy:
                await asyncio.sleep(0.05)


async def ended(agent: RunningAgent) -> None:
    """Within three seconds of being asked."""
    os.kill(agent.pid, signal.SIGTERM)
    await until(lambda: not alive(agent.pid), 3.0)


def what(error: HocbaError) -> object:
    assert isinstance(error, DriverFailed)
    return error.facts["what"]
