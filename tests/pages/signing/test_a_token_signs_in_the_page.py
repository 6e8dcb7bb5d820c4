"""T8, T10: the page finds agent and token, carries the job, and says what to do when it breaks off."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hocba_agent.testing.tokens import PIN
from hocba_core.testing.pki import TestCa
from playwright.async_api import expect

bring_seal = sys.modules["hocba_tests_of_signing_over_http"].bring_seal
pytestmark = pytest.mark.feature("T10")


async def open_dialog(at_agent: Any, caller: Any, address: str, button: str = "Ký học bạ") -> Any:
    page = await at_agent(caller, address)
    await page.get_by_role("button", name=button).click()
    await page.locator("#sign-dialog[open]").wait_for()
    return page


async def press(page: Any) -> None:
    await page.locator("[data-agent-ok]:enabled").click()


async def test_the_token_is_found_and_signs_with_its_pin_asked_in_its_own_window(
    with_token, at_agent, run_agent, nothing_doubled
):
    with_token.plug()
    agent = await run_agent()
    page = await open_dialog(at_agent, with_token.caller, with_token.address)
    await page.get_by_text("Đã thấy USB Token của").wait_for()
    await expect(page.locator("#sign-dialog")).to_contain_text(
        "1 lần nhập mã PIN ở cửa sổ của chương trình ký", use_inner_text=True
    )
    await expect(page.locator("input[type=password]")).to_have_count(0)
    await page.locator("[data-agent-ok]").dblclick()
    await page.get_by_text(f"Ký thành công {len(with_token.signing.transcripts)} học bạ").wait_for()
    assert [one["kind"] for one in agent.asked()] == ["consent", "pin"]
    assert with_token.signatures == len(with_token.signing.transcripts)
    await nothing_doubled(with_token.signing, with_token.person, asked=0)


async def test_the_agent_is_absent_and_then_there(with_token, at_agent, run_agent, find_barriers):
    with_token.plug()
    page = await open_dialog(at_agent, with_token.caller, with_token.address)
    await page.get_by_role("heading", name="Chưa thấy chương trình ký").wait_for()
    picture = page.get_by_role("img", name="Biểu tượng chương trình ký nằm cạnh đồng hồ ở góc dưới bên phải màn hình")
    assert await picture.evaluate("async one => (await one.decode(), one.naturalWidth > 0)")
    await expect(page.locator("[data-agent-ok]")).to_be_disabled()
    assert await find_barriers(page) == []
    await run_agent(consent=("no", "once"))
    await page.get_by_role("button", name="Tìm lại").click()
    await page.get_by_role("heading", name="Thầy cô đã bấm Từ chối").wait_for()
    await page.get_by_role("button", name="Tìm lại").click()
    await page.get_by_text("Đã thấy USB Token của").wait_for()
    await press(page)
    await page.locator("[data-progress] .alert-success").wait_for()


async def test_another_token_is_named_and_the_right_one_is_seen_when_it_is_plugged_in(with_token, at_agent, run_agent):
    other = with_token.signing.vendor.ca.issue_person("Trần Văn Khác", "099999999999")
    foreign = with_token.tokens.add("khac", other)
    with_token.plug()
    with_token.tokens.tell("only", foreign)
    await run_agent()
    page = await open_dialog(at_agent, with_token.caller, with_token.address)
    await page.get_by_text("USB Token đang cắm là của Trần Văn Khác, không phải của").wait_for()
    await expect(page.locator("[data-agent-ok]")).to_be_disabled()
    with_token.tokens.tell("removed")
    await page.get_by_text("Chưa thấy USB Token của").wait_for()
    with_token.tokens.tell("only", with_token.serial)
    with_token.tokens.untell("removed")
    await press(page)
    await page.locator("[data-progress] .alert-success").wait_for()


async def test_pulled_out_in_the_middle_the_rest_is_signed_and_nothing_twice(
    with_token, at_agent, run_agent, nothing_doubled
):
    with_token.plug()
    with_token.tokens.tell("pull_after", 5)
    agent = await run_agent(pin=(PIN,))
    page = await open_dialog(at_agent, with_token.caller, with_token.address)
    await press(page)
    await page.get_by_role("heading", name="USB Token bị rút ra").wait_for()
    await page.get_by_text(f"Đã ký thành công: 5 / {len(with_token.signing.transcripts)}").wait_for()
    with_token.tokens.untell("removed")
    await page.get_by_role("button", name="Ký tiếp").click()
    await page.locator("[data-progress] .alert-success").wait_for()
    assert len(agent.asked("pin")) == 2
    await nothing_doubled(with_token.signing, with_token.person, asked=0)


async def test_a_wrong_pin_is_said_with_what_it_may_cost(with_token, at_agent, run_agent):
    with_token.plug()
    await run_agent(pin=("0000-0000", None, PIN))
    page = await open_dialog(at_agent, with_token.caller, with_token.address)
    await press(page)
    trouble = page.locator("[data-agent-trouble]")
    await trouble.get_by_role("heading", name="Mã PIN chưa đúng").wait_for()
    await expect(trouble).to_contain_text("USB Token sẽ bị khóa", use_inner_text=True)
    await page.get_by_role("button", name="Ký tiếp").click()
    await trouble.get_by_role("heading", name="Thầy cô đã bấm Hủy").wait_for()
    await page.get_by_role("button", name="Ký tiếp").click()
    await page.locator("[data-progress] .alert-success").wait_for()


async def test_a_page_closed_in_the_middle_is_found_again_with_the_rest(
    with_token, at_agent, run_agent, nothing_doubled
):
    """The laptop is closed after some signatures; home leads back, and only what is missing is signed."""
    total = len(with_token.signing.transcripts)
    with_token.plug()
    with_token.tokens.tell("slow", 1000)
    await run_agent()
    page = await open_dialog(at_agent, with_token.caller, with_token.address)
    await press(page)
    await page.get_by_text("Đang ký:").wait_for()
    await page.locator(".state-signed").first.wait_for()
    await page.close()
    with_token.tokens.tell("slow", 0)
    page = await at_agent(with_token.caller)
    await page.get_by_role("link", name="Xem tiến trình").click()
    await page.get_by_text("Còn phần chưa ký.").wait_for()
    assert int(await page.locator(".progress-count strong").inner_text()) > 0
    await page.get_by_role("button", name="Ký tiếp").click()
    await page.get_by_text(f"Ký thành công {total} học bạ").wait_for()
    await nothing_doubled(with_token.signing, with_token.person, asked=0)


async def test_it_is_stopped_and_the_rest_given_up(with_token, at_agent, run_agent):
    total = len(with_token.signing.transcripts)
    with_token.plug()
    with_token.tokens.tell("slow", 1000)
    await run_agent()
    page = await open_dialog(at_agent, with_token.caller, with_token.address)
    await press(page)
    await page.locator(".state-signed").first.wait_for()
    await page.get_by_role("button", name="Dừng").click()
    await page.get_by_role("heading", name="Đã dừng").wait_for()
    page.on("dialog", lambda asked: asked.accept())
    await page.get_by_role("button", name="Bỏ phần còn lại").click()
    await page.get_by_role("button", name="Ký lại phần chưa được").wait_for()
    signed = int(await page.locator(".progress-count strong").inner_text())
    assert 0 < signed < total
    await expect(page.locator(".state-signed")).to_have_count(signed)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Đóng").click()
    await expect(page.locator(".work-bar")).to_contain_text(f"Chọn tất cả {total - signed} học bạ", use_inner_text=True)


@pytest.mark.feature("T8")
@pytest.mark.feature("T21")
async def test_the_schools_seal_signs_xml_and_pdf_in_one_go_and_another_schools_does_not(
    approved, tokens, at_agent, run_agent, seal_ca: TestCa
):
    await bring_seal(approved)
    for kind in ("gvbm", "gvcn", "cbql"):
        await approved.step(kind)
    foreign = tokens.add("truong-b", seal_ca.issue_school("Trường THCS Khác", "9900000027"))
    own = tokens.add("truong", approved.seal)
    tokens.tell("only", foreign)
    await run_agent()
    room = approved.school.classes["6A"]
    page = await open_dialog(at_agent, approved.caller("leader"), f"/ky/phat-hanh?lop={room}", "Ký phát hành")
    await page.get_by_role("heading", name="Bạn có chắc chắn muốn ký phát hành?").wait_for()
    await page.get_by_text("USB Token đang cắm là của Trường THCS Khác, không phải của").wait_for()
    tokens.tell("only", own)
    await press(page)
    await page.get_by_text("Ký thành công 2 học bạ").wait_for()
    assert len(tokens.calls("sign")) == 4, "XML and PDF of each"
    await page.get_by_role("button", name="Đóng").click()
    await page.get_by_role("link", name="Đã ký 2").click()
    await expect(page.locator("tbody tr")).to_have_count(2)
