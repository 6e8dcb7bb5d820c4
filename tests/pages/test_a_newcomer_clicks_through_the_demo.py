"""The demo after its main job: every role has something to do, phones are tapped in a second tab, the token is real."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

READY = "Bấm Ctrl-C để dừng."
pytestmark = pytest.mark.xdist_group("demo")


@dataclass(frozen=True, slots=True)
class Demo:
    gateway: str
    phones: str


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """`hocba demo` as a newcomer starts it, with few pupils; it stays up until the test ends."""
    command = [sys.executable, "-m", "hocba_gateway", "demo", "--out", str(tmp_path / "out"), "--limit-pupils", "16"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    said = ""
    try:
        while READY not in said:
            line = await asyncio.wait_for(process.stdout.readline(), 240)
            assert line, said
            said += line.decode()
        found = re.sub(r"\s*\n\s*", " ", said)
        gateway, phones = (
            re.findall(pattern, found)[-1] for pattern in (r"ở (http://\S+?) \(API", r"(\S+/_simulator/)")
        )
        yield Demo(gateway, phones)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def become(page: Page, demo: Demo, who: str) -> None:
    if await page.get_by_role("button", name="Đăng xuất").count():
        await page.get_by_role("button", name="Đăng xuất").click()
    else:
        await page.goto(f"{demo.gateway}/login")
    await page.locator(".login-demo").get_by_role("button", name=re.compile(who)).first.click()
    await page.get_by_role("heading", name="Việc của tôi").wait_for()


async def press(page: Page, kind: str, button: str) -> None:
    await page.locator(f"main a[href^='/ky/{kind}']").first.click()
    await page.get_by_role("button", name=button).click()
    await page.locator("dialog[open]").get_by_role("button", name="OK").click()


async def done(page: Page) -> None:
    await page.locator(".progress-live .alert-success", has_text="Ký thành công").wait_for()
    await page.locator("dialog[open]").get_by_role("button", name="Đóng").click()


@pytest.mark.feature("T8")
@pytest.mark.feature("T9")
@pytest.mark.feature("T10")
@pytest.mark.feature("T12")
async def test_every_part_can_be_played(demo: Demo, chromium: Any) -> None:
    context = await chromium.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(20_000)
    page, phones = await context.new_page(), await context.new_page()
    for who, kind in (("Giáo viên Phạm Văn Đạt", "gvbm"), ("Chủ nhiệm 9A", "gvcn"), ("Hiệu trưởng", "cbql")):
        await become(page, demo, who)
        await press(page, kind, "Ký học bạ")
        await page.get_by_text("Chờ xác nhận ký số").wait_for()
        await phones.goto(demo.phones)  # it looks again by itself
        await phones.get_by_role("button", name="Xác nhận").first.click()
        await phones.get_by_text("Chưa có yêu cầu ký nào.").wait_for()
        await done(page)
    await become(page, demo, "ký phát hành")
    await press(page, "phat-hanh", "Ký phát hành")
    await done(page)
    await become(page, demo, "Quản trị viên")
    await page.goto(f"{demo.gateway}/tra-lai")
    await expect(page.locator("tbody tr")).to_have_count(1)
