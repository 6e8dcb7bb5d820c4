"""The story again in Debian's Firefox: log in, sign a class at MySign and with a token, read what was signed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

pytestmark = pytest.mark.feature("O5")


@pytest.fixture
def browser(firefox: Browser) -> Browser:
    return firefox


async def log_in(page: Page, username: str, password: str) -> None:
    await page.get_by_label("Tên đăng nhập").fill(username)
    await page.get_by_label("Mật khẩu", exact=True).fill(password)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.get_by_role("heading", name="Việc của tôi").wait_for()


@pytest.mark.feature("T5")
@pytest.mark.feature("T9")
async def test_a_teacher_logs_in_and_signs_a_class_at_mysign(approved: Any, teachers, enter, nothing_doubled):
    person = teachers[0]
    account = await approved.school.admin.ok("POST", f"/school/members/{person}/password")
    page = await enter(None, "/login")
    await log_in(page, account["username"], account["password"])
    await page.get_by_role("link", name="Ký học bạ").click()
    await expect(page.locator("[data-tick]:checked")).to_have_count(2)
    await page.get_by_role("button", name="Ký học bạ").click()
    dialog = page.locator("#sign-dialog")
    await expect(dialog).to_contain_text("1 lần xác nhận trên điện thoại", use_inner_text=True)
    await dialog.get_by_role("button", name="OK").dblclick()
    await dialog.get_by_text("Ký thành công 2 học bạ").wait_for()
    await expect(dialog.locator(".state-signed")).to_have_count(2)
    await dialog.get_by_role("button", name="Đóng").click()
    await page.get_by_text("Không có gì chờ ký ở bước này.").wait_for()
    await page.get_by_role("link", name="Đã ký 2").click()
    await expect(page.locator("tbody tr")).to_have_count(2)
    await nothing_doubled(approved, person, asked=1)


@pytest.mark.feature("T10")
async def test_a_token_signs_once_the_agent_is_there(with_token: Any, at_agent, run_agent, nothing_doubled):
    with_token.plug()
    page = await at_agent(with_token.caller, with_token.address)
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.get_by_role("heading", name="Chưa thấy chương trình ký").wait_for()
    picture = page.get_by_role("img", name="Biểu tượng chương trình ký nằm cạnh đồng hồ ở góc dưới bên phải màn hình")
    assert await picture.evaluate("async one => (await one.decode(), one.naturalWidth > 0)")
    await expect(page.locator("[data-agent-ok]")).to_be_disabled()
    agent = await run_agent()
    await page.get_by_role("button", name="Tìm lại").click()
    await page.get_by_text("Đã thấy USB Token của").wait_for()
    await page.locator("[data-agent-ok]:enabled").click()
    await page.get_by_text(f"Ký thành công {len(with_token.signing.transcripts)} học bạ").wait_for()
    assert [one["kind"] for one in agent.asked()] == ["consent", "pin"]
    await nothing_doubled(with_token.signing, with_token.person, asked=0)


@pytest.mark.feature("T3")
async def test_the_form_stands_beside_its_judged_signatures(approved: Any, enter):
    await approved.step("gvbm")
    page = await enter(approved.caller("6A"), f"/hoc-ba/{approved.transcripts[0]}")
    form = page.frame_locator("iframe.form-frame")
    await form.get_by_role("heading", name="Học bạ trung học cơ sở").wait_for()
    assert await form.locator("h1").evaluate("e => getComputedStyle(e).textTransform") == "uppercase"
    needed = await form.locator("main").evaluate("e => e.scrollHeight")
    await page.wait_for_function("n => document.querySelector('iframe.form-frame').clientHeight >= n", arg=needed)
    await expect(page.locator(".verdict")).to_have_text("Các chữ ký đã có đều hợp lệ.", use_inner_text=True)
    await expect(page.locator(".slot-now")).to_contain_text("Đang chờ ký", use_inner_text=True)
    signed = page.locator(".slot-done").first
    await signed.locator("summary").click()
    await expect(signed).to_contain_text("Điểm và nhận xét các môn của giáo viên này", use_inner_text=True)


async def test_a_script_that_fails_and_one_that_is_forbidden_are_told_of(server: Any, browser: Browser):
    """Without this, the silence that the tests above end with would prove nothing."""
    page = await browser.new_page()
    await page.goto(f"{server.address}/login")
    async with page.expect_event("pageerror", lambda error: "nobodyMadeThis" in str(error)):
        await page.evaluate("() => void setTimeout(() => nobodyMadeThis())")
    async with page.expect_event("pageerror", lambda error: "script-src" in str(error)):
        await page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
