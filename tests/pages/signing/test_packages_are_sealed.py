"""T15, T21 in a browser: packages of a class that wait for the seal are signed by whoever holds the school's token."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hocba_agent.testing.tokens import PIN
from hocba_core.clock import system_clock
from hocba_reception_portal.settings import KEY
from hocba_reception_portal.simulator import Simulator as Portal
from playwright.async_api import expect

bring_seal = sys.modules["hocba_tests_of_signing_over_http"].bring_seal
pytestmark = pytest.mark.feature("T15")


@pytest.fixture
async def portal(server: Any, signing: Any) -> AsyncIterator[Portal]:
    """Where the school's office lets packages go; it wants them sealed."""
    opened = Portal(clock=system_clock, trust=server.gateway.desk.trust)
    await opened.start()
    await signing.school.officer.ok("PUT", "/department/portal", {"portal": KEY, "settings": dict(opened.settings())})
    yield opened
    await opened.stop()


@pytest.fixture
async def packed(approved: Any, portal: Portal) -> Any:
    """6A is signed, sealed and completed; its package waits."""
    await bring_seal(approved)
    for kind in ("gvbm", "gvcn", "cbql"):
        await approved.step(kind)
    await approved.seal_all("leader", "phat-hanh", approved.transcripts)
    admin = approved.school.admin
    await admin.ok("POST", "/transcripts/complete", {"transcripts": approved.transcripts})
    made = await admin.ok("POST", f"/classes/{approved.school.classes['6A']}/packages")
    assert made["needs_seal"] and len(made["packages"]) == 1
    return approved


async def package_of(packed: Any) -> Any:
    (package,) = (await packed.school.admin.ok("GET", "/packages"))["packages"]
    return package


async def test_from_home_to_the_portal_in_one_pin(packed, portal, tokens, at_agent, run_agent, find_barriers):
    tokens.add("truong", packed.seal)
    agent = await run_agent(pin=(PIN,))
    page = await at_agent(packed.caller("leader"))
    waiting = page.get_by_role("listitem").filter(has_text="1 gói tin lớp 6A chờ ký")
    await waiting.get_by_role("link", name="Ký phát hành").click()
    await page.get_by_role("heading", name="Nhà trường ký gói tin").wait_for()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody tr")).to_contain_text("6A", use_inner_text=True)
    assert await find_barriers(page) == []
    await page.get_by_role("button", name="Ký phát hành").click()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_text("1 gói tin, lớp 6A").wait_for()
    await dialog.get_by_text("1 lần nhập mã PIN").wait_for()
    await page.locator("[data-agent-ok]:enabled").dblclick()
    await dialog.get_by_text("Ký thành công 1 gói tin").wait_for()
    assert await find_barriers(page) == []
    assert len(tokens.calls("sign")) == 1
    assert [one["kind"] for one in agent.asked()] == ["consent", "pin"]
    await dialog.get_by_role("button", name="Đóng").click()
    await page.get_by_text("Không có gì chờ ký ở bước này.").wait_for()
    await page.get_by_role("link", name="Đã ký 1").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    while (await package_of(packed))["state"] != "Đã gửi":
        await page.wait_for_timeout(50)
    assert set(portal.held) == set(packed.transcripts)


async def test_a_package_taken_apart_meanwhile_is_said_and_nobody_is_asked(packed, tokens, at_agent, run_agent):
    """T21: the dialog stood open while the administrator took the package apart."""
    tokens.add("truong", packed.seal)
    agent = await run_agent()
    page = await at_agent(packed.caller("leader"), f"/ky/goi?lop={packed.school.classes['6A']}")
    await page.get_by_role("button", name="Ký phát hành").click()
    await page.locator("[data-agent-ok]:enabled").wait_for()
    await packed.school.admin.ok("DELETE", f"/packages/{(await package_of(packed))['id']}")
    await page.locator("[data-agent-ok]").click()
    await page.get_by_text("Gói tin này đã được quản trị viên tách ra, không còn chờ ký.").wait_for()
    assert agent.asked("pin") == []
    await page.reload()
    await page.get_by_text("Không có gì chờ ký ở bước này.").wait_for()


@pytest.mark.feature("T21")
async def test_who_may_not_seal_is_told_which_right_it_takes(packed, enter):
    page = await enter(packed.caller("6A"), "/ky/goi")
    await page.get_by_role("heading", name="Không có quyền").wait_for()
    await expect(page.get_by_role("alert")).to_contain_text("Ký phát hành", use_inner_text=True)
