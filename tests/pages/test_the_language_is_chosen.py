"""T22: English or Vietnamese, chosen with the keyboard on the log-in page and in the menu, and remembered."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.feature("T22")

over_http = __import__("hocba_tests_of_signing_over_http")
NARROW = (390, 844)
CLIPPED = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"


async def test_who_reads_english_says_so_before_logging_in(school, enter, find_barriers):
    page = await enter(None, "/login?next=%2Fmat-khau")
    english = page.get_by_role("button", name="English")
    await reach(page, english)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Log in").wait_for()
    assert page.url.endswith("/login?next=%2Fmat-khau")  # and goes on to where one wanted to go
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_label("Username")).to_be_visible()
    await expect(page.get_by_role("button", name="Tiếng Việt")).to_have_attribute("lang", "vi")
    assert await find_barriers(page) == []


async def reach(page: Page, wanted: Any) -> None:
    """By the Tab key alone."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError("no Tab leads there")


@pytest.mark.parametrize("size", [(1366, 768), NARROW])
async def test_the_menu_changes_the_language_of_the_page_one_is_on(signing, enter, size):
    caller, room = signing.school.people["6A"], signing.school.classes["6A"]
    page = await enter(caller, f"/ky/gvcn?lop={room}", size)
    await choose(page, "English", size)
    await page.get_by_role("heading", name="Homeroom teacher signing").wait_for()
    assert page.url.endswith(f"/ky/gvcn?lop={room}")
    [kept] = [one for one in await page.context.cookies() if one["name"] == "hocba-language"]
    assert kept["expires"] > 0 and kept["httpOnly"]  # it outlives the browser
    await page.goto(page.url.partition("/ky/")[0] + "/")
    await page.get_by_role("heading", name="My work").wait_for()
    await choose(page, "Tiếng Việt", size)
    await page.get_by_role("heading", name="Việc của tôi").wait_for()


async def choose(page: Page, language: str, size: tuple[int, int]) -> None:
    if size == NARROW:
        await page.locator(".menu-toggle summary").click()
    await page.get_by_role("button", name=language).click()


async def test_a_form_s_answer_is_left_for_the_first_page(school, enter):
    page = await enter(school.admin, "/mat-khau")
    at = page.url.removesuffix("/mat-khau")
    await page.get_by_role("button", name="English").click()
    await page.get_by_role("heading", name="Change password").wait_for()
    await page.evaluate("history.replaceState(null, '', '/tra-lai/huy')")  # an address that only takes forms
    await page.get_by_role("button", name="Tiếng Việt").click()
    await page.get_by_role("heading", name="Việc của tôi").wait_for()
    assert page.url == f"{at}/"


async def test_nobody_else_changes_the_language(server, school):
    """The proofs of every form: Origin, and for who is logged in the CSRF token. A place elsewhere is never led to."""
    cookie = f"hocba={school.admin.token}"
    for headers, status in (
        ({"Origin": "http://dau-do.vn"}, 403),
        ({}, 403),
        ({"Origin": server.address, "Cookie": cookie}, 403),
        ({"Origin": server.address}, 303),
        ({"Origin": server.address, "Referer": "http://dau-do.vn/login"}, 303),
        ({"Origin": server.address, "Referer": f"{server.address}//dau-do.vn/login"}, 303),
        ({"Origin": server.address, "Referer": f"{server.address}//["}, 303),
    ):
        asked = server.http.post(
            server.address + "/ngon-ngu", data={"language": "en"}, headers=headers, allow_redirects=False
        )
        async with asked as answer:
            assert answer.status == status, headers
            if status == 303:
                assert answer.headers["Location"] == "/"
                assert answer.cookies["hocba-language"].value == "en"


async def test_a_transcript_is_shown_in_english_but_for_what_people_wrote(signing, enter, find_barriers):
    admin, one = signing.school.admin, signing.transcripts[0]
    await admin.ok("POST", "/transcripts/hold", {"transcripts": [one], "reason": "Sai ngày sinh"})
    page = await enter(admin, f"/hoc-ba/{one}")
    await page.get_by_role("button", name="English").click()
    await expect(page.locator(".state-name")).to_have_text("Returned", use_inner_text=True)
    await expect(page.locator(".alert")).to_contain_text("Sai ngày sinh (Administrator,", use_inner_text=True)
    assert await find_barriers(page) == []
    await page.get_by_role("link", name="View dossier").click()
    await expect(page.locator(".beside-main")).to_contain_text("Not sent", use_inner_text=True)


async def test_errors_stay_vietnamese_and_are_marked_as_such(school, enter):
    page = await enter(school.people["6A"], "/")
    await page.get_by_role("button", name="English").click()
    await page.get_by_role("heading", name="My work").wait_for()
    await page.goto(f"{page.url}tra-lai")
    await expect(page.get_by_role("alert").locator("p").first).to_have_attribute("lang", "vi")
    await expect(page.get_by_role("link", name="Go to the home page")).to_be_visible()


async def test_no_button_is_clipped_on_a_phone(signing, enter):
    await over_http.approve_all(signing)
    await signing.step("gvbm")
    caller, room = signing.school.people["6A"], signing.school.classes["6A"]
    page = await enter(caller, f"/ky/gvcn?lop={room}", NARROW)
    await choose(page, "English", NARROW)
    await page.get_by_role("button", name="Sign", exact=True).click()
    await page.get_by_role("button", name="OK", exact=True).click()
    await page.get_by_role("button", name="Stop waiting").wait_for()
    assert await page.locator(".btn:visible").evaluate_all(CLIPPED) == []
