"""A5: the fields that this provider declares and its challenge, whichever they are."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest
from hocba_core.provider import LoginChallenge
from hocba_sandbox.settings import SWITCH, Behaviour
from hocba_sandbox.simulator import password_of
from playwright.async_api import expect

YEAR = sys.modules["hocba_tests_of_signing_over_http"].YEAR
FAST = timedelta(milliseconds=50)
pytestmark = pytest.mark.feature("A5")


@pytest.fixture
async def newcomer(school: Any, pretend: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str]:
    """A teacher, and their user name at the pretend vendor."""
    monkeypatch.setenv(SWITCH, "1")
    settings = {"settings": dict(pretend.settings())}
    await school.admin.ok("PUT", f"/years/{YEAR}/vendors/sandbox", settings)
    caller = school.people["6A"]
    about = await school.admin.ok("GET", f"/school/members/{caller.me['person']}")
    return caller, pretend.add_person(about["name"], about["personal_number"], user="co.giao").user


async def log_in(page: Any, user: str, password: str) -> None:
    await page.locator("[name=user]").fill(user)
    await page.locator("[name=password]").fill(password)
    await page.get_by_role("button", name="Lấy chứng thư số").click()


async def test_a_password_is_asked_for_and_never_shown_again(newcomer, enter, find_barriers):
    caller, user = newcomer
    page = await enter(caller, "/tai-khoan-ky/dang-ky/sandbox")
    assert await find_barriers(page) == []
    await log_in(page, user, "sai mất rồi")
    await expect(page.get_by_role("alert")).to_contain_text(
        "Lỗi: Thông tin thẻ không tồn tại hoặc không đúng", use_inner_text=True
    )
    await expect(page.locator("[name=user]")).to_have_value(user)
    await expect(page.locator("[name=password]")).to_have_value("")
    assert "sai mất rồi" not in await page.content()
    await log_in(page, user, password_of(user))
    await page.get_by_role("button", name="Đồng ý").click()
    await page.get_by_text("Đăng ký thành công tài khoản").wait_for()


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour(login_challenge=one, poll_every=FAST) for one in LoginChallenge],
    ids=lambda one: one.login_challenge,
)
async def test_the_one_more_proof_is_asked_for(newcomer, pretend, behaviour, enter, find_barriers):
    caller, user = newcomer
    page = await enter(caller, "/tai-khoan-ky/dang-ky/sandbox")
    await log_in(page, user, password_of(user))
    code = page.get_by_label("Mã", exact=True)
    await code.wait_for()
    assert await find_barriers(page) == []
    await code.fill("000000")
    await page.get_by_role("button", name="OK").click()
    await page.get_by_role("alert").wait_for()
    assert "bị khóa" not in await page.get_by_role("alert").inner_text()
    await code.fill(pretend.login_code_of(pretend.people[user]).reveal())
    await page.get_by_role("button", name="OK").dblclick()
    await page.get_by_role("button", name="Đồng ý").click()
    await page.get_by_text("Đăng ký thành công tài khoản").wait_for()
    assert len((await caller.ok("GET", f"/years/{YEAR}/signing-accounts/mine"))["own"]["history"]) == 1
