"""Pages in Debian's browsers, against the whole gateway behind its real server, with people and a vendor's phones.

The school and its people are those of tests/gateway/web: its fixtures are taken from there.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hocba_gateway.web.pages.look import Look
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

TESTS = Path(__file__).parents[1]
CHROMIUM, FIREFOX = "/usr/bin/chromium", "/usr/bin/firefox-esr"
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
WIDE, NARROW = (1366, 768), (390, 844)
PATIENCE = 30_000  # milliseconds; for a machine on which everything else runs at once
FIRST_START = 120_000
expect.set_options(timeout=PATIENCE)
AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text(encoding="utf-8")
_LOOK = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`)"""
NOBODY_LISTENS = "CORS request did not succeed"
"""What Firefox writes among a script's errors when a port that was looked at for an agent is closed."""
SUPPORT = "1900 6088, giờ hành chính các ngày làm việc"


def _taken(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TESTS / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_web = _taken("hocba_tests_of_the_web", "gateway/web/conftest.py")
_signed = _taken("hocba_tests_of_signing_over_http", "gateway/web/test_a_class_is_signed_over_http.py")
for _module in (_web, _signed):  # fixtures of the second come in place of the first's
    globals().update({name: made for name, made in vars(_module).items() if hasattr(made, "_fixture_function_marker")})


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Pages are tried on SQLite; what lies behind them is tested on both databases where it stands."""
    return f"sqlite:///{tmp_path / 'hocba.sqlite'}"


@pytest.fixture
def look() -> Look:
    return Look(support=SUPPORT)


@pytest.fixture
def vendors() -> tuple[str, ...]:
    return ("viettel_mysign", "sandbox")


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        await browser.close()


@pytest.fixture
def preferences() -> dict[str, Any]:
    """Of Firefox, besides Playwright's own: the only host that it still asks for at its start is this PC."""
    return {"network.dns.localDomains": "firefox.settings.services.mozilla.com"}


@pytest.fixture
async def firefox(preferences: dict[str, Any]) -> AsyncIterator[Browser]:
    """Debian's, spoken to by WebDriver BiDi, with a profile that is thrown away."""
    async with async_playwright() as playwright:
        browser = await playwright.firefox.launch(
            channel="moz-firefox", executable_path=FIREFOX, firefox_user_prefs=preferences, timeout=FIRST_START
        )
        yield browser
        await browser.close()


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """What pages are opened in; a module may say another."""
    return chromium


Enter = Callable[..., Awaitable[Page]]


@pytest.fixture
async def enter(server: Any, browser: Browser) -> AsyncIterator[Enter]:
    """enter(caller, path): a browser of one's own, logged in as that caller (None: nobody).

    A script that fails, or a policy that blocks something, fails the test in the end.
    """
    wrong: list[str] = []
    contexts: list[BrowserContext] = []

    async def open_one(caller: Any, path: str = "/", size: tuple[int, int] = WIDE, **options: Any) -> Page:
        context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="vi-VN", **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if caller is not None:
            await context.add_cookies([{"name": "hocba", "value": caller.token, "url": server.address}])
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)) if NOBODY_LISTENS not in str(error) else None)
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        await page.goto(server.address + path)
        return page

    yield open_one
    for context in contexts:
        await context.close()
    assert not wrong


@pytest.fixture
def find_barriers() -> Callable[[Page], Awaitable[Sequence[str]]]:
    """What axe-core calls serious or critical on the page as it stands."""

    async def look(page: Page) -> Sequence[str]:
        await page.evaluate(AXE)
        found: Sequence[str] = await page.evaluate(_LOOK)
        return found

    return look
