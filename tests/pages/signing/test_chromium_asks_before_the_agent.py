"""T10 where the gateway stands on the internet: Chromium lets its pages reach this PC's agent only when allowed to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hocba_gateway.web.pages.look import Look
from playwright.async_api import Browser, Page, async_playwright, expect

pytestmark = [pytest.mark.feature("O5"), pytest.mark.feature("T10")]
CHROMIUM = "/usr/bin/chromium"
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
ALLOW = "Câu hỏi của trình duyệt ở góc trên bên trái, nút Cho phép"


@pytest.fixture
def with_tls() -> bool:
    return True


@pytest.fixture
def look(front: Any, with_tls: bool, look: Look) -> Look:
    return Look(support=look.support, public_url=front.site) if with_tls else look


@pytest.fixture
def site(front: Any, with_tls: bool, server: Any) -> str:
    """The gateway as people reach it."""
    front.behind = urlsplit(server.address).port or 0
    return str(front.site) if with_tls else f"http://truong.example:{front.behind}"


@pytest.fixture
async def browser(site: str) -> AsyncIterator[Browser]:
    """The gateway's place is the internet. Without a window Chromium's question is answered with Block."""
    place = f"--ip-address-space-overrides=127.0.0.1:{urlsplit(site).port}=public"
    flags = [*QUIET, "--host-resolver-rules=MAP *.example 127.0.0.1", place]
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        await opened.close()


@pytest.fixture
async def page(site: str, with_tls: bool, with_token: Any, at_agent: Any) -> Page:
    """The teacher's list with its dialog open; the token is plugged in."""
    with_token.plug()
    opened: Page = await at_agent(with_token.caller, ignore_https_errors=True)
    name = "__Host-hocba" if with_tls else "hocba"
    cookie = {"name": name, "value": with_token.caller.token, "url": site, "secure": with_tls}
    await opened.context.add_cookies([cookie])  # type: ignore[list-item]
    await opened.goto(site + with_token.address)
    return opened


async def test_blocked_is_shown_and_signing_goes_on_once_it_is_allowed(page, site, with_token, run_agent, advised):
    agent = await run_agent(site=site)
    await page.get_by_role("button", name="Ký học bạ").click()
    step = "Ở mục “Ứng dụng trên thiết bị”, chọn Cho phép."
    await advised(page, "Trình duyệt đang chặn chương trình ký", step, ALLOW)
    assert agent.asked() == []
    await page.context.grant_permissions(["local-network-access"], origin=site)
    await page.get_by_role("button", name="Tìm lại").click()
    await page.locator("[data-agent-ok]:enabled").click()
    await page.get_by_text(f"Ký thành công {len(with_token.signing.transcripts)} học bạ").wait_for()


async def test_a_token_is_registered_once_the_browser_allows_it(page, site, with_token, run_agent, advised):
    about = await with_token.signing.school.admin.ok("GET", f"/school/members/{with_token.person}")
    renewed = with_token.signing.vendor.ca.issue_person(about["name"], about["personal_number"])
    with_token.tokens.tell("only", with_token.tokens.add("moi", renewed, extra=renewed.chain))
    await run_agent(site=site)
    await page.goto(f"{site}/tai-khoan-ky/usb-token")
    step = "Ở mục “Ứng dụng trên thiết bị”, chọn Cho phép."
    await advised(page, "Trình duyệt đang chặn chương trình ký", step, ALLOW)
    await page.context.grant_permissions(["local-network-access"], origin=site)
    await page.get_by_role("button", name="Tìm lại").click()
    await page.locator("#token-agree:enabled").click()
    await page.get_by_text("Đăng ký thành công tài khoản").wait_for()


@pytest.mark.parametrize("with_tls", [False])
async def test_a_page_without_https_is_told_that_it_is_the_page(page, advised):
    await page.get_by_role("button", name="Ký học bạ").click()
    step = "Mở lại trang bằng địa chỉ bắt đầu bằng https://"
    await advised(page, "Trang này chưa mở bằng https", step, ALLOW)
    await expect(page.get_by_role("button", name="Tìm lại")).to_be_visible()
