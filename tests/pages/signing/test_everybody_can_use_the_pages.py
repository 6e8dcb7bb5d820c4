"""O5, T22: what axe-core calls serious is on no page and in no dialog of signing, wide or narrow."""

from __future__ import annotations

from typing import Any

import pytest
from hocba_core.testing.phone import Mood
from hocba_sandbox.settings import Behaviour

pytestmark = pytest.mark.feature("T22")
SIZES = ((1366, 768), (390, 844))


async def look(page: Any, find_barriers: Any, where: str) -> None:
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        assert await find_barriers(page) == [], (where, width)
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (where, width, "scrolls sideways")
        lines = "Math.max(0, ...[...document.querySelectorAll('.standing')].map(one => one.getClientRects().length))"
        assert await page.evaluate(lines) <= 3, (where, width, "a state is squeezed")
    await page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})


@pytest.mark.parametrize("behaviour", [Behaviour(verification_code=True)])
async def test_lists_dialogs_and_progress(pretended, enter, find_barriers, forget_sessions):
    page = await enter(pretended.caller, pretended.address)
    await look(page, find_barriers, "list")
    for standing in ("da-ky", "chua-den-luot", "tra-lai"):
        await page.goto(f"{pretended.caller.server.address}{pretended.address}&tt={standing}")
        await look(page, find_barriers, standing)
    await page.goto(f"{pretended.caller.server.address}{pretended.address}")
    await page.get_by_role("button", name="Đề xuất hủy").click()
    await look(page, find_barriers, "hold")
    await page.keyboard.press("Escape")
    await forget_sessions(pretended.signing.school.id)
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.get_by_label("Mật khẩu").wait_for()
    await look(page, find_barriers, "log-in")
    await page.get_by_label("Tài khoản thử nghiệm").fill(pretended.user)
    await page.get_by_label("Mật khẩu").fill(pretended.password)
    pretended.will(Mood.IGNORE)
    await page.get_by_role("button", name="Đăng nhập và ký").click()
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await look(page, find_barriers, "waiting")
    second = await enter(pretended.caller)
    await look(second, find_barriers, "home")
    await second.get_by_role("link", name="Xem tiến trình").click()
    await look(second, find_barriers, "followed")
    for transaction in list(pretended.vendor.phone.transactions):
        pretended.vendor.phone.answer(transaction, Mood.REJECT)
    await page.get_by_role("button", name="Ký lại phần chưa được (4)").wait_for()
    await look(page, find_barriers, "failed")


async def test_by_keyboard_alone(approved, teachers, enter):
    page = await enter(approved.caller(teachers[0]))
    await press_until(page, "a:has-text('Ký học bạ')")
    await page.wait_for_url("**/ky/gvbm?*")
    await press_until(page, "button:has-text('Ký học bạ')")
    await page.locator("#sign-dialog[open]").wait_for()
    await press_until(page, "#sign-dialog button:has-text('OK')")
    await page.get_by_text("Ký thành công 2 học bạ").wait_for()
    await press_until(page, "#sign-dialog [data-leave]")
    await page.get_by_text("Không có gì chờ ký ở bước này.").wait_for()


async def press_until(page: Any, wanted: str) -> None:
    """Tab until it has the focus, then Enter."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.locator(wanted).evaluate("one => one === document.activeElement"):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"{wanted} is not reached by Tab")
