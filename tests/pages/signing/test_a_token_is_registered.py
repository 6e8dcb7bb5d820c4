"""A4, A1: the agent lists what is plugged in, the PIN is asked in its own window, one challenge proves the key."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hocba_core.testing.pki import TestCa
from hocba_gateway.store.schema import signing_accounts
from playwright.async_api import expect

YEAR = sys.modules["hocba_tests_of_signing_over_http"].YEAR


@pytest.fixture
async def own(school: Any, vendor: Any) -> Any:
    """A teacher's certificate, as it lies on their token."""
    about = await school.admin.ok("GET", f"/school/members/{school.people['6A'].me['person']}")
    return vendor.ca.issue_person(about["name"], about["personal_number"])


@pytest.mark.feature("A4")
async def test_a_teacher_registers_the_own_token(school, own, tokens, at_agent, run_agent, find_barriers):
    caller = school.people["6A"]
    tokens.add("gv", own, extra=own.chain)
    agent = await run_agent()
    page = await at_agent(caller, "/tai-khoan-ky/dang-ky")
    await page.get_by_role("link", name="USB Token").click()
    await page.locator(".certificate").wait_for()
    assert await find_barriers(page) == []
    await expect(page.locator("input[type=password]")).to_have_count(0)
    await page.get_by_role("button", name="Đồng ý").dblclick()
    await page.get_by_text("Đăng ký thành công tài khoản").wait_for()
    await expect(page.locator(".big-state")).to_contain_text("Đã đăng ký, chờ duyệt", use_inner_text=True)
    await expect(page.locator("main")).to_contain_text("USB TOKEN", use_inner_text=True)
    assert [one["kind"] for one in agent.asked()] == ["consent", "pin"]
    standing = await caller.ok("GET", f"/years/{YEAR}/signing-accounts/mine")
    assert len(standing["own"]["history"]) == 1


@pytest.mark.feature("A4")
async def test_somebody_elses_token_is_refused_in_words(school, vendor, tokens, at_agent, run_agent):
    tokens.add("khac", vendor.ca.issue_person("Trần Văn Khác", "099999999999"))
    await run_agent()
    page = await at_agent(school.people["6A"], "/tai-khoan-ky/usb-token")
    await page.get_by_role("button", name="Đồng ý").click()
    await page.get_by_text("Chứng thư số không phải của thầy cô").wait_for()
    assert "usb-token" in page.url


@pytest.mark.feature("A4")
async def test_no_agent_is_said_with_what_to_do_and_looked_for_again(school, own, tokens, at_agent, run_agent):
    tokens.add("gv", own, extra=own.chain)
    page = await at_agent(school.people["6A"], "/tai-khoan-ky/usb-token")
    await page.get_by_text("Chưa thấy chương trình ký").wait_for()
    await expect(page.get_by_role("button", name="Đồng ý")).to_be_disabled()
    await run_agent()
    await page.get_by_role("button", name="Tìm lại").click()
    await page.locator(".certificate").wait_for()


@pytest.mark.feature("A1")
async def test_the_school_registers_its_certificate(school, tokens, at_agent, run_agent, seal_ca: TestCa):
    seal = seal_ca.issue_school("Trường THCS Mẫu", "9900000019")
    tokens.add("truong", seal, extra=seal.chain)
    await run_agent()
    page = await at_agent(school.admin, "/chung-thu-so")
    await page.get_by_role("link", name="Đăng ký tài khoản").click()
    await page.get_by_role("button", name="Đồng ý").click()
    await page.get_by_text("Đăng ký thành công tài khoản").wait_for()
    await expect(page.locator(".big-state")).to_contain_text("Chờ duyệt đăng ký", use_inner_text=True)


@pytest.mark.feature("A1")
@pytest.mark.feature("O5")
async def test_the_schools_certificate_is_asked_for_once_a_tab_and_one_request_waits(
    school, seal_ca, tokens, at_agent, run_agent, rows_of
):
    """Two tabs, each pressed twice: the later request takes the place of the earlier, and back asks for no third."""
    seal = seal_ca.issue_school("Trường THCS Mẫu", "9900000019")
    tokens.add("truong", seal, extra=seal.chain)
    await run_agent()
    first = await at_agent(school.admin, "/chung-thu-so/usb-token")
    second = await first.context.new_page()
    await second.goto(first.url)
    for page in (first, second):
        await page.locator("#token-agree:enabled").wait_for()
    for page in (first, second):
        await page.get_by_role("button", name="Đồng ý").dblclick()
        await page.get_by_text("Đăng ký thành công tài khoản").wait_for()
    await first.go_back()
    await first.locator("#token-agree:enabled").wait_for()
    await first.go_forward()
    await expect(first.locator(".big-state")).to_contain_text("Chờ duyệt đăng ký", use_inner_text=True)
    assert sorted(row.state for row in await rows_of(school.id, signing_accounts)) == ["pending", "replaced"]
