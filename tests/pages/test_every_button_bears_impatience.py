"""O5: a double click, a second tab, the back button, a line that breaks: decided once, and told what became of it.

Of the pages around signing; the press itself is tried in signing/.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hocba_core.audit import Event
from hocba_gateway.store.schema import audit
from playwright.async_api import Page, expect

pytestmark = pytest.mark.feature("O5")
_signed = sys.modules["hocba_tests_of_signing_over_http"]
REASON = "Sai điểm môn Toán"
OLD, NEW, OTHER = "mat-khau-cua-so-99", "một câu ngắn dễ nhớ", "một câu khác hẳn thế"

Noted = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
def noted(server: Any, school: Any) -> Noted:
    """noted(event): facts of each such line in the school's audit."""

    async def read(event: Event) -> list[Any]:
        async with server.gateway.scoped(school.id).read() as tx:
            found = await tx.rows(audit.select().where(tx.of(audit), audit.c.event == event.value))
        return [row.facts for row in found]

    return read


async def second_tab(page: Page) -> Page:
    opened = await page.context.new_page()
    await opened.goto(page.url)
    return opened


async def press_in_both(first: Page, second: Page, press: Callable[[Page], Awaitable[None]]) -> None:
    """In one moment; each then says something, in green or in red."""
    await asyncio.gather(press(first), press(second))
    for page in (first, second):
        await page.locator(".message").first.wait_for()


async def wrongs(*pages: Page) -> int:
    return sum([await page.locator(".message-wrong").count() for page in pages])


# --- 2.6: what was returned ----------------------------------------------------------------------------


@pytest.fixture
async def returned(school: Any, transcripts: list[str], enter: Any) -> Page:
    """The administrator's list of five."""
    await school.admin.ok("POST", "/transcripts/hold", {"transcripts": transcripts, "reason": REASON})
    page: Page = await enter(school.admin, "/tra-lai")
    return page


async def decide(page: Page, button: str) -> Any:
    await page.get_by_label("Chọn tất cả (5)").check()
    await page.get_by_role("button", name=button).click()
    return page.locator("dialog[open]").get_by_role("button", name="OK")


@pytest.mark.feature("T12")
@pytest.mark.parametrize(
    ("button", "event", "said"),
    [
        ("Từ chối hủy", Event.RELEASED, "Đã từ chối hủy 5 học bạ."),
        ("Hủy học bạ", Event.VOIDED, "Đã hủy 5 học bạ."),
    ],
)
async def test_voided_or_given_back_once_and_back_shows_nothing_old(returned, noted, button, event, said):
    await (await decide(returned, button)).dblclick()
    await returned.get_by_text(said).wait_for()
    assert len(await noted(event)) == 1
    await returned.get_by_role("link", name="Việc của tôi").click()
    await returned.go_back()
    await returned.get_by_text("Không có học bạ nào bị trả lại.").wait_for()


@pytest.mark.feature("T12")
async def test_the_same_is_voided_in_two_tabs_at_once(returned, noted):
    other = await second_tab(returned)
    for page in (returned, other):
        await decide(page, "Hủy học bạ")
    await press_in_both(
        returned, other, lambda page: page.locator("dialog[open]").get_by_role("button", name="OK").click()
    )
    assert await wrongs(returned, other) == 1
    assert len(await noted(Event.VOIDED)) == 1


@pytest.mark.feature("T12")
async def test_a_broken_line_is_said_in_the_dialog_and_the_same_press_goes_again(returned, noted, find_barriers):
    ok = await decide(returned, "Từ chối hủy")
    await returned.context.set_offline(True)
    await ok.click()
    dialog = returned.get_by_role("dialog")
    await dialog.get_by_text("Không kết nối được máy chủ.").wait_for()
    assert await find_barriers(returned) == []
    await returned.context.set_offline(False)
    await ok.click()
    await returned.get_by_text("Đã từ chối hủy 5 học bạ.").wait_for()
    assert len(await noted(Event.RELEASED)) == 1


# --- 1.3: accounts and rights --------------------------------------------------------------------------


@pytest.fixture
async def approving(school: Any, vendor: Any, enter: Any) -> Page:
    """One account of 6A's homeroom teacher waits for the leader."""
    settings = {"settings": dict(vendor.settings())}
    await school.admin.ok("PUT", f"/years/{_signed.YEAR}/vendors/viettel_mysign", settings)
    teacher, leader = school.people["6A"], school.people["leader"]
    about = await school.admin.ok("GET", f"/school/members/{teacher.me['person']}")
    await _signed.register(teacher, vendor.add_person(about["name"], about["personal_number"]).user)
    rights = {"rights": ["duyet_tai_khoan"]}
    await school.admin.ok("PUT", f"/school/members/{leader.me['person']}/rights", rights)
    page: Page = await enter(leader, "/duyet-tai-khoan?trang-thai=waiting")
    return page


async def judge(page: Page, button: str, reason: str = "") -> None:
    await page.get_by_label("Chọn tất cả (1)").check()
    await page.get_by_role("button", name=button).click()
    if reason:
        await page.locator("dialog[open]").get_by_label("Lý do").fill(reason)


def ok_of(page: Page) -> Any:
    return page.locator("dialog[open]").get_by_role("button", name="OK")


@pytest.mark.feature("A6")
async def test_an_account_is_rejected_once(approving, noted):
    await judge(approving, "Từ chối tài khoản", "Chứng thư số của năm trước")
    await ok_of(approving).dblclick()
    await approving.get_by_text("Đã từ chối 1 tài khoản.").wait_for()
    assert [one["state"] for one in await noted(Event.SIGNING_ACCOUNT_DECIDED)] == ["rejected"]


@pytest.mark.feature("A6")
async def test_who_decided_first_has_decided_and_the_other_tab_is_told_where_it_is_seen(approving, noted):
    other = await second_tab(approving)
    await judge(approving, "Duyệt tài khoản đăng ký")
    await judge(other, "Từ chối tài khoản", REASON)
    await ok_of(approving).click()
    await approving.get_by_text("Đã duyệt 1 tài khoản.").wait_for()
    await ok_of(other).click()
    await other.get_by_role("dialog").locator(".message-wrong").wait_for()
    assert [one["state"] for one in await noted(Event.SIGNING_ACCOUNT_DECIDED)] == ["approved"]
    await other.reload()
    await expect(other.locator("[data-tick]")).to_have_count(0)


@pytest.mark.feature("A7")
async def test_a_right_is_given_once_and_an_old_tab_changes_only_what_it_says(school, enter, noted):
    page = await enter(school.admin, "/duyet-tai-khoan")
    before = len(await noted(Event.RIGHTS_CHANGED))
    other = await second_tab(page)
    name = (await school.admin.ok("GET", f"/school/members/{school.people['6A'].me['person']}"))["name"]
    for tab in (page, other):
        await tab.get_by_role("button", name=f"Quản lý chữ ký của {name}").click()
        sheet = tab.get_by_role("dialog", name=name)
        await sheet.get_by_label("Ký phát hành").check()
        await sheet.get_by_role("button", name="Lưu").dblclick()
        await tab.get_by_text("Đã lưu.").wait_for()
    assert len(await noted(Event.RIGHTS_CHANGED)) == before + 1


# --- a transcript: proposed to be voided, another signer -------------------------------------------------


@pytest.mark.feature("T11")
async def test_a_transcript_is_handed_back_once_from_two_tabs(school, transcripts, enter, noted):
    page = await enter(school.people["6A"], f"/hoc-ba/{transcripts[0]}")
    other = await second_tab(page)
    for tab in (page, other):
        await tab.get_by_role("button", name="Đề xuất hủy").click()
        await tab.get_by_label("Lý do (bắt buộc)").fill(REASON)
    await press_in_both(page, other, lambda tab: tab.get_by_role("button", name="Xác nhận").dblclick())
    assert await wrongs(page, other) == 1
    assert len(await noted(Event.HELD)) == 1


@pytest.mark.feature("T23")
async def test_a_signer_is_replaced_once_from_two_tabs(school, transcripts, enter, noted):
    page = await enter(school.admin, f"/hoc-ba/{transcripts[0]}")
    await page.get_by_role("link", name="Thay người ký").first.click()
    choice = page.get_by_label("Người ký thay")
    await choice.wait_for()
    other = await second_tab(page)
    for tab in (page, other):
        await tab.get_by_label("Người ký thay").select_option(index=1)
        await tab.get_by_text("Thay ở mọi học bạ lớp 6A").click()
    await press_in_both(page, other, lambda tab: tab.get_by_role("button", name="Thay người ký").dblclick())
    assert await wrongs(page, other) == 1
    assert len(await noted(Event.SIGNER_REPLACED)) == 1


# --- one's own password --------------------------------------------------------------------------------


async def fill(page: Page, old: str, new: str) -> None:
    await page.get_by_label("Mật khẩu đang dùng").fill(old)
    await page.get_by_label("Mật khẩu mới", exact=True).fill(new)
    await page.get_by_label("Nhập lại mật khẩu mới").fill(new)


async def change(page: Page) -> None:
    await page.get_by_role("button", name="Đổi mật khẩu").dblclick()


@pytest.mark.feature("S5")
async def test_a_password_is_changed_once_and_the_other_tab_has_to_log_in(server, empty, enter):
    page = await enter(empty.officer, "/mat-khau")
    other = await second_tab(page)
    await fill(page, OLD, NEW)
    await fill(other, OLD, OTHER)
    await change(page)
    await page.get_by_text("Đã đổi mật khẩu.").wait_for()
    await change(other)
    await other.get_by_label("Tên đăng nhập").wait_for()
    await page.go_back()
    await page.reload()
    await page.get_by_label("Tên đăng nhập").wait_for()
    assert (await server.log_in("so-99", NEW)).token
