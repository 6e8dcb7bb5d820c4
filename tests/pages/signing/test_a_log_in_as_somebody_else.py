"""T9: who logs in at the vendor with a colleague's name is told so in the dialog, and goes on with the own one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hocba_sandbox.settings import Behaviour
from hocba_sandbox.simulator import password_of
from playwright.async_api import expect


@pytest.mark.feature("T9")
@pytest.mark.parametrize("behaviour", [Behaviour(poll_every=timedelta(milliseconds=50))])
async def test_a_colleagues_name_is_told_and_the_own_one_signs(pretended, enter, forget_sessions):
    await forget_sessions(pretended.signing.school.id)
    other = pretended.vendor.add_person("Trần Văn Khác", "099999999999", user="thay.khac").user
    page = await enter(pretended.caller, pretended.address)
    await page.get_by_role("button", name="Ký học bạ").click()
    dialog = page.locator("#sign-dialog")
    user, password = dialog.get_by_label("Tài khoản thử nghiệm"), dialog.get_by_label("Mật khẩu")
    await user.fill(other)
    await password.fill(password_of(other))
    await dialog.get_by_role("button", name="Đăng nhập và ký").click()
    await dialog.get_by_text("không giữ chứng thư số mà thầy cô đã đăng ký").wait_for()
    await expect(user).to_have_value(other)
    await user.fill(pretended.user)
    await password.fill(pretended.password)
    await dialog.get_by_role("button", name="Đăng nhập và ký").click()
    await dialog.get_by_text("Ký thành công 4 học bạ").wait_for()
    assert list(pretended.vendor.asked_by_reference.values()) == [1]
