"""T10 where the gateway stands on the internet: Firefox lets its pages reach this PC's agent only when allowed to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hocba_gateway.web.pages.look import Look
from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.feature("O5"), pytest.mark.feature("T10")]


@pytest.fixture
def look(front: Any, look: Look) -> Look:
    return Look(support=look.support, public_url=front.site)


@pytest.fixture
def has_blocked() -> bool:
    """Has the person pressed Block before?"""
    return True


@pytest.fixture
def preferences(front: Any, has_blocked: bool, preferences: dict[str, Any]) -> dict[str, Any]:
    """The gateway's place is the internet, whose pages Firefox asks about; from 154 on by itself."""
    blocked = f"data:,origin%09loopback-network%092%09{front.site}%0A"
    return preferences | {
        "network.dns.localDomains": f"{urlsplit(front.site).hostname},{preferences['network.dns.localDomains']}",
        "network.lna.address_space.public.override": f"127.0.0.1:{urlsplit(front.site).port}",
        "network.lna.enabled": True,
        "network.lna.blocking": True,
        "network.lna.websocket.enabled": True,
        "permissions.isolateBy.userContext": False,
        "permissions.manager.defaultsUrl": blocked if has_blocked else "",
    }


@pytest.fixture
def browser(firefox: Browser) -> Browser:
    return firefox


@pytest.fixture
async def dialog(with_token: Any, front: Any, server: Any, at_agent: Any) -> Page:
    """The signing dialog on the site, with the token plugged in."""
    front.behind = urlsplit(server.address).port or 0
    with_token.plug()
    page: Page = await at_agent(with_token.caller, ignore_https_errors=True)
    cookie = {"name": "__Host-hocba", "value": with_token.caller.token, "url": front.site, "secure": True}
    await page.context.add_cookies([cookie])  # type: ignore[list-item]
    await page.goto(front.site + with_token.address)
    await page.get_by_role("button", name="Ký học bạ").click()
    return page


async def allow(page: Page, site: str) -> None:
    await page.context.grant_permissions(["local-network-access"], origin=site)


async def sign(page: Page, count: int) -> None:
    await page.get_by_text("Đã thấy USB Token của").wait_for()
    await page.locator("[data-agent-ok]:enabled").click()
    await page.get_by_text(f"Ký thành công {count} học bạ").wait_for()


async def test_blocked_is_shown_and_signing_goes_on_once_it_is_allowed(run_agent, front, dialog, with_token, advised):
    agent = await run_agent(site=front.site)
    step, picture = "chọn Cho phép", "Câu hỏi của trình duyệt ở góc trên bên trái, nút Cho phép"
    await advised(dialog, "Trình duyệt đang chặn chương trình ký", step, picture)
    assert agent.asked() == []
    await allow(dialog, front.site)
    await dialog.get_by_role("button", name="Tìm lại").click()
    await sign(dialog, len(with_token.signing.transcripts))


@pytest.mark.parametrize("has_blocked", [False])
async def test_while_firefox_asks_the_page_says_where_and_goes_on_with_the_answer(
    run_agent, front, has_blocked, dialog, with_token
):
    await run_agent(site=front.site)
    await dialog.get_by_role("button", name="Tìm lại").click()
    await dialog.get_by_text("Nếu trình duyệt hỏi ở góc trên bên trái, hãy bấm Cho phép.").wait_for()
    await allow(dialog, front.site)
    await sign(dialog, len(with_token.signing.transcripts))
