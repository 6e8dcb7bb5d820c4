"""S5, T9, T10: a log-in that ends in the middle leads back to the work; what was not stored is never called stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hocba_core.testing.phone import Mood
from playwright.async_api import Page, expect

pytestmark = pytest.mark.feature("S5")
End = Callable[[Any, str], Awaitable[Callable[[Page], Awaitable[None]]]]


@pytest.fixture
def end() -> End:
    """end(signing, person): every log-in of theirs ends; gives what logs in again, on the page that asks for it."""

    async def give_a_new_password(signing: Any, person: str) -> Callable[[Page], Awaitable[None]]:
        made = await signing.school.admin.ok("POST", f"/school/members/{person}/password")

        async def log_in(page: Page) -> None:
            await page.get_by_label("Tên đăng nhập").fill(made["username"])
            await page.get_by_label("Mật khẩu", exact=True).fill(made["password"])
            await page.get_by_role("button", name="Đăng nhập").click()

        return log_in

    return give_a_new_password


@pytest.fixture
async def page(approved: Any, teachers: list[str], enter: Any) -> Page:
    """The list of the first teacher, with two transcripts ticked."""
    made: Page = await enter(approved.caller(teachers[0]), f"/ky/gvbm?lop={approved.school.classes['6A']}")
    return made


@pytest.mark.feature("T9")
@pytest.mark.parametrize("at", ["list", "dialog"])
async def test_a_press_after_the_end_leads_back_to_the_same_list(page, approved, teachers, end, at):
    here = page.url
    button = page.get_by_role("button", name="Ký học bạ")
    if at == "dialog":
        await button.click()
        button = page.locator("#sign-dialog").get_by_role("button", name="OK")
        await button.wait_for()
    log_in = await end(approved, teachers[0])
    await button.click()
    await log_in(page)
    await page.wait_for_url(here)
    await expect(page.locator("[data-tick]:checked")).to_have_count(2)
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("#sign-dialog").get_by_role("button", name="OK").click()
    await page.get_by_text("Ký thành công 2 học bạ").wait_for()


@pytest.mark.feature("T9")
async def test_a_progress_whose_log_in_ended_asks_for_it_and_is_found_again(
    page, approved, teachers, sign, end, server
):
    approved.vendor.phone.will(Mood.IGNORE)
    await sign(page)
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    log_in = await end(approved, teachers[0])
    await page.get_by_label("Tên đăng nhập").wait_for(timeout=60_000)
    await log_in(page)
    await page.wait_for_url(f"{server.address}/lan-ky/*")
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    for transaction in list(approved.vendor.phone.transactions):
        approved.vendor.phone.answer(transaction, Mood.APPROVE)
    await page.get_by_text("Ký thành công 2 học bạ").wait_for()


@pytest.mark.feature("T10")
async def test_values_of_a_token_that_could_not_be_stored_are_not_called_saved(
    with_token, at_agent, run_agent, nothing_doubled, end, server
):
    total = len(with_token.signing.transcripts)
    with_token.plug()
    with_token.tokens.tell("slow", 1000)
    await run_agent()
    page = await at_agent(with_token.caller, with_token.address)
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("[data-agent-ok]:enabled").click()
    await page.locator(".state-signed").first.wait_for()
    log_in = await end(with_token.signing, with_token.person)
    await page.get_by_label("Tên đăng nhập").wait_for()
    with_token.tokens.tell("slow", 0)
    await log_in(page)
    await page.wait_for_url(f"{server.address}/lan-ky/*")
    await page.get_by_text("Còn phần chưa ký.").wait_for()
    await page.get_by_role("button", name="Ký tiếp").click()  # and waits until the token ends the call that it is at
    await page.get_by_text(f"Ký thành công {total} học bạ").wait_for()
    await nothing_doubled(with_token.signing, with_token.person, asked=0)
