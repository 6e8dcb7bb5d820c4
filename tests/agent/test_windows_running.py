"""The agent as a person has it: windows on a real screen, a page, a token."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hocba_agent.consents import Consents
from hocba_agent.testing.attacker import RawPage
from hocba_agent.testing.processes import alive, children, open_files
from hocba_agent.testing.running import SITE, RunningAgent, items, until
from hocba_agent.testing.screen import Screen, keep
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_agent.windows.tk import look
from hocba_core.agent_errors import AgentMissing, Cancelled, ConsentRefused
from hocba_core.clock import system_clock
from hocba_core.errors import PinWrong, Rejected, TokenPulled
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage

CONSENT, PIN_WINDOW, PROGRESS, PANEL, NOTICE = (
    "Cho phép trang web",
    "Đăng nhập USB Token",
    "Tiến trình ký",
    "Chương trình ký Hocba",
    "Hocba",
)
pytestmark = pytest.mark.xdist_group("screen")


@pytest.fixture
async def windowed(start_agent, screen: Screen, tokens: Tokens, owner: Identity, tmp_path: Path) -> RunningAgent:
    """With windows; the site is remembered already."""
    tokens.add("gv01", owner)
    Consents(tmp_path / "config", system_clock).remember(SITE)
    return await start_agent("--windows", "tk", "--no-tray")


async def type_pin(screen: Screen, pin: str = PIN) -> None:
    await screen.wait_async(PIN_WINDOW)
    await asyncio.sleep(0.7)
    await asyncio.to_thread(screen.type, pin)
    await asyncio.to_thread(screen.key, "Return")


def history(agent: RunningAgent) -> list[dict[str, object]]:
    file = agent.config / "history.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def start_again(agent: RunningAgent) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hocba_agent", "--config", str(agent.config), "--windows", "tk"]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.threat("C1")
@pytest.mark.feature("G3")
async def test_a_site_is_asked_about_and_nothing_is_told_before_yes(
    start_agent, screen: Screen, tokens: Tokens, owner: Identity
):
    tokens.add("gv01", owner)
    agent = await start_agent("--windows", "tk", "--no-tray")

    async def answer(*keys: str) -> None:
        await screen.wait_async(CONSENT)
        await asyncio.sleep(0.7)
        await asyncio.to_thread(screen.key, *keys)

    with pytest.raises(ConsentRefused):
        await asyncio.gather(AgentPage.connect(agent.address, SITE), answer("Return"))
    page, _ = await asyncio.gather(AgentPage.connect(agent.address, SITE), answer("Tab", "Return"))
    async with page:
        assert not page.remembered
        assert len(await page.certificates()) == 1


@pytest.mark.threat("E11")
@pytest.mark.threat("E14")
@pytest.mark.threat("C2")
@pytest.mark.feature("G5")
async def test_a_person_stops_a_job_in_the_progress_window_and_goes_on_later(
    windowed: RunningAgent, screen: Screen, tokens: Tokens
):
    tokens.tell("slow", 100)
    async with await AgentPage.connect(windowed.address, SITE) as page:
        await screen.wait_async(NOTICE)  # a remembered site: no question, but a notice
        job = await page.open((await page.certificates())[0].fingerprint, "Ký học bạ lớp 6A", items(45))
        typing = asyncio.create_task(type_pin(screen))
        with pytest.raises(Cancelled) as stopped:
            async for _ in job.run():
                if len(job.values) == 10:
                    await screen.wait_async(PROGRESS)
                    keep(screen, "progress")
                    left, top, width, height = screen.place(PROGRESS)
                    await asyncio.to_thread(screen.click, (left + width - 80, top + height - 35))
        await typing
        assert stopped.value.facts["signed"] == len(job.values) == len(tokens.calls("sign"))
        assert 10 <= len(job.values) < 30
        await asyncio.sleep(0.5)
        keep(screen, "progress-stopped")
        first = history(windowed)
        assert [one["outcome"] for one in first] == ["cancelled"]
        assert first[0]["signed"] == len(job.values)

        typing = asyncio.create_task(type_pin(screen))
        async for _ in job.run():
            pass
        await typing
        await asyncio.sleep(0.3)
        keep(screen, "progress-done")
        assert len(job.values) == 45 == len(tokens.calls("sign"))
        assert len(tokens.calls("login")) == 2

    (entry,) = history(windowed)
    assert (entry["outcome"], entry["signed"], entry["of"], entry["site"]) == ("done", 45, 45, SITE)
    assert entry["owner"] == "Nguyễn Thị Ánh"
    assert len(str(entry["items"])) == 64
    file = windowed.config / "history.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text() + (windowed.config / "agent.log").read_text()
    assert PIN not in text
    for _, title, digest in items(45):
        assert digest.hex() not in text and title not in text


@pytest.mark.threat("D1")
@pytest.mark.threat("E11")
async def test_a_wrong_pin_is_told_in_the_window_and_tried_once(windowed: RunningAgent, screen: Screen, tokens: Tokens):
    async with await AgentPage.connect(windowed.address, SITE) as page:
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(3))
        typing = asyncio.create_task(type_pin(screen, "0000-0000"))
        with pytest.raises(PinWrong):
            async for _ in job.run():
                pass
        await typing
        await screen.wait_async(PROGRESS)
        await until(lambda: screen.find(look.RED_TINT, 200) is not None)
        keep(screen, "progress-wrong-pin")
        assert len(tokens.calls("login")) == 1
        assert history(windowed) == [], "nobody was logged in"

        await asyncio.sleep(0.7)
        screen.quit(PROGRESS)
        await until(lambda: not screen.windows(PROGRESS))
        typing = asyncio.create_task(asyncio.to_thread(screen.wait, PIN_WINDOW))
        run = asyncio.create_task(anext(job.run()))
        await typing
        await asyncio.sleep(0.7)
        screen.key("Escape")
        with pytest.raises(Rejected):
            await run
        assert not screen.windows(PROGRESS), "who pressed Cancel knows it"


@pytest.mark.threat("F3")
async def test_a_pulled_token_is_told_in_the_window(windowed: RunningAgent, screen: Screen, tokens: Tokens):
    tokens.tell("slow", 60)
    async with await AgentPage.connect(windowed.address, SITE) as page:
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(30))
        typing = asyncio.create_task(type_pin(screen))
        with pytest.raises(TokenPulled):
            async for _ in job.run():
                if len(job.values) == 10:
                    tokens.tell("removed")
        await typing
        await until(lambda: screen.find(look.RED_TINT, 200) is not None)
        keep(screen, "progress-pulled")
    assert [one["outcome"] for one in history(windowed)] == ["token_pulled"]


@pytest.mark.threat("A18")
@pytest.mark.threat("C3")
@pytest.mark.feature("G3")
async def test_a_second_start_shows_the_first_one_and_a_revoked_site_is_out_at_once(
    windowed: RunningAgent, screen: Screen, tokens: Tokens
):
    second = await asyncio.to_thread(start_again, windowed)
    assert (second.returncode, second.stdout) == (0, "")
    assert "đang chạy rồi" in second.stderr
    await screen.wait_async(PANEL)
    tokens.tell("slow", 100)
    page = await AgentPage.connect(windowed.address, SITE)
    job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(50))
    typing = asyncio.create_task(type_pin(screen))
    with pytest.raises(AgentMissing):
        async for _ in job.run():
            if len(job.values) == 3:
                left, top, _, _ = screen.place(PANEL)
                await screen.wait_async(PROGRESS)
                screen.do("windowmove", str(screen.windows(PROGRESS)[0].id), "1340", "10")  # lies over it
                screen.do("windowraise", str(screen.windows(PANEL)[0].id))
                screen.do("windowfocus", str(screen.windows(PANEL)[0].id))
                screen.click((left + 60, top + 110))  # second line of its menu
                await asyncio.sleep(0.6)
                keep(screen, "panel-sites")
                revoke = screen.find(look.RED)
                assert revoke is not None
                screen.click((revoke[0], revoke[1] - 6))
    await typing
    signed = len(tokens.calls("sign"))
    assert len(job.values) <= signed < 50
    await until(lambda: len(tokens.calls("logout")) >= 1)
    await asyncio.sleep(0.5)
    assert len(tokens.calls("sign")) <= signed + 1
    assert json.loads((windowed.config / "consents.json").read_text()) == {}

    async with RawPage(windowed.address) as again:
        asked = asyncio.create_task(again.say("hello"))
        await screen.wait_async(CONSENT)
        await asyncio.sleep(0.7)
        screen.key("Escape")
        assert (await asked)["code"] == "consent_refused"


@pytest.mark.feature("G8")
@pytest.mark.threat("H3")
async def test_diagnosis_is_copied_with_one_click(windowed: RunningAgent, screen: Screen):
    await asyncio.to_thread(start_again, windowed)
    await screen.wait_async(PANEL)
    await asyncio.sleep(0.8)
    left, top, _, _ = screen.place(PANEL)
    screen.click((left + 60, top + 240))  # fifth line of its menu
    await asyncio.sleep(2)
    keep(screen, "panel-diagnosis")
    screen.click((left + 300, top + 145))
    await asyncio.sleep(0.5)
    keep(screen, "panel-diagnosis-copied")
    reader = "import tkinter as t; r = t.Tk(); r.withdraw(); print(ascii(r.clipboard_get()))"
    read = [sys.executable, "-c", reader]
    copied = await asyncio.to_thread(subprocess.run, read, capture_output=True, text=True, timeout=10, check=True)
    text = ast.literal_eval(copied.stdout)
    assert f"Cổng {windowed.port}: chương trình ký này" in text
    assert "libshim-pkcs11.so (64 bit): đang dùng" in text
    assert "Nguyễn Thị Ánh" not in text


@pytest.mark.threat("G15")
@pytest.mark.threat("A18")
async def test_it_ends_within_three_seconds_while_a_driver_hangs(
    windowed: RunningAgent, screen: Screen, tokens: Tokens
):
    await asyncio.to_thread(start_again, windowed)
    await screen.wait_async(PANEL)
    async with await AgentPage.connect(windowed.address, SITE) as page:
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(5))
        typing = asyncio.create_task(type_pin(screen))
        run = asyncio.create_task(anext(job.run()))
        await typing
        await run
        tokens.tell("hang")
        tokens.tell("hang_finalize")
        await asyncio.sleep(0.3)
        workers = children(windowed.pid)
        left, top, _, height = screen.place(PANEL)
        screen.do("windowraise", str(screen.windows(PANEL)[0].id))
        screen.click((left + 60, top + height - 28))  # the last line of its menu
        began = time.monotonic()
        await until(lambda: not alive(windowed.pid), 10)
        assert time.monotonic() - began < 3.0
    await until(lambda: not any(alive(one) for one in workers))
    assert not screen.windows(PANEL)


@pytest.mark.threat("D11")
async def test_windows_have_no_socket_and_end_with_the_agent(windowed: RunningAgent, screen: Screen):
    await asyncio.to_thread(start_again, windowed)
    await screen.wait_async(PANEL)
    windows = children(windowed.pid)
    assert len(windows) >= 2
    screens = {"socket:"}
    for window in windows:
        inside = [name for name in open_files(window) if name.split("[")[0] in screens]
        assert len(inside) <= 1, "at most the one to the screen"
    os.kill(windowed.pid, 9)
    await until(lambda: not any(alive(one) for one in windows))
