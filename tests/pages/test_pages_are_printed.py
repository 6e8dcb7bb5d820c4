"""T3, O5: on paper a page has what it knows and nothing to press, and no word of it is cut off or printed over."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

approve_all = __import__("hocba_tests_of_signing_over_http").approve_all
TO_PRESS = "a.btn, button, input, select, textarea, nav, header.top, footer, .skip, .messages"
A4 = (718, 1047)
"""What lies between Chromium's usual margins, in pixels; a printer lays the page out anew for it."""
_PRESSED = """(what) => [...document.querySelectorAll(what)].filter((one) => one.checkVisibility())
  .map((one) => one.outerHTML.slice(0, 120))"""
_OVER = """() => {
  const box = (one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return range.getBoundingClientRect();
  };
  const cells = [...document.querySelectorAll("th:not(:has(.visually-hidden)), td")]
    .filter((one) => one.checkVisibility() && one.innerText.trim());
  const wide = document.documentElement.clientWidth;
  const over = (one) => one.nextElementSibling?.checkVisibility() && one.nextElementSibling.innerText.trim()
    && box(one.nextElementSibling).left < box(one).right - 1;
  return cells.filter((one) => box(one).right > wide || over(one)).map((one) => one.innerText);
}"""


@pytest.fixture
async def half_signed(signing: Any) -> Any:
    await approve_all(signing)
    await signing.step("gvbm")
    await signing.step("gvcn")
    return signing


async def printed(page: Page, to: Path) -> str:
    """The words on paper, with single spaces."""
    await page.pdf(path=to, format="A4", margin=dict.fromkeys(("top", "right", "bottom", "left"), "1cm"))
    reading = await asyncio.create_subprocess_exec("pdftotext", "-raw", to, "-", stdout=asyncio.subprocess.PIPE)
    return " ".join((await reading.communicate())[0].decode().split())


@pytest.mark.feature("T3")
async def test_a_transcript_with_its_signatures(half_signed, enter, tmp_path):
    page = await enter(half_signed.school.people["6A"], f"/hoc-ba/{half_signed.transcripts[0]}")
    form = page.frame_locator("iframe.form-frame").locator("main")
    last = (await form.inner_text()).split()[-8:]
    words = await printed(page, tmp_path / "transcript.pdf")
    assert " ".join(last) in words, "the form is whole"
    for step in await page.locator(".slot-who").all_inner_texts():
        assert step in words
    await page.emulate_media(media="print")
    assert await page.evaluate(_PRESSED, TO_PRESS) == []


@pytest.mark.feature("O5")
@pytest.mark.parametrize(("path", "rows"), [("/ky/cbql?lop={6A}", 2), ("/duyet-tai-khoan", 13), ("/", 0)])
async def test_lists(half_signed, enter, tmp_path, path, rows):
    school = half_signed.school
    caller = school.admin if path == "/duyet-tai-khoan" else half_signed.caller("leader")
    page = await enter(caller, path.format_map(school.classes), A4)
    words = await printed(page, tmp_path / "list.pdf")
    await page.emulate_media(media="print")
    names = await page.locator("td.name").all_inner_texts()
    assert len(names) == rows
    missing = [name for name in names if " ".join(name.split()) not in words]
    assert (await page.evaluate(_PRESSED, TO_PRESS), await page.evaluate(_OVER), missing) == ([], [], [])
