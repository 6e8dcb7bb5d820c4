"""A5, A6, A7, A10: an account registered at a vendor, changed, approved, rejected; every state in words."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from playwright.async_api import expect

_signed = sys.modules["hocba_tests_of_signing_over_http"]


@pytest.fixture
async def newcomer(school: Any, vendor: Any) -> Any:
    """A homeroom teacher without an account, and what they buy at the vendor."""
    settings = {"settings": dict(vendor.settings())}
    await school.admin.ok("PUT", f"/years/{_signed.YEAR}/vendors/viettel_mysign", settings)
    return school.people["6A"]


async def bought(school: Any, vendor: Any, caller: Any) -> str:
    about = await school.admin.ok("GET", f"/school/members/{caller.me['person']}")
    return str(vendor.add_person(about["name"], about["personal_number"]).user)


async def register(page: Any, user: str) -> None:
    await page.get_by_role("link", name="Viettel MySign").click()
    await page.get_by_label("Tài khoản MySign").fill(user)
    await page.get_by_role("button", name="Lấy chứng thư số").click()


@pytest.mark.feature("A5")
async def test_a_teacher_registers_at_the_vendor_and_reads_where_it_stands(school, vendor, newcomer, enter):
    user = await bought(school, vendor, newcomer)
    page = await enter(newcomer, "/tai-khoan-ky")
    await expect(page.locator(".big-state")).to_contain_text("Chưa đăng ký tài khoản", use_inner_text=True)
    await page.get_by_role("link", name="Đăng ký tài khoản ký").click()
    await register(page, "CMT_099000000000")
    wrong = page.get_by_role("alert")
    await expect(wrong).to_contain_text("Lỗi: Thông tin thẻ không tồn tại hoặc không đúng", use_inner_text=True)
    await expect(page.get_by_label("Tài khoản MySign")).to_have_value("CMT_099000000000")
    await page.get_by_label("Tài khoản MySign").fill(user)
    await page.get_by_role("button", name="Lấy chứng thư số").dblclick()
    await page.get_by_role("button", name="Đồng ý").dblclick()
    await page.get_by_text("Đăng ký thành công tài khoản").wait_for()
    await expect(page.locator(".big-state")).to_contain_text("Đã đăng ký, chờ duyệt", use_inner_text=True)
    standing = await newcomer.ok("GET", f"/years/{_signed.YEAR}/signing-accounts/mine")
    assert len(standing["own"]["history"]) == 1
    assert user.removeprefix("CMT_") not in page.url


@pytest.mark.feature("A5")
async def test_somebody_elses_certificate_cannot_be_chosen_and_the_reason_stands_there(school, vendor, newcomer, enter):
    user = await bought(school, vendor, school.people["7A"])
    page = await enter(newcomer, "/tai-khoan-ky/dang-ky")
    await register(page, user)
    card = page.locator(".certificate")
    await expect(card).to_contain_text("Chứng thư số không phải của thầy cô", use_inner_text=True)
    await expect(card.get_by_role("radio")).to_be_disabled()
    await expect(page.get_by_role("button", name="Đồng ý")).to_have_count(0)


@pytest.mark.feature("A5")
async def test_anothers_session_is_not_there(school, vendor, newcomer, server):
    user = await bought(school, vendor, newcomer)
    body = {"year": _signed.YEAR, "provider": "viettel_mysign", "fields": {"user_id": user}}
    session = (await newcomer.ok("POST", "/vendor-sessions", body))["session"]
    headers = {"Cookie": f"hocba={school.people['7A'].token}"}
    async with server.http.get(f"{server.address}/tai-khoan-ky/chung-thu/{session}", headers=headers) as answer:
        assert answer.status == 404


@pytest.mark.feature("A6")
@pytest.mark.feature("A10")
async def test_the_approver_decides_and_the_old_account_signs_until_then(school, vendor, newcomer, enter):
    first = await _signed.register(newcomer, await bought(school, vendor, newcomer))
    leader = school.people["leader"]
    rights = {"rights": ["duyet_tai_khoan"]}
    await school.admin.ok("PUT", f"/school/members/{leader.me['person']}/rights", rights)
    page = await enter(leader, "/duyet-tai-khoan?trang-thai=waiting")
    approve = page.get_by_role("button", name="Duyệt tài khoản đăng ký")
    await expect(approve).to_be_disabled()
    await page.get_by_label("Chọn tất cả (1)").check()
    await approve.click()
    await page.locator("#approve").get_by_role("button", name="OK").dblclick()
    await page.get_by_text("Đã duyệt 1 tài khoản.").wait_for()
    await expect(page.get_by_label("Trạng thái tài khoản")).to_have_value("waiting")

    vendor._identities.clear()  # the vendor renewed the certificate
    second = await _signed.register(newcomer, next(iter(vendor.people)))
    assert first != second
    mine = await enter(newcomer, "/tai-khoan-ky")
    words = await mine.locator("main").inner_text()
    assert "Đã duyệt tài khoản" in words and "Tài khoản cũ vẫn ký được" in words
    await page.goto(page.url.partition("?")[0] + "?trang-thai=waiting")
    await expect(page.locator("tbody")).to_contain_text("Xin đổi tài khoản, chờ duyệt", use_inner_text=True)
    await page.get_by_label("Chọn tất cả (1)").check()
    await page.get_by_role("button", name="Từ chối tài khoản").click()
    sheet = page.locator("#reject")
    await sheet.get_by_role("button", name="OK").click()
    await expect(page.locator(".message-wrong")).to_have_count(1)  # without a reason it is refused, and the page stays
    await sheet.get_by_label("Lý do").fill("Chứng thư số của năm trước")
    await sheet.get_by_role("button", name="OK").click()
    await page.get_by_text("Đã từ chối 1 tài khoản.").wait_for()
    await mine.reload()
    await expect(mine.locator("main")).to_contain_text("Thầy cô ký học bạ bằng tài khoản này", use_inner_text=True)


@pytest.mark.feature("A7")
async def test_the_right_to_seal_is_ticked_and_unticked(school, newcomer, enter):
    page = await enter(school.admin, "/duyet-tai-khoan?trang-thai=none")
    person = newcomer.me["person"]
    name = (await school.admin.ok("GET", f"/school/members/{person}"))["name"]
    for ticked in (True, False):
        await page.get_by_role("button", name=f"Quản lý chữ ký của {name}").click()
        sheet = page.get_by_role("dialog", name=name)
        await sheet.get_by_label("Ký phát hành").set_checked(ticked)
        await sheet.get_by_role("button", name="Lưu").click()
        await page.get_by_text("Đã lưu.").wait_for()
        held = (await school.admin.ok("GET", f"/school/members/{person}"))["rights"]
        assert held == (["ky_phat_hanh"] if ticked else [])
        await expect(page.get_by_label("Trạng thái tài khoản")).to_have_value("none")
        await page.locator(".message-close").click()
