"""T3, T11, T23: the form, every signature in words, files with a purpose, another signer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hocba_gateway.store.schema import audit
from playwright.async_api import expect

approve_all = __import__("hocba_tests_of_signing_over_http").approve_all


@pytest.fixture
async def half_signed(signing: Any) -> Any:
    """Subject teachers and homeroom teacher have signed two transcripts of 6A."""
    await approve_all(signing)
    await signing.step("gvbm")
    await signing.step("gvcn")
    return signing


@pytest.mark.feature("T3")
async def test_a_family_would_see_this_and_every_signature_is_judged(half_signed, enter):
    one = half_signed.transcripts[0]
    page = await enter(half_signed.school.people["6A"], f"/hoc-ba/{one}")
    form = page.frame_locator("iframe.form-frame")
    await form.get_by_role("heading", name="Học bạ trung học cơ sở").wait_for()
    assert await form.locator("h1").evaluate("e => getComputedStyle(e).textTransform") == "uppercase"
    needed = await form.locator("main").evaluate("e => e.scrollHeight")
    await page.wait_for_function("n => document.querySelector('iframe.form-frame').clientHeight >= n", arg=needed)
    signed = page.locator(".slot-done")
    assert await signed.count() == await page.locator(".slot").count() - 2
    await expect(page.locator(".verdict")).to_have_text("Các chữ ký đã có đều hợp lệ.", use_inner_text=True)
    awaited = page.locator(".slot-now")
    await expect(awaited).to_contain_text("Lãnh đạo", use_inner_text=True)
    await expect(awaited).to_contain_text("Đang chờ ký", use_inner_text=True)
    await signed.first.locator("summary").click()
    words = await signed.first.inner_text()
    assert "Điểm và nhận xét các môn của giáo viên này" in words
    number = re.search(r"\((\d{3}…\d{3})\)", words)
    assert number, words
    await page.get_by_role("link", name="Xem hồ sơ").click()
    await expect(page.locator(".beside-main")).to_contain_text(one, use_inner_text=True)


@pytest.mark.feature("T3")
async def test_the_form_runs_nothing_and_stands_in_our_own_pages_only(half_signed, server):
    one, caller = half_signed.transcripts[0], half_signed.school.people["6A"]
    headers = {"Cookie": f"hocba={caller.token}"}
    async with server.http.get(f"{server.address}/hoc-ba/{one}/ban-hien-thi", headers=headers) as answer:
        policy, html = answer.headers["Content-Security-Policy"], await answer.text()
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy and "unsafe" not in policy
    assert "script-src" not in policy and "sandbox" in policy
    assert not re.search(r"<script|\son\w+=|style=", html)


@pytest.mark.feature("T3")
async def test_files_come_with_a_purpose_that_is_written_down(half_signed, enter, server):
    one = half_signed.transcripts[0]
    page = await enter(half_signed.school.people["6A"], f"/hoc-ba/{one}")
    await page.get_by_role("button", name="Tải về").click()
    sheet = page.locator("#download")
    for kind, start in (("Dữ liệu học bạ số (XML)", b"<HOC_BA>"), ("Bản hiển thị (PDF)", b"%PDF")):
        await sheet.get_by_label(kind).check()
        await sheet.get_by_label("Tải để làm gì?").select_option("chuyen_truong")
        async with page.expect_download() as waiting:
            await sheet.get_by_role("button", name="Tải về").click()
        download = await waiting.value
        assert (await download.path()).read_bytes().startswith(start)
    async with server.gateway.scoped(half_signed.school.id).read() as tx:
        rows = await tx.rows(audit.select().where(tx.of(audit), audit.c.event == "transcript.exported"))
    assert [row.facts["purpose"] for row in rows] == ["chuyen_truong"] * 2


@pytest.mark.feature("T11")
async def test_a_signer_proposes_to_void_from_the_transcript_itself(half_signed, enter):
    one = half_signed.transcripts[0]
    page = await enter(half_signed.school.people["6A"], f"/hoc-ba/{one}")
    await page.get_by_role("button", name="Đề xuất hủy").click()
    await page.get_by_role("button", name="Xác nhận").click()
    await expect(page.locator("#reason:invalid")).to_have_count(1)  # the reason is obligatory
    await page.get_by_label("Lý do (bắt buộc)").fill("Sai điểm môn Toán")
    await page.get_by_role("button", name="Xác nhận").dblclick()
    await page.get_by_text("Đã đề xuất hủy.").wait_for()
    await expect(page.locator(".alert")).to_contain_text("Sai điểm môn Toán", use_inner_text=True)
    await expect(page.locator(".state-name")).to_have_text("Trả lại", use_inner_text=True)


@pytest.mark.feature("T23")
async def test_another_teacher_signs_instead_and_only_that_block_changes(signing, enter):
    await approve_all(signing)
    waiting = await signing.waiting("gvbm")
    ill, *others = waiting
    for person in others[:-1]:
        pressed = await signing.press(person, "gvbm", subjects=waiting[person])
        await signing.closed(person, pressed)
    one = signing.transcripts[0]
    admin = signing.school.admin
    before = await admin.ok("GET", f"/transcripts/{one}")
    page = await enter(admin, f"/hoc-ba/{one}")
    name = next(step["signer"] for step in before["route"] if step["kind"] == "gvbm" and not step["signed"])
    await page.locator(".slot", has_text=name).get_by_role("link", name="Thay người ký").first.click()
    await page.get_by_label("Người ký thay").select_option(others[-1] if name == (await _name(signing, ill)) else ill)
    await page.get_by_role("button", name="Thay người ký").dblclick()
    await page.get_by_text("Đã thay người ký ở 2 học bạ.").wait_for()
    after = await admin.ok("GET", f"/transcripts/{one}")
    assert [step["signed"] for step in after["route"]] == [step["signed"] for step in before["route"]]
    assert sum(old["signer"] != new["signer"] for old, new in zip(before["route"], after["route"], strict=True)) == 1
    await expect(page.locator(".verdict")).to_have_text("Các chữ ký đã có đều hợp lệ.", use_inner_text=True)
    await signing.step("gvbm")
    await signing.step("gvcn")
    await page.reload()
    await expect(page.get_by_role("link", name="Thay người ký")).to_have_count(0)


async def _name(signing: Any, person: str) -> str:
    return str((await signing.school.admin.ok("GET", f"/school/members/{person}"))["name"])


@pytest.mark.feature("T23")
async def test_too_late_is_said_in_words(half_signed, enter):
    one, admin = half_signed.transcripts[0], half_signed.school.admin
    page = await enter(admin, f"/hoc-ba/{one}/thay-nguoi-ky/cbql")
    await expect(page.locator(".alert")).to_contain_text("Giáo viên chủ nhiệm đã ký", use_inner_text=True)
    leader = half_signed.caller("leader").me["person"]
    refused = await admin.call("POST", f"/transcripts/{one}/slots/cbql/signer", {"person": leader})
    assert (refused.status, refused.body["facts"]["reason"]) == (409, "homeroom_signed")
    refused = await admin.call("POST", f"/transcripts/{one}/slots/gvbm-1/signer", {"person": leader})
    assert (refused.status, refused.body["facts"]["reason"]) == (409, "already_signed")
    teacher = half_signed.school.people["6A"]
    refused = await teacher.call("POST", f"/transcripts/{one}/slots/cbql/signer", {"person": leader})
    assert refused.status == 403
