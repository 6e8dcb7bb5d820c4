"""T5, T8, T22: what one page says, the next one says too; no link of ours leads nowhere; no name is mistaken."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hocba_core.testing.phone import Mood
from hocba_gateway.store.schema import pupils
from playwright.async_api import expect

_signed = sys.modules["hocba_tests_of_signing_over_http"]
pytestmark = pytest.mark.feature("T22")


@pytest.mark.feature("T5")
async def test_what_is_being_signed_waits_on_no_page(approved, teachers, enter, sign):
    """Home, list and progress count the same while the phone is looked at."""
    approved.vendor.phone.will(Mood.IGNORE)
    person, room = teachers[0], approved.school.classes["6A"]
    page = await enter(approved.caller(person), f"/ky/gvbm?lop={room}")
    await sign(page)
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await page.goto("/".join(page.url.split("/")[:3]))
    await page.get_by_text("2 học bạ đang ký").wait_for()
    await expect(page.locator(".work-what")).to_have_count(0)
    for transaction in list(approved.vendor.phone.transactions):
        approved.vendor.phone.answer(transaction, Mood.REJECT)
    await page.get_by_role("link", name="Xem tiến trình").click()
    await page.get_by_text("2 học bạ chưa ký được").wait_for()
    await page.get_by_role("link", name="Việc của tôi").first.click()
    await expect(page.locator(".work-what")).to_have_text("2 học bạ lớp 6A chờ thầy cô ký", use_inner_text=True)


@pytest.mark.feature("T5")
async def test_another_grade_after_a_class_shows_that_grade(approved, enter):
    """The class of another grade is no longer offered: it must not empty the list unseen."""
    admin, school = approved.school.admin, approved.school
    other = next(name for name in school.classes if not name.startswith("6"))
    await admin.ok("PUT", f"/classes/{school.classes[other]}/locks/CN")
    made = (await admin.ok("POST", f"/classes/{school.classes[other]}/transcripts", {}))["created"]
    person = next(
        who for who, ids in (await approved.waiting("gvbm")).items()
        if set(ids) & set(made) and set(ids) & set(approved.transcripts)
    )  # fmt: skip
    page = await enter(approved.caller(person), f"/ky/gvbm?lop={school.classes['6A']}")
    await expect(page.locator("tbody tr")).to_have_count(2)
    async with page.expect_navigation():
        await page.get_by_label("Khối").select_option(other[0])
    await expect(page.locator("tbody tr")).to_have_count(len(made))


@pytest.mark.feature("T12")
async def test_another_grade_after_a_class_shows_that_grades_returned_ones(school, transcripts, enter):
    other = next(name for name in school.classes if not name.startswith("6"))
    await school.admin.ok("PUT", f"/classes/{school.classes[other]}/locks/CN")
    made = (await school.admin.ok("POST", f"/classes/{school.classes[other]}/transcripts", {}))["created"]
    await school.admin.ok("POST", "/transcripts/hold", {"transcripts": [transcripts[0], made[0]], "reason": "Sai"})
    page = await enter(school.admin, f"/tra-lai?lop={school.classes['6A']}")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.get_by_label("Khối").select_option(other[0])
    await page.get_by_role("button", name="Lọc").click()
    await expect(page.locator("tbody tr").first).to_contain_text(other, use_inner_text=True)


@pytest.mark.feature("T8")
async def test_another_releaser_sees_what_the_first_one_signs(approved, enter):
    await _signed.bring_seal(approved)
    for kind in ("gvbm", "gvcn", "cbql"):
        await approved.step(kind)
    second = approved.caller("6A")
    rights = {"rights": ["ky_phat_hanh"]}
    await approved.school.admin.ok("PUT", f"/school/members/{second.me['person']}/rights", rights)
    await approved.press("leader", "phat-hanh", subjects=approved.transcripts)
    page = await enter(second, "/ky/phat-hanh")
    await page.get_by_role("link", name="Xem tiến trình").first.click()
    await page.get_by_text("Đã ký thành công: 0 / 2").wait_for()
    await expect(page.get_by_role("button", name="Ký tiếp")).to_have_count(0)


@pytest.mark.feature("T8")
@pytest.mark.feature("T22")
async def test_another_releaser_gives_up_what_a_colleague_left_and_it_waits_for_them(approved, enter):
    await _signed.bring_seal(approved)
    for kind in ("gvbm", "gvcn", "cbql"):
        await approved.step(kind)
    first, second = approved.caller("leader"), approved.caller("6A")
    rights = {"rights": ["ky_phat_hanh"]}
    await approved.school.admin.ok("PUT", f"/school/members/{second.me['person']}/rights", rights)
    pressed = await approved.press("leader", "phat-hanh", subjects=approved.transcripts)
    watching = await enter(approved.school.admin, f"/lan-ky/{pressed.body['confirmation']}")
    await watching.get_by_text("Đã ký thành công: 0 / 2").wait_for()
    await expect(watching.get_by_role("button", name="Bỏ phần còn lại")).to_have_count(0)
    page = await enter(second, "/ky/phat-hanh")
    await page.get_by_role("link", name="Xem tiến trình").first.click()
    name = (await approved.school.admin.ok("GET", f"/school/members/{first.me['person']}"))["name"]
    await page.get_by_text(f"Lần ký này do {name} bấm và chưa xong").wait_for()
    asked: list[str] = []

    async def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        await (dialog.dismiss() if len(asked) == 1 else dialog.accept())

    page.on("dialog", answer)
    give_up = page.get_by_role("button", name="Bỏ phần còn lại")
    await give_up.click()
    assert len(asked) == 1 and name in asked[0]
    assert (await second.ok("GET", f"/confirmations/{pressed.body['confirmation']}"))["open"]
    await give_up.click()
    await page.get_by_text(f"Đã bỏ phần {name} chưa ký. Phần đó đang chờ ký.").wait_for()
    await expect(page.locator("tbody [data-tick]")).to_have_count(2)
    await expect(page.get_by_role("link", name="Xem tiến trình")).to_have_count(0)
    await expect(watching.get_by_text("2 học bạ chưa ký được")).to_have_count(1)
    told = await approved.seal_all(second.me["person"], "phat-hanh", approved.transcripts)
    assert {one["state"] for one in told["attempts"]} == {"signed"}


async def test_pupils_of_one_name_are_told_apart(approved, teachers, enter, server):
    async with server.gateway.scoped(approved.school.id).write() as tx:
        await tx.execute(pupils.update().where(tx.of(pupils)).values(name="Nguyễn Thị Lan"))
    page = await enter(approved.caller(teachers[0]), f"/ky/gvbm?lop={approved.school.classes['6A']}")
    names = await page.locator("tbody [data-tick]").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert len(set(names)) == 2 and all(name.startswith("Nguyễn Thị Lan ") for name in names)
