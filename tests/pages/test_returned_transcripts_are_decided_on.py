"""T12, T22: "2.6. Quản lý hủy học bạ", one, many, all of the filter; every confirmation has [OK] and [Hủy]."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect


@pytest.fixture
async def held(school: Any, transcripts: list[str]) -> list[str]:
    """Five transcripts of 6A, all returned."""
    await school.admin.ok("POST", "/transcripts/hold", {"transcripts": transcripts, "reason": "Sai điểm <b>Toán</b>"})
    return transcripts


async def states(school: Any) -> list[str]:
    room = school.classes["6A"]
    return [
        one["state"] for one in (await school.admin.ok("GET", f"/classes/{room}/transcripts?voided=1"))["transcripts"]
    ]


@pytest.mark.feature("T12")
@pytest.mark.feature("T22")
async def test_one_is_voided_and_the_others_go_on(school, held, enter):
    page = await enter(school.admin, "/tra-lai")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(5)
    await expect(rows.first).to_contain_text("Sai điểm <b>Toán</b>", use_inner_text=True)
    void = page.get_by_role("button", name="Hủy học bạ")
    await expect(void).to_be_disabled()
    await rows.first.get_by_role("checkbox").check()
    await void.click()
    sheet = page.get_by_role("dialog", name="Đồng ý xác nhận hủy học bạ?")
    await expect(sheet).to_contain_text("Số học bạ: 1", use_inner_text=True)
    await sheet.get_by_role("button", name="Hủy", exact=True).click()
    assert (await states(school)).count("Đã hủy") == 0
    await void.click()
    await sheet.get_by_role("button", name="OK").dblclick()
    await page.get_by_text("Đã hủy 1 học bạ.").wait_for()
    assert sorted(await states(school)) == ["Trả lại"] * 4 + ["Đã hủy"]

    await page.get_by_label("Chọn tất cả (4)").check()
    await page.get_by_role("button", name="Từ chối hủy").click()
    sheet = page.get_by_role("dialog", name="Từ chối hủy học bạ?")
    await expect(sheet).to_contain_text("Số học bạ: 4", use_inner_text=True)
    await sheet.get_by_role("button", name="OK").click()
    await page.get_by_text("Đã từ chối hủy 4 học bạ.").wait_for()
    assert sorted(await states(school)) == ["Chờ ký"] * 4 + ["Đã hủy"]
    await expect(page.locator("main")).to_contain_text("Không có học bạ nào bị trả lại.", use_inner_text=True)


@pytest.mark.feature("T12")
async def test_two_who_decide_at_once_are_told(school, held, enter):
    first, second = await enter(school.admin, "/tra-lai"), await enter(school.admin, "/tra-lai")
    for page, button in ((first, "Từ chối hủy"), (second, "Hủy học bạ")):
        await page.get_by_label("Chọn tất cả (5)").check()
        await page.get_by_role("button", name=button).click()
        await page.locator("dialog[open]").get_by_role("button", name="OK").click()
        await page.locator(".message").wait_for()
    await expect(second.locator(".message-wrong")).to_have_count(1)
    assert set(await states(school)) == {"Chờ ký"}


@pytest.mark.feature("T12")
async def test_all_is_all_of_the_filter(school, held, enter):
    page = await enter(school.admin, "/tra-lai?khoi=7")
    await expect(page.locator("main")).to_contain_text("Không có học bạ nào phù hợp", use_inner_text=True)
    await page.get_by_label("Khối").select_option("6")
    await page.get_by_role("button", name="Lọc").click()
    await expect(page.locator("tbody tr")).to_have_count(5)
    await page.get_by_label("Chọn tất cả (5)").check()
    await expect(page.locator(".bar [data-ticked]")).to_have_text("5", use_inner_text=True)


@pytest.mark.feature("T12")
@pytest.mark.feature("T22")
async def test_the_filter_stays_after_a_decision_and_its_class_as_long_as_it_is_in_the_list(school, held, enter):
    room = school.classes["6A"]
    page = await enter(school.admin, f"/tra-lai?khoi=6&lop={room}")
    for button, said in (("Từ chối hủy", "Đã từ chối hủy 1 học bạ."), ("Hủy học bạ", "Đã hủy 1 học bạ.")):
        await page.locator("tbody tr").first.get_by_role("checkbox").check()
        await page.get_by_role("button", name=button).click()
        await page.locator("dialog[open]").get_by_role("button", name="OK").click()
        await page.get_by_text(said).wait_for()
        await expect(page.get_by_label("Khối")).to_have_value("6")
        await expect(page.get_by_label("Lớp")).to_have_value(room)
    await page.goto(page.url.partition("?")[0] + "?khoi=7&lop=khong-con")
    await expect(page.get_by_label("Khối")).to_have_value("7")
    await expect(page.get_by_label("Lớp")).to_have_value("")
