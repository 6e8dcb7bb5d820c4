"""T10 where the gateway stands on the internet: Firefox lets its pages reach this PC's agent only when allowed to."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from hocba_gateway.web.pages.look import Look
from playwright.async_api import Browser, expect

tls = sys.modules["hocba_tests_of_the_page_library"].tls
SITE = "truong.example"


class Front:
    """Speaks TLS before the gateway, as a school's web server does."""

    def __init__(self) -> None:
        self.site, self.behind = "", 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_gateway = await asyncio.open_connection("127.0.0.1", self.behind)
        await asyncio.gather(_pass_on(reader, to_gateway[1]), _pass_on(to_gateway[0], writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def front(tls: ssl.SSLContext) -> AsyncIterator[Front]:
    made = Front()
    listening = await asyncio.start_server(made.carry, "127.0.0.1", 0, ssl=tls)
    made.site = f"https://{SITE}:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


@pytest.fixture
def look(front: Front, look: Look) -> Look:
    return Look(support=look.support, public_url=front.site)


@pytest.fixture
def preferences(front: Front, preferences: dict[str, Any]) -> dict[str, Any]:
    """The gateway's place is the internet, and the person has pressed Block there. From 154 on so by default."""
    return preferences | {
        "network.dns.localDomains": f"{SITE},{preferences['network.dns.localDomains']}",
        "network.lna.address_space.public.override": f"127.0.0.1:{urlsplit(front.site).port}",
        "network.lna.enabled": True,
        "network.lna.blocking": True,
        "network.lna.websocket.enabled": True,
        "permissions.isolateBy.userContext": False,
        "permissions.manager.defaultsUrl": f"data:,origin%09loopback-network%092%09{front.site}%0A",
    }


@pytest.fixture
def browser(firefox: Browser) -> Browser:
    return firefox


@pytest.mark.feature("O5")
@pytest.mark.feature("T10")
async def test_blocked_is_told_from_absent_and_signing_goes_on_once_it_is_allowed(
    with_token: Any, front: Front, server: Any, at_agent: Any, run_agent: Any
) -> None:
    front.behind = urlsplit(server.address).port or 0
    with_token.plug()
    agent = await run_agent(site=front.site)
    page = await at_agent(with_token.caller, ignore_https_errors=True)
    cookie = {"name": "__Host-hocba", "value": with_token.caller.token, "url": front.site, "secure": True}
    await page.context.add_cookies([cookie])
    await page.goto(front.site + with_token.address)
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.get_by_role("heading", name="Trình duyệt đang chặn chương trình ký").wait_for()
    await expect(page.locator("[data-agent-ok]")).to_be_disabled()
    assert agent.asked() == []
    await page.context.grant_permissions(["local-network-access"], origin=front.site)
    await page.get_by_role("button", name="Tìm lại").click()
    await page.get_by_text("Đã thấy USB Token của").wait_for()
    await page.locator("[data-agent-ok]:enabled").click()
    await page.get_by_text(f"Ký thành công {len(with_token.signing.transcripts)} học bạ").wait_for()
