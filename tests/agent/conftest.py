"""A real agent process, real SoftHSM2 tokens behind a shim that can misbehave, and a raw socket for attackers."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hocba_agent.testing.attacker import Attacker
from hocba_agent.testing.running import SITE, RunningAgent
from hocba_agent.testing.screen import Screen, xvfb
from hocba_agent.testing.shim import build
from hocba_agent.testing.tokens import PIN, Tokens, empty_folder
from hocba_core.clock import system_clock
from hocba_core.testing.pki import Identity, TestCa
from hocba_gateway.demo.agent_page import AgentPage
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
