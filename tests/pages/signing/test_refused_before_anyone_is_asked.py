"""T21: each condition that forbids signing is named in the dialog, with who mends it; nobody is asked."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hocba_gateway.store.schema import confirmations, people, signing_accounts
from playwright.async_api import expect

signed = sys.modules["hocba_tests_of_signing_over_http"]
pytestmark = pytest.mark.feature("T21")


async def said(page: Any, button: str = "Ký học bạ") -> str:
    """What the dialog says over what is ticked; there is nothing to press but [Đóng]."""
    await page.reload()
    await page.get_by_role("button", name=button).click()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_role("heading", name="Chưa ký được").wait_for()
    await expect(dialog.get_by_role("button", name="OK")).to_have_count(0)
    text: str = await dialog.inner_text()
    await dialog.get_by_role("button", name="Đóng").click()
    return text


async def change(server: Any, school: str, table: Any, where: Any, **values: Any) -> None:
    async with server.gateway.scoped(school).write() as tx:
        await tx.execute(table.update().where(tx.of(table), where).values(**values))


async def test_a_person_and_the_account(signing, enter, server, rows_of):
    person = next(iter(await signing.waiting("gvbm")))
    school, mine = signing.school.id, signing_accounts.c.person_id == person
    page = await enter(signing.caller(person), f"/ky/gvbm?lop={signing.school.classes['6A']}")
    text = await said(page)
    assert "Tài khoản ký chưa ở trạng thái “Đã duyệt tài khoản”" in text
    assert "Người có quyền duyệt tài khoản ký" in text
    await signed.approve_all(signing)

    await change(server, school, signing_accounts, mine, year="2024-2025")
    assert "Tài khoản ký thuộc năm học khác với học bạ" in await said(page)
    await change(server, school, signing_accounts, mine, year=signed.YEAR, state="replaced")
    text = await said(page)
    assert "Thầy cô chưa đăng ký tài khoản ký" in text and "mục 1.2" in text
    ended = {"state": "approved", "not_after": 1}
    await change(server, school, signing_accounts, mine, **ended)
    text = await said(page)
    assert "Chứng thư số chưa có hiệu lực hoặc đã hết hạn" in text and "Gia hạn chứng thư số" in text

    other = signing.vendor.ca.issue_person("Người Khác", "099999999999")
    far = {"not_after": 2**42, "certificate": other.certificate}
    await change(server, school, signing_accounts, mine, **far)
    assert "Chứng thư số không phải của thầy cô" in await said(page)
    await change(server, school, people, people.c.id == person, personal_number="099999999999")
    await page.reload()
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("#sign-dialog").get_by_role("button", name="OK").wait_for()
    assert await rows_of(school, confirmations) == []


async def test_a_seal_is_the_schools_and_no_persons(approved, enter, server, rows_of):
    for kind in ("gvbm", "gvcn", "cbql"):
        await approved.step(kind)
    school = approved.school.id
    before = len(await rows_of(school, confirmations))
    leader = approved.caller("leader")
    page = await enter(leader, f"/ky/phat-hanh?lop={approved.school.classes['6A']}")
    text = await said(page, "Ký phát hành")
    assert "Nhà trường chưa đăng ký chứng thư số" in text and "Sở GD&ĐT" in text
    await signed.bring_seal(approved)
    schools = signing_accounts.c.person_id.is_(None)
    await change(server, school, signing_accounts, schools, state="pending")
    text = await said(page, "Ký phát hành")
    assert "chưa ở trạng thái “Đã duyệt" in text and "Sở GD&ĐT" in text
    (own, *_) = await rows_of(school, signing_accounts, signing_accounts.c.person_id == leader.me["person"])
    personal = {"state": "approved", "certificate": own.certificate, "chain": own.chain}
    await change(server, school, signing_accounts, schools, **personal)
    assert "Chứng thư số" in await said(page, "Ký phát hành")
    assert len(await rows_of(school, confirmations)) == before


async def test_what_cannot_be_signed_is_left_out_and_named_and_the_rest_goes_on(approved, teachers, enter, sign):
    """One of the two was given back by another teacher while the list stood open."""
    person, other = teachers[:2]
    page = await enter(approved.caller(person), f"/ky/gvbm?lop={approved.school.classes['6A']}")
    back = {"transcripts": [approved.transcripts[0]], "reason": "Sai tên"}
    await approved.caller(other).ok("POST", "/transcripts/hold", back)
    await page.get_by_role("button", name="Ký học bạ").click()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_text("1 học bạ, lớp 6A").wait_for()
    text = await dialog.inner_text()
    assert "1 mục không ký lần này" in text and "“Trả lại”" in text and "Quản trị viên của trường" in text
    await dialog.get_by_role("button", name="OK").click()
    await dialog.get_by_text("Ký thành công 1 học bạ").wait_for()


async def test_pages_of_a_step_are_for_who_has_a_part_in_it(approved, enter, server):
    """The list, the dialog and the press: right and step are asked each time."""
    teacher = approved.caller("teacher")
    page = await enter(teacher, "/ky/phat-hanh")
    await page.get_by_role("heading", name="Không có quyền").wait_for()
    await expect(page.locator("main")).to_contain_text("Ký phát hành", use_inner_text=True)
    await expect(page.get_by_role("link", name="Nhà trường ký phát hành")).to_have_count(0)  # nor is it in the menu
    page = await enter(teacher, "/ky/khong-co")
    await page.get_by_text("Không có địa chỉ này").first.wait_for()
    page = await enter(approved.school.admin, "/ky/gvbm")
    await page.get_by_role("heading", name="Không có quyền").wait_for()
