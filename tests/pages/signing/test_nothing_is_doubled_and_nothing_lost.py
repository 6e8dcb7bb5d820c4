"""T9, T10: double clicks, back, two tabs, reload, a line that breaks: one intent, one question to the vendor."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hocba_core.testing.phone import Mood
from hocba_gateway.store.schema import confirmations
from playwright.async_api import expect

pytestmark = pytest.mark.feature("T9")


@pytest.fixture
async def page(approved: Any, teachers: list[str], enter: Any) -> Any:
    """The list of the first teacher, with two transcripts ticked."""
    return await enter(approved.caller(teachers[0]), f"/ky/gvbm?lop={approved.school.classes['6A']}")


async def test_every_button_is_pressed_twice(page, approved, teachers, nothing_doubled):
    await page.get_by_role("button", name="Ký học bạ").dblclick()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_role("button", name="OK").dblclick()
    await dialog.get_by_text("Ký thành công 2 học bạ").wait_for()
    await dialog.get_by_role("button", name="Đóng").dblclick()
    await page.get_by_text("Không có gì chờ ký ở bước này.").wait_for()
    await nothing_doubled(approved, teachers[0], asked=1)


async def test_two_tabs_press_the_same(page, approved, teachers, nothing_doubled, rows_of):
    approved.vendor.phone.will(Mood.IGNORE)
    second = await page.context.new_page()
    await second.goto(page.url)
    for tab in (page, second):
        await tab.get_by_role("button", name="Ký học bạ").click()
        await tab.locator("#sign-dialog").get_by_role("button", name="OK").wait_for()
    await asyncio.gather(
        *(tab.locator("#sign-dialog").get_by_role("button", name="OK").click() for tab in (page, second))
    )
    asked, told = (
        page.get_by_role("heading", name="Chờ xác nhận ký số"),
        page.get_by_text("đang chờ xác nhận ở một lần"),
    )
    await asked.or_(told).first.wait_for()
    await (
        second.get_by_role("heading", name="Chờ xác nhận ký số")
        .or_(second.get_by_text("đang chờ xác nhận ở một lần"))
        .first.wait_for()
    )
    assert len(await rows_of(approved.school.id, confirmations)) == 1
    for transaction in list(approved.vendor.phone.transactions):
        approved.vendor.phone.answer(transaction, Mood.APPROVE)
    winner = page if await asked.count() else second
    await winner.get_by_text("Ký thành công 2 học bạ").wait_for()
    await nothing_doubled(approved, teachers[0], asked=1)


async def test_reload_and_back_while_the_phone_waits(page, approved, teachers, sign, nothing_doubled):
    approved.vendor.phone.will(Mood.IGNORE)
    await sign(page)
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await page.reload()
    await page.get_by_text("Có học bạ đang chờ xác nhận ký số.").wait_for()
    await expect(page.get_by_role("button", name="Ký học bạ")).to_have_count(
        0
    )  # what is being signed is not offered again
    await page.get_by_role("link", name="Xem tiến trình").click()
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await page.go_back()
    await page.go_forward()
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    for transaction in list(approved.vendor.phone.transactions):
        approved.vendor.phone.answer(transaction, Mood.APPROVE)
    await page.get_by_text("Ký thành công 2 học bạ").wait_for()
    await nothing_doubled(approved, teachers[0], asked=1)


async def test_an_old_dialog_that_is_pressed_late_asks_for_what_is_left(page, approved, teachers, sign, rows_of):
    """The dialog stood open on a second tab while the first one signed: nothing is left, and that is said."""
    second = await page.context.new_page()
    await second.goto(page.url)
    await second.get_by_role("button", name="Ký học bạ").click()
    await sign(page)
    await page.get_by_text("Ký thành công 2 học bạ").wait_for()
    dialog = second.locator("#sign-dialog")
    await dialog.get_by_role("button", name="OK").click()
    await dialog.get_by_text("Đã ký rồi, không cần ký lại.").wait_for()
    assert len(await rows_of(approved.school.id, confirmations)) == 1


async def test_a_broken_line_is_said_and_the_same_press_goes_again(page, approved, teachers, nothing_doubled):
    await page.get_by_role("button", name="Ký học bạ").click()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_role("button", name="OK").wait_for()
    await page.context.set_offline(True)
    await dialog.get_by_role("button", name="OK").click()
    await dialog.get_by_text("Không kết nối được máy chủ.").wait_for()
    await page.context.set_offline(False)
    await dialog.get_by_role("button", name="OK").click()
    await dialog.get_by_text("Ký thành công 2 học bạ").wait_for()
    await nothing_doubled(approved, teachers[0], asked=1)


async def test_the_answer_to_the_press_is_lost_and_the_same_press_finds_it(page, approved, teachers, nothing_doubled):
    """The gateway stored and asked; only its answer to the browser was lost."""
    lost = []

    async def lose(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(await route.fetch())
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/ky/gvbm", lose)
    await page.get_by_role("button", name="Ký học bạ").click()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_role("button", name="OK").click()
    await dialog.get_by_text("Không kết nối được máy chủ.").wait_for()
    await dialog.get_by_role("button", name="OK").click()
    await dialog.get_by_text("Ký thành công 2 học bạ").wait_for()
    await nothing_doubled(approved, teachers[0], asked=1)
