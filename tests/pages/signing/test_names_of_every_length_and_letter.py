"""T22: a name may be long, or look like HTML: it is shown as it is, runs nothing, and no page scrolls sideways."""

from __future__ import annotations

from typing import Any

import pytest
from hocba_gateway.store.schema import classes, people, pupils, schools
from playwright.async_api import expect

pytestmark = pytest.mark.feature("T22")

HOSTILE = '<img src=x onerror=alert(1)> "O\'Hara" & 𠮷 {{ 7 * 7 }} [owner]'
LONG = "Công Tằng Tôn Nữ Nguyễn Hoàng Phương Thảo Khánh Huyền Vân Anh"
UNBROKEN = "Nguyễnthịkhánhhuyềnvânanhphươngthảohoàngbảongọcquỳnhnhưthiênan"
TURNING = "Nguyễn \u202eVăn\u2067 An\u200b\u200f אבג\u0336"
"""Marks that turn a line without an end to it, and letters that run from the right."""
MARKS = r"/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/"
SIZES = ((1366, 768), (390, 844))


@pytest.fixture
async def renamed(approved: Any, server: Any, request: pytest.FixtureRequest) -> Any:
    name = request.param
    async with server.gateway.scoped(approved.school.id).write() as tx:
        for table in (pupils, people):
            await tx.execute(table.update().where(tx.of(table)).values(name=name))
        room = classes.c.id == approved.school.classes["6A"]
        await tx.execute(classes.update().where(tx.of(classes), room).values(name=name))
    async with server.gateway.store.across_schools(write=True) as connection:
        await connection.execute(schools.update().where(schools.c.id == approved.school.id).values(name=name))
    return approved


@pytest.mark.parametrize(
    "renamed", [HOSTILE, LONG, UNBROKEN, TURNING], indirect=True, ids=["hostile", "long", "unbroken", "turning"]
)
@pytest.mark.parametrize("size", SIZES, ids=["pc", "phone"])
async def test_every_page_shows_it_whole(renamed, teachers, enter, size):
    school, one = renamed.school, renamed.transcripts[0]
    held = {"transcripts": [renamed.transcripts[1]], "reason": UNBROKEN + HOSTILE}
    person = renamed.caller(teachers[0])
    sign = f"/ky/gvbm?lop={school.classes['6A']}"
    pages = [(person, "/"), (person, sign), (person, "/tai-khoan-ky"), (person, f"/hoc-ba/{one}")]
    pages += [(school.admin, path) for path in ("/duyet-tai-khoan", f"/hoc-ba/{one}/ho-so", "/chung-thu-so")]
    pages += [(school.admin, f"/hoc-ba/{one}/thay-nguoi-ky/cbql"), (school.admin, "/tra-lai"), (school.admin, "/")]
    await school.admin.ok("POST", "/transcripts/hold", held)
    wider = {}
    for caller, path in pages:
        page = await enter(caller, path, size)
        await page.wait_for_load_state("networkidle")
        wider[path] = await too_wide(page)
        await page.context.close()
    page = await enter(person, sign, size)
    await page.get_by_role("button", name="Ký học bạ").click()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_role("button", name="OK").wait_for()
    wider["dialog"] = await too_wide(page)
    await dialog.get_by_role("button", name="OK").click()
    await dialog.get_by_text("Ký thành công 1 học bạ").wait_for()
    wider["progress"] = await too_wide(page)
    assert {path: found for path, found in wider.items() if found} == {}


@pytest.mark.parametrize("renamed", [TURNING], indirect=True, ids=["turning"])
async def test_no_name_turns_the_words_around_it(renamed, teachers, enter):
    """In the list, where all of one name have their code beside it, in the dialog, the progress, the transcript."""
    page = await enter(renamed.caller(teachers[0]), f"/ky/gvbm?lop={renamed.school.classes['6A']}")
    name = page.locator("td.name").first
    pupil, code = name.locator("a"), name.locator(".quiet")
    await name.evaluate("one => (one.style.whiteSpace = 'nowrap')")
    ends, begins = await pupil.bounding_box(), await code.bounding_box()
    assert ends["x"] + ends["width"] <= begins["x"]
    turned = {"list": await marks(page)}
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("#sign-dialog").get_by_role("button", name="OK").click()
    await page.locator("#sign-dialog .alert-success").wait_for()
    turned["progress"] = await marks(page)
    await page.goto(f"{page.url.partition('/ky/')[0]}/hoc-ba/{renamed.transcripts[0]}")
    await page.get_by_role("heading", name="Học bạ: Nguyễn Văn An").wait_for()
    turned["transcript"] = await marks(page)
    assert not any(turned.values()), turned


async def marks(page: Any) -> bool:
    """Is there one anywhere, seen or not?"""
    found: bool = await page.evaluate(f"() => {MARKS}.test(document.documentElement.outerHTML)")
    return found


async def too_wide(page: Any) -> list[str]:
    await expect(page.locator("img[src=x]")).to_have_count(0)
    assert "49" not in await page.title()
    found: list[str] = await page.evaluate(
        """() => [document.documentElement, document.querySelector("dialog[open]")].filter(Boolean)
        .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.tagName + one.scrollWidth)"""
    )
    return found
