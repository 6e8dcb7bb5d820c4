"""T9, T10: a PC that slept or is a day off, Escape while a token signs: the progress stays true and in sight."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hocba_core.clock import system_clock
from hocba_core.testing.phone import Mood
from playwright.async_api import Dialog, Page, expect

MINUTE = 60_000


@pytest.fixture
async def asked(approved: Any, teachers: list[str], enter: Any, sign: Any) -> Page:
    """The page of a press that waits for the phone."""
    approved.vendor.phone.will(Mood.IGNORE)
    page: Page = await enter(approved.caller(teachers[0]), f"/ky/gvbm?lop={approved.school.classes['6A']}")
    await sign(page)
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await page.goto("/".join(page.url.split("/")[:3]))
    await page.get_by_role("link", name="Xem tiến trình").click()
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    return page


@pytest.mark.feature("T9")
@pytest.mark.parametrize("wrong", [timedelta(days=1), timedelta(days=-1)])
async def test_the_servers_clock_counts_the_time_that_is_left(asked, wrong):
    await asked.clock.install(time=system_clock() + wrong)
    await asked.reload()
    left = asked.locator("[data-until]")
    await left.wait_for()
    minutes, seconds = map(int, (await left.inner_text()).split(":"))
    assert timedelta(0) < timedelta(minutes=minutes, seconds=seconds) <= timedelta(minutes=10)


@pytest.mark.feature("T9")
async def test_a_line_that_died_in_silence_is_opened_again(asked, approved):
    lines: list[str] = []
    asked.on("request", lambda one: lines.append(one.url) if one.url.endswith("/dien-bien") else None)
    await asked.clock.install()
    await asked.reload()
    await asked.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await asked.wait_for_function("() => document.querySelector('[data-until]').textContent.length < 6")
    async with asked.expect_request("**/dien-bien"):
        await asked.clock.run_for(2 * MINUTE)
    assert len(lines) >= 2
    await asked.clock.resume()
    for transaction in list(approved.vendor.phone.transactions):
        approved.vendor.phone.answer(transaction, Mood.APPROVE)
    await asked.get_by_text("Ký thành công 2 học bạ").wait_for()


@pytest.mark.feature("T10")
async def test_escape_while_a_token_signs_and_the_choice_to_stay_keeps_the_progress_in_sight(
    with_token, at_agent, run_agent
):
    with_token.plug()
    with_token.tokens.tell("slow", 1000)
    await run_agent()
    page = await at_agent(with_token.caller, with_token.address)
    asked: list[Dialog] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("[data-agent-ok]:enabled").click()
    await page.locator(".state-signed").first.wait_for()
    async with page.expect_event("dialog"):
        await page.keyboard.press("Escape")
    await expect(page.locator("#sign-dialog")).to_be_visible()
    with_token.tokens.tell("slow", 0)
    await page.locator("#sign-dialog .alert-success").wait_for()
    assert [one.type for one in asked] == ["beforeunload"]
