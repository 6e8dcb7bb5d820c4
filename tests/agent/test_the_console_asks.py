from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hocba_agent.testing.running import SITE, items, until
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_core.agent_errors import ConsentRefused
from hocba_core.errors import Rejected
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage


class Terminal:
    """The person's side of a pseudo-terminal."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.seen = ""
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            self.seen += os.read(self._master, 4096).decode("utf-8", "replace")
        except OSError:
            asyncio.get_running_loop().remove_reader(self._master)

    async def answer(self, asked: str, text: str) -> None:
        """Waits until `asked` can be read, then types."""
        await until(lambda: asked in self.seen)
        await asyncio.sleep(0.1)  # the echo is off a moment after the words are there
        os.write(self._master, f"{text}\n".encode())


@asynccontextmanager
async def console_agent(tokens: Tokens, config: Path) -> AsyncIterator[tuple[str, Terminal]]:
    master, slave = os.openpty()
    command = [sys.executable, "-m", "hocba_agent", "--port", "0", "--development", "--site", SITE]
    command += ["--windows", "console", "--config", str(config), "--module", str(tokens.shim)]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=slave,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **tokens.environment},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None,
    )
    os.close(slave)
    terminal = Terminal(master)
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    try:
        yield ready["address"], terminal
    finally:
        process.terminate()
        await process.wait()
        asyncio.get_running_loop().remove_reader(master)
        os.close(master)


@pytest.mark.feature("G11")
@pytest.mark.feature("G3")
@pytest.mark.feature("G4")
async def test_consent_and_pin_are_asked_in_the_terminal_and_the_pin_is_not_shown(
    tokens: Tokens, owner: Identity, tmp_path: Path
):
    tokens.add("gv01", owner)
    async with console_agent(tokens, tmp_path / "config") as (address, terminal):
        _, page = await asyncio.gather(terminal.answer("[Enter] không", "c"), AgentPage.connect(address, SITE))
        certificate = (await page.certificates())[0].fingerprint
        job = await page.open(certificate, "Ký học bạ lớp 6A", items(30))

        async def signed() -> int:
            return len([one async for one in job.run()])

        _, count = await asyncio.gather(terminal.answer("User PIN", PIN), signed())
        await page.close()

        assert count == 30
        assert PIN not in terminal.seen
        words = re.sub(r"\s+", " ", terminal.seen)
        for said in (SITE, "Nguyễn Thị Ánh", "gv01", "Ký 30 mục", "Ký học bạ lớp 6A", "6A 01 NTA", "6A 30 NTA", "…"):
            assert said in words
        assert "6A 15 NTA" not in words


@pytest.mark.feature("G11")
async def test_enter_is_no(tokens: Tokens, owner: Identity, tmp_path: Path):
    tokens.add("gv01", owner)
    async with console_agent(tokens, tmp_path / "config") as (address, terminal):
        with pytest.raises(ConsentRefused):
            await asyncio.gather(terminal.answer("[Enter] không", ""), AgentPage.connect(address, SITE))
        terminal.seen = ""
        _, page = await asyncio.gather(terminal.answer("[Enter] không", "n"), AgentPage.connect(address, SITE))
        assert page.remembered
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(2))

        async def signed() -> None:
            async for _ in job.run():
                pass

        with pytest.raises(Rejected):
            await asyncio.gather(terminal.answer("User PIN", ""), signed())
        await page.close()
    assert not tokens.calls("login")
