"""A browser that hangs, or a job that was forgotten: nothing waits for such a page for ever."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hocba_agent.limits import Limits
from hocba_agent.server import Settings, run
from hocba_agent.testing.attacker import RawPage
from hocba_agent.testing.running import SITE, RunningAgent, until
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_agent.windows.kinds import WindowKind
from hocba_core.clock import system_clock
from hocba_core.errors import NotFound
from hocba_core.testing.pki import Identity

pytestmark = pytest.mark.threat("E12")


class InThisProcess:
    """An agent with limits of the test's own: they are no business of its command line."""

    def __init__(self, folder: Path, tokens: Tokens, said: pytest.CaptureFixture[str]) -> None:
        self._folder, self._tokens, self._said = folder, tokens, said

    @asynccontextmanager
    async def start(self, limits: Limits, pin: object = PIN) -> AsyncIterator[RunningAgent]:
        script = self._folder / "answers.json"
        script.write_text(json.dumps({"consent": ["once"], "pin": [pin]}))
        windows = WindowKind("scripted", script)
        config = self._folder / "config"
        settings = Settings(windows, (self._tokens.shim,), frozenset({SITE}), config, (0,), limits=limits)
        serving = asyncio.create_task(run(settings, system_clock))
        told = ""

        def ready() -> bool:
            nonlocal told
            told += self._said.readouterr().out
            return told.endswith("\n")

        try:
            await until(ready)
            yield RunningAgent(json.loads(told)["address"], os.getpid(), self._folder / "log", script, config)
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


@pytest.fixture
def here(
    tmp_path: Path,
    tokens: Tokens,
    owner: Identity,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> InThisProcess:
    tokens.add("gv01", owner)
    for name, value in tokens.environment.items():
        monkeypatch.setenv(name, value)
    return InThisProcess(tmp_path, tokens, capsys)


def fall_silent(page: RawPage) -> None:
    """Its connection stays open; no ping is answered."""
    page.socket.transport.pause_reading()


QUICK = Limits(silence=timedelta(seconds=2))


async def test_the_pin_window_of_a_silent_page_closes(here: InThisProcess, tokens: Tokens):
    async with here.start(QUICK, pin=False) as agent, RawPage(agent.address) as page:
        await page.ask("run", job=await page.declared())
        await until(lambda: bool(agent.asked("pin")))

        fall_silent(page)

        await until(lambda: not agent.windows())
        page.socket.transport.abort()
    assert not tokens.calls("login")


async def test_the_run_of_a_silent_page_stops_and_logs_out(here: InThisProcess, tokens: Tokens):
    tokens.tell("slow", 200)
    async with here.start(QUICK) as agent, RawPage(agent.address) as page:
        await page.ask("run", job=await page.declared(200))
        await until(lambda: bool(tokens.calls("sign")))

        fall_silent(page)

        await until(lambda: bool(tokens.calls("logout")), 30)
        page.socket.transport.abort()
    assert len(tokens.calls("sign")) < 200


async def test_a_page_that_answers_may_take_its_time(here: InThisProcess, tokens: Tokens):
    """A person at the PIN window sends nothing either."""
    tokens.tell("slow", 200)
    async with here.start(QUICK) as agent, RawPage(agent.address) as page:
        assert await page.say("run", job=await page.declared(20)) == {"signed": 20, "of": 20}


async def test_a_job_ends_by_its_time_and_then_opens_no_window(here: InThisProcess, tokens: Tokens):
    async with here.start(Limits(job=timedelta(0))) as agent, RawPage(agent.address) as page:
        refused = await page.say("run", job=await page.declared())
        assert (refused["code"], refused["facts"]) == (NotFound.code, {"kind": "job"})
        assert not agent.asked("pin")
    assert not tokens.calls("login")
