"""The icon in a real tray (trayer), seen by its colours."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hocba_agent.consents import Consents
from hocba_agent.testing.processes import alive, children, command_line, mapped
from hocba_agent.testing.running import SITE, RunningAgent, items, until
from hocba_agent.testing.screen import Screen, keep, xvfb
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_core.clock import system_clock
from hocba_core.testing.pki import Identity, TestCa
from hocba_gateway.demo.agent_page import AgentPage

pytestmark = pytest.mark.xdist_group("screen")
GREY, GREEN, YELLOW, RED = "#8795a1", "#1c7a3e", "#f2a900", "#d93025"
PANEL = "Chương trình ký Hocba"
_TRAY = (
    "trayer",
    "--edge",
    "bottom",
    "--align",
    "right",
    "--widthtype",
    "request",
    "--height",
    "32",
    "--tint",
    "0xffffff",
)


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    with xvfb() as screen:
        monkeypatch.setenv("DISPLAY", screen.display)
        quiet = subprocess.DEVNULL
        with subprocess.Popen([*_TRAY, "--expand", "true"], stdout=quiet, stderr=quiet) as tray:
            try:
                yield screen
            finally:
                tray.terminate()


def where(screen: Screen, colour: str) -> tuple[int, int] | None:
    """A pixel of the icon in (nearly) that colour, in the tray's row."""
    wanted = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    image = screen.picture()
    for y in range(734, 768):
        for x in range(900, 1366):
            seen = image.getpixel((x, y))
            assert isinstance(seen, tuple)
            if all(abs(one - other) < 30 for one, other in zip(seen, wanted, strict=True)):
                return x, y
    return None


def tray_of(agent: RunningAgent) -> int:
    return next(one for one in children(agent.pid) if b"\0tray\0" in command_line(one))


@pytest.mark.feature("G1")
async def test_the_icon_tells_none_ready_signing_and_a_click_shows_the_window(
    start_agent, desktop: Screen, tokens: Tokens, owner: Identity, tmp_path: Path
):
    tokens.add("gv01", owner)
    tokens.tell("removed")
    Consents(tmp_path / "config", system_clock).remember(SITE)
    agent = await start_agent("--tray")  # with windows that answer themselves

    await until(lambda: where(desktop, GREY) is not None)
    assert where(desktop, GREEN) is None
    keep(desktop, "tray-none")
    tokens.untell("removed")
    await until(lambda: where(desktop, GREEN) is not None)
    keep(desktop, "tray-ready")
    tokens.tell("slow", 60)
    async with await AgentPage.connect(agent.address, SITE) as page:
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(40))
        yellow = 0
        async for _ in job.run():
            if not yellow and len(job.values) > 20:
                yellow += where(desktop, YELLOW) is not None
                keep(desktop, "tray-signing")
        assert yellow
    await until(lambda: where(desktop, GREEN) is not None)

    tray = tray_of(agent)
    assert "pkcs11" not in mapped(tray) and "softhsm" not in mapped(tray)
    assert "PIL" not in mapped(agent.pid), "the network process draws nothing"
    os.kill(tray, 9)
    async with await AgentPage.connect(agent.address, SITE):
        pass  # a tray that is gone takes nobody with it
    await until(lambda: where(desktop, GREEN) is not None and alive(tray_of(agent)), 20)


@pytest.mark.threat("C2")
async def test_trouble_is_seen_a_click_opens_the_window_and_a_remembered_site_gives_a_notice(
    start_agent, desktop: Screen, tokens: Tokens, tmp_path: Path
):
    long_ago = TestCa.create("Ended", system_clock().replace(year=2015))
    tokens.add("gv01", long_ago.issue_person("Trần Văn Bình", "001190000002"))
    Consents(tmp_path / "config", system_clock).remember(SITE)
    agent = await start_agent("--windows", "tk")

    await until(lambda: where(desktop, RED) is not None)
    keep(desktop, "tray-trouble")
    async with await AgentPage.connect(agent.address, SITE):
        await desktop.wait_async("Hocba")
        place = where(desktop, RED)
        assert place is not None
        desktop.click(place)
        await desktop.wait_async(PANEL)
        await asyncio.sleep(1)
        keep(desktop, "panel-from-tray")
    assert PIN not in (agent.config / "agent.log").read_text()
