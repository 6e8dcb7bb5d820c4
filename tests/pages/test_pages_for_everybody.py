"""S5, O5, O6, T22: password, support on every page and error, old browsers, and nothing that axe calls serious."""

from __future__ import annotations

from typing import Any

import pytest
from hocba_gateway.web.pages.table import TABLE
from playwright.async_api import expect

SUPPORT = "1900 6088"


@pytest.mark.feature("O6")
async def test_the_support_line_is_on_every_page_and_every_error(server, school):
    for caller in (None, school.admin, school.people["6A"]):
        headers = {"Cookie": f"hocba={caller.token}"} if caller else {}
        plain = [route.path for route in TABLE if route.method == "GET" and "{" not in route.path]
        for path in (*plain, "/hoc-ba/khong-co", "/khong-co-trang-nay", "/static/khong-co.css", "/tra-lai/huy"):
            wanted = headers | {"Accept": "text/html"}
            async with server.http.get(server.address + path, headers=wanted, allow_redirects=False) as answer:
                if answer.status not in (303, 200) or answer.content_type == "text/html":
                    text = await answer.text()
                    assert answer.status == 303 or SUPPORT in text, (path, answer.status)
                    assert answer.status == 303 or answer.content_type == "text/html", path


@pytest.mark.feature("O5")
async def test_a_browser_without_scripts_is_told_what_to_do(school, enter):
    page = await enter(None, "/login", java_script_enabled=False)
    told = page.locator(".old-browser")
    await expect(told).to_contain_text("Chrome, Edge, Cốc Cốc hay Firefox", use_inner_text=True)
    await expect(told).to_be_visible()


@pytest.mark.feature("O5")
async def test_a_browser_that_knows_no_modules_gets_a_message(school, enter, server):
    page = await enter(None, "/login")
    await expect(page.locator(".old-browser")).to_have_count(0)
    source = await page.locator("script[nomodule]").get_attribute("src")
    async with server.http.get(server.address + source) as answer:
        script = await answer.text()
    # what such a browser would do: it runs the script that others leave alone
    await page.evaluate(script)
    await expect(page.locator(".old-browser")).to_contain_text("Trình duyệt này quá cũ", use_inner_text=True)
    await expect(page.locator(".old-browser")).to_contain_text(SUPPORT, use_inner_text=True)


@pytest.mark.feature("S5")
async def test_a_password_is_changed(school, enter, server):
    opened = await school.officer.ok("POST", "/department/schools", {"code": "9999001009", "name": "Trường chín"})
    caller = await server.log_in(opened["administrator"], opened["password"])
    page = await enter(caller, "/mat-khau")
    for old, new, again, words in (
        ("sai mất rồi", "mot cau de nho", "mot cau de nho", "Mật khẩu đang dùng không đúng."),
        (opened["password"], "mot cau de nho", "mot cau khac roi", "Hai lần nhập mật khẩu mới không giống nhau."),
    ):
        await fill(page, old, new, again)
        await expect(page.get_by_role("alert")).to_contain_text(words, use_inner_text=True)
    await fill(page, opened["password"], "mot cau de nho", "mot cau de nho")
    await page.get_by_text("Đã đổi mật khẩu.").wait_for()
    assert (await caller.call("GET", "/me")).status == 401  # every log-in ends
    await page.get_by_label("Tên đăng nhập").fill(opened["administrator"])
    await page.get_by_label("Mật khẩu", exact=True).fill("mot cau de nho")
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.get_by_role("heading", name="Việc của tôi").wait_for()


async def fill(page: Any, old: str, new: str, again: str) -> None:
    for label, value in (("Mật khẩu đang dùng", old), ("Mật khẩu mới", new), ("Nhập lại mật khẩu mới", again)):
        await page.get_by_label(label, exact=True).fill(value)
    await page.get_by_role("button", name="Đổi mật khẩu").click()


@pytest.mark.feature("T22")
async def test_axe_finds_nothing_serious(signing, enter, find_barriers):
    school = signing.school
    one = signing.transcripts[0]
    admin, homeroom = school.admin, school.people["6A"]
    await admin.ok("POST", "/transcripts/hold", {"transcripts": [signing.transcripts[1]], "reason": "Sai ngày sinh"})
    for caller, path in (
        (None, "/login"),
        (homeroom, "/tai-khoan-ky"),
        (homeroom, "/tai-khoan-ky/dang-ky"),
        (homeroom, "/tai-khoan-ky/dang-ky/viettel_mysign"),
        (homeroom, "/tai-khoan-ky/usb-token"),
        (admin, "/duyet-tai-khoan"),
        (admin, "/chung-thu-so"),
        (admin, f"/hoc-ba/{one}"),
        (admin, f"/hoc-ba/{one}/ho-so"),
        (admin, f"/hoc-ba/{one}/thay-nguoi-ky/cbql"),
        (admin, "/tra-lai"),
        (homeroom, "/mat-khau"),
        (homeroom, "/tra-lai"),
    ):
        page = await enter(caller, path)
        assert await find_barriers(page) == [], path
        for button in await page.locator("[data-opens]:enabled").all():
            await button.click()
            assert await find_barriers(page) == [], path
            await page.keyboard.press("Escape")
            if await page.locator("[data-opens]:enabled").count() > 4:
                break
        await page.context.close()
