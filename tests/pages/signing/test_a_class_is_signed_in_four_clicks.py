"""T5–T7, T9, T22: from "Việc của tôi" to signed transcripts, by everybody of a class, as a tired person would."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from hocba_core.testing.phone import Mood
from hocba_gateway.store.schema import slots
from playwright.async_api import expect


@pytest.mark.feature("T5")
@pytest.mark.feature("T9")
async def test_four_clicks_and_one_phone(approved, teachers, enter, nothing_doubled):
    person = teachers[0]
    page = await enter(approved.caller(person))
    await page.get_by_role("link", name="Ký học bạ").click()  # 1
    await page.get_by_role("button", name="Ký học bạ").click()  # 2
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_role("heading", name="Bạn có chắc chắn muốn ký học bạ?").wait_for()
    said = await dialog.inner_text()
    assert "2 học bạ, lớp 6A" in said
    assert "1 lần xác nhận trên điện thoại" in said
    assert "Viettel MySign" in said and "…" in said, "the number is masked"
    await dialog.get_by_role("button", name="OK").click()  # 3
    await dialog.get_by_text("Ký thành công 2 học bạ").wait_for()
    await expect(dialog.locator(".state-signed")).to_have_count(2)
    await dialog.get_by_role("button", name="Đóng").click()  # 4
    await page.get_by_text("Không có gì chờ ký ở bước này.").wait_for()
    await page.get_by_role("link", name="Đã ký 2").click()
    await expect(page.locator("tbody tr")).to_have_count(2)
    await nothing_doubled(approved, person, asked=1)


@pytest.mark.feature("T5")
async def test_five_teachers_sign_at_once_in_their_own_browsers(approved, teachers, enter, rows_of, sign):
    five = teachers[:5]
    assert len(five) == 5
    room = approved.school.classes["6A"]
    pages = await asyncio.gather(*(enter(approved.caller(one), f"/ky/gvbm?lop={room}") for one in five))
    await asyncio.gather(*(sign(page) for page in pages))
    await asyncio.gather(*(page.get_by_text("Ký thành công 2 học bạ").wait_for() for page in pages))
    mine = await rows_of(approved.school.id, slots, slots.c.person_id.in_(five), slots.c.kind == "gvbm")
    assert len(mine) >= 10
    assert all(row.signature is not None for row in mine)
    assert len(approved.vendor.phone.transactions) == 5


@pytest.mark.feature("T6")
@pytest.mark.feature("T7")
async def test_the_next_steps_wait_and_say_for_whom(approved, enter, sign):
    homeroom = await enter(approved.caller("6A"), "/ky/gvcn")
    await homeroom.get_by_text("Không có gì chờ ký ở bước này.").wait_for()
    await homeroom.get_by_role("link", name="Chưa đến lượt 2").click()
    await expect(homeroom.locator("tbody tr .note").first).to_contain_text("Chờ giáo viên bộ môn:", use_inner_text=True)
    await approved.step("gvbm")
    room = approved.school.classes["6A"]
    await homeroom.goto(homeroom.url.partition("/ky/")[0] + f"/ky/gvcn?lop={room}")
    await sign(homeroom)
    await homeroom.get_by_text("Ký thành công 2 học bạ").wait_for()
    leader = await enter(approved.caller("leader"), f"/ky/cbql?lop={room}")
    await sign(leader)
    await leader.get_by_text("Ký thành công 2 học bạ").wait_for()
    await homeroom.get_by_role("button", name="Đóng").click()
    await homeroom.get_by_role("link", name="Đã ký 2").click()
    await expect(homeroom.locator("tbody tr .note").first).to_contain_text(
        "Chờ nhà trường ký phát hành", use_inner_text=True
    )


@pytest.mark.feature("T22")
async def test_filters_stay_in_the_address_and_all_is_what_is_shown(approved, teachers, enter):
    person = teachers[0]
    page = await enter(approved.caller(person), "/ky/gvbm")
    await expect(page.locator("[data-tick]:checked")).to_have_count(0)  # nothing is ticked where no class was chosen
    await page.get_by_label("Lớp").select_option("6A")
    await page.wait_for_url("**lop=*")
    await expect(page.locator("[data-tick]:checked")).to_have_count(2)
    await expect(page.locator(".work-bar")).to_contain_text("Chọn tất cả 2 học bạ", use_inner_text=True)
    await page.get_by_label("Chọn tất cả").uncheck()
    await expect(page.get_by_role("button", name="Ký học bạ")).to_be_disabled()
    await page.locator("[data-tick]").first.focus()
    await page.keyboard.press("Space")
    await expect(page.locator(".work-bar")).to_contain_text("Đã chọn: 1", use_inner_text=True)
    await page.reload()
    assert "lop=" in page.url


@pytest.mark.feature("T11")
async def test_a_signer_proposes_to_void_with_a_reason(approved, teachers, enter):
    page = await enter(approved.caller(teachers[0]), "/ky/gvbm")
    await page.locator("[data-tick]").first.check()
    await page.get_by_role("button", name="Đề xuất hủy").click()
    dialog = page.locator("#hold-dialog")
    await expect(dialog).to_contain_text("Số học bạ đề xuất hủy: 1", use_inner_text=True)
    await dialog.get_by_role("button", name="Xác nhận").click()
    await expect(dialog).to_be_visible()  # no reason, no request
    await dialog.get_by_label("Lý do").fill("Sai điểm học kỳ II")
    await dialog.get_by_role("button", name="Xác nhận").dblclick()
    await page.get_by_text("Đã đề xuất hủy 1 học bạ").wait_for()
    await page.get_by_role("link", name="Trả lại 1").click()
    await expect(page.locator("tbody tr")).to_contain_text("Sai điểm học kỳ II", use_inner_text=True)


@pytest.mark.feature("T9")
async def test_a_press_is_found_again_and_followed_to_its_end(approved, teachers, enter, sign, nothing_doubled):
    """The tab is closed while the phone waits; the home page leads back, and the progress goes on by itself."""
    person, room = teachers[0], approved.school.classes["6A"]
    approved.vendor.phone.will(Mood.IGNORE)
    page = await enter(approved.caller(person), f"/ky/gvbm?lop={room}")
    await sign(page)
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await expect(page.locator("[data-until]")).to_have_text(re.compile(r"[23]:[0-5]\d"))
    await page.close()
    page = await enter(approved.caller(person))
    await page.get_by_role("link", name="Xem tiến trình").click()
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await answer_all(approved, Mood.APPROVE)
    await page.get_by_text("Ký thành công 2 học bạ").wait_for()
    await page.get_by_role("button", name="Đóng").click()
    await page.wait_for_url("**/ky/gvbm")
    await nothing_doubled(approved, person, asked=1)


async def answer_all(signing: Any, mood: Mood) -> None:
    for transaction in list(signing.vendor.phone.transactions):
        signing.vendor.phone.answer(transaction, mood)
