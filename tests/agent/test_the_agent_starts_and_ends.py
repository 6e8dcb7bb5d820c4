from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hocba_agent.testing.processes import alive, children
from hocba_agent.testing.running import SITE, RunningAgent, items, until
from hocba_agent.testing.tokens import Tokens
from hocba_core.agent_errors import AgentMissing
from hocba_core.agent_protocol import PORTS
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hocba_agent", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_its_workers_end_with_it(how: signal.Signals, page: AgentPage, agent: RunningAgent, tokens: Tokens):
    job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(50))
    tokens.tell("slow", 50)
    with pytest.raises(AgentMissing):
        async for _ in job.run():
            workers = children(agent.pid)
            assert workers
            os.kill(agent.pid, how)
    assert 0 < len(job.values) < 50, "what came before stays"

    await until(lambda: not any(alive(process) for process in (agent.pid, *workers)))


async def test_it_ends_with_its_parent_when_told_so(tmp_path: Path):
    agent = [sys.executable, "-m", "hocba_agent", "--port", "0", "--development", "--config", str(tmp_path)]
    code = (
        "import subprocess, sys, time;"
        f"p = subprocess.Popen({[*agent, '--end-with-parent']!r}, stdout=subprocess.PIPE);"
        "sys.stdout.buffer.write(p.stdout.readline()); sys.stdout.flush(); time.sleep(60)"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    ready = json.loads(await parent.stdout.readline())
    assert alive(ready["pid"])

    parent.kill()
    await parent.wait()

    await until(lambda: not alive(ready["pid"]))


@pytest.mark.threat("A16")
async def test_a_taken_port_is_passed_over(start_agent, taken_port: int):
    agent = await start_agent(modules=(), windows=("--development", "--port", str(taken_port), "--port", "0"))

    assert agent.port != taken_port
    async with await AgentPage.connect(agent.address, SITE):
        pass


@pytest.mark.threat("A16")
def test_when_all_ports_are_taken_it_says_so_in_vietnamese(taken_port: int, tmp_path: Path):
    ended = run("--config", str(tmp_path), "--port", str(taken_port))

    assert ended.returncode == 2
    assert f"Các cổng {taken_port} trên máy này đều đang bị chương trình khác dùng" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_windows_that_answer_themselves_need_the_development_flag(tmp_path: Path):
    ended = run("--config", str(tmp_path), "--windows", "scripted", "--script", str(tmp_path / "answers.json"))

    assert ended.returncode == 2
    assert "--development" in ended.stderr
    assert not ended.stdout


@pytest.mark.parametrize("words", [("--site", "*"), ("--module", "libsofthsm2.so"), ("--site", "http://hb.example")])
def test_a_wrong_setting_is_named(words: tuple[str, str], tmp_path: Path):
    ended = run("--config", str(tmp_path), *words)

    assert ended.returncode == 2
    assert words[0].strip("-") in ended.stderr


@pytest.mark.feature("G1")
@pytest.mark.xdist_group("agent-ports")
async def test_a_page_finds_the_agent_on_the_fixed_ports_and_says_when_there_is_none(start_agent):
    site = "https://found.example"  # of this test alone: an agent of somebody else's on these ports knows it not
    agent = await start_agent(modules=(), sites=(site,), windows=("--development",))
    assert agent.port in PORTS

    async with await AgentPage.connect(None, site) as page:
        assert await page.certificates() == []
    os.kill(agent.pid, signal.SIGTERM)
    await until(lambda: not alive(agent.pid))

    with pytest.raises(AgentMissing):
        await AgentPage.connect(agent.address, site)


async def test_a_page_hears_at_once_that_the_agent_went_away(page: AgentPage, agent: RunningAgent, owner: Identity):
    os.kill(agent.pid, signal.SIGKILL)
    with pytest.raises(AgentMissing):
        for _ in range(100):
            await page.certificates()
