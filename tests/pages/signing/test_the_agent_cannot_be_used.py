"""T10, O5: whatever stands between page and agent is named, shown in a picture, and tried again with one click."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from hocba_agent.testing.processes import alive
from hocba_agent.testing.running import until
from hocba_agent.testing.tokens import PIN
from hocba_core.agent_protocol import HEALTH_PATH, VERSION
from hocba_gateway.demo.agent_page import AgentPage
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.feature("T10"), pytest.mark.feature("O5")]
MOST_PAGES = 8
"""That an agent lets in at once."""
WINDOW = "Cửa sổ của chương trình ký hỏi cho phép trang này, nút Cho phép"
TRAY = "Biểu tượng chương trình ký nằm cạnh đồng hồ ở góc dưới bên phải màn hình"


@asynccontextmanager
async def agent_of(protocol: int, port: int) -> AsyncIterator[None]:
    """What an agent of another time answers before anybody comes in."""

    async def health(_: web.Request) -> web.Response:
        told = {"agent": "hocba", "protocol": protocol, "oldest": protocol}
        return web.json_response(told, headers={"Access-Control-Allow-Origin": "*"})

    app = web.Application()
    app.router.add_get(HEALTH_PATH, health)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.fixture
def opens(at_agent: Any, with_token: Any) -> Any:
    """opens(): the teacher's list with its dialog, whose token is plugged in."""

    async def open_one() -> Page:
        page: Page = await at_agent(with_token.caller, with_token.address)
        await page.get_by_role("button", name="Ký học bạ").click()
        await page.locator("#sign-dialog[open]").wait_for()
        return page

    with_token.plug()
    return open_one


async def find_again(page: Page) -> None:
    await page.get_by_role("button", name="Tìm lại").click()
    await page.get_by_text("Đã thấy USB Token của").wait_for()
    await expect(page.locator("[data-agent-trouble]")).to_be_empty()


async def press(page: Page) -> None:
    await page.locator("[data-agent-ok]:enabled").click()


async def end(agent: Any) -> None:
    os.kill(agent.pid, signal.SIGTERM)
    await until(lambda: not alive(agent.pid))


async def test_an_agent_that_is_too_old_and_then_renewed(with_token, opens, run_agent, advised, unused_tcp_port):
    async with agent_of(VERSION - 1, unused_tcp_port):
        page = await opens()
        await advised(page, "Chương trình ký quá cũ", "Cài bản mới của chương trình ký.", TRAY)
        await page.get_by_text(f"(phiên bản {VERSION - 1}, trang cần {VERSION})").wait_for()
    await run_agent()
    await find_again(page)
    await press(page)
    await page.get_by_text(f"Ký thành công {len(with_token.signing.transcripts)} học bạ").wait_for()


async def test_an_agent_that_is_newer_than_the_page(opens, advised, unused_tcp_port):
    async with agent_of(VERSION + 1, unused_tcp_port):
        await advised(await opens(), "Trang này cũ hơn chương trình ký", "Tải lại trang (F5).", "")


async def test_an_agent_that_does_not_know_the_site_until_it_does(opens, run_agent, advised):
    other = await run_agent(site="https://truong-khac.example")
    page = await opens()
    step = "Nhờ người phụ trách máy tính thêm địa chỉ trang này vào chương trình ký."
    await advised(page, "Chương trình ký chưa biết trang này", step, WINDOW)
    assert other.asked() == []
    await end(other)
    await run_agent()
    await find_again(page)


async def test_busy_while_its_window_asks_about_another_page(opens, run_agent, advised):
    """The window of the first tab lies behind something; the second is told to look for it, and goes on by itself."""
    agent = await run_agent(consent=(False, "once"))
    first = await opens()
    await first.get_by_text("Đang tìm chương trình ký trên máy này…").wait_for()
    await until(lambda: len(agent.asked("consent")) == 1)
    second = await opens()
    step = "Tìm cửa sổ của chương trình ký (có thể nằm sau cửa sổ khác) và trả lời."
    await advised(second, "Chương trình ký đang bận", step, WINDOW)
    await first.close()
    await second.get_by_text("Đã thấy USB Token của").wait_for()
    await expect(second.locator("[data-agent-trouble]")).to_be_empty()


@pytest.fixture
def waits_for_another_tab(with_token: Any, opens: Any, run_agent: Any) -> Any:
    """waits_for_another_tab(): two tabs, each with how many it signs; the token is at work for the first."""

    async def open_both() -> tuple[Page, int, Page, int]:
        with_token.tokens.tell("slow", 3000)
        await run_agent(pin=(PIN,))
        total = len(with_token.signing.transcripts)
        rest = total // 2
        half = total - rest
        first, second = await opens(), await opens()
        for page, others, left in ((first, range(rest), half), (second, range(rest, total), rest)):
            dialog = page.locator("#sign-dialog")
            await dialog.get_by_role("button", name="Hủy", exact=True).click()
            for place in others:
                await page.locator("[data-tick]").nth(place).uncheck()
            await page.get_by_role("button", name="Ký học bạ").click()
            await dialog.get_by_text(f"{left} học bạ, lớp 6A").wait_for()
        await press(first)
        await first.locator(".state-signed").first.wait_for()
        await press(second)
        trouble = second.locator("[data-agent-trouble]")
        await trouble.get_by_role("heading", name="USB Token đang ký cho một trang khác").wait_for()
        return first, half, second, rest

    return open_both


async def test_busy_while_another_tab_signs_with_the_same_token(with_token, waits_for_another_tab, nothing_doubled):
    """The second waits its turn by itself, and nothing is signed twice."""
    first, half, second, rest = await waits_for_another_tab()
    await expect(second.get_by_role("button", name="Ký tiếp")).to_be_hidden()
    with_token.tokens.tell("slow", 0)
    await first.get_by_text(f"Ký thành công {half} học bạ").wait_for()
    await second.get_by_text(f"Ký thành công {rest} học bạ").wait_for()
    await nothing_doubled(with_token.signing, with_token.person, asked=0)


async def test_who_waits_for_another_tab_may_stop(with_token, waits_for_another_tab):
    first, half, second, _ = await waits_for_another_tab()
    await second.get_by_role("button", name="Dừng").click()
    await second.get_by_role("heading", name="Đã dừng").wait_for()
    with_token.tokens.tell("slow", 0)
    await first.get_by_text(f"Ký thành công {half} học bạ").wait_for()
    await expect(second.get_by_role("button", name="Ký tiếp")).to_be_visible()
    assert with_token.signatures == half


async def test_full_of_other_pages_until_one_is_closed(opens, run_agent, advised, server):
    agent = await run_agent()
    async with AsyncExitStack() as others:
        for _ in range(MOST_PAGES):
            await others.enter_async_context(await AgentPage.connect(agent.address, server.address))
        page = await opens()
        await advised(page, "Chương trình ký không nhận thêm kết nối", "Đóng các thẻ khác đang mở trang này.", TRAY)
    await find_again(page)


async def test_the_agent_is_closed_before_the_press_and_opened_again(opens, run_agent, advised):
    agent = await run_agent()
    page = await opens()
    await page.get_by_text("Đã thấy USB Token của").wait_for()
    await end(agent)
    await advised(page, "Chương trình ký đã đóng", "Mở lại chương trình ký.", TRAY)
    await run_agent()
    await find_again(page)


async def test_the_agent_is_killed_in_the_middle_and_only_the_rest_is_signed(
    with_token, opens, run_agent, nothing_doubled
):
    with_token.tokens.tell("slow", 500)
    agent = await run_agent()
    page = await opens()
    await press(page)
    await page.locator(".state-signed").first.wait_for()
    os.kill(agent.pid, signal.SIGKILL)
    await page.locator("[data-agent-trouble]").get_by_role("heading", name="Chương trình ký đã đóng").wait_for()
    await until(lambda: not alive(agent.pid))
    with_token.tokens.tell("slow", 0)
    await run_agent()
    await page.get_by_role("button", name="Ký tiếp").click()
    await page.get_by_text(f"Ký thành công {len(with_token.signing.transcripts)} học bạ").wait_for()
    await nothing_doubled(with_token.signing, with_token.person, asked=0)
