"""T9: the dialog with every capability that a vendor can declare, not only MySign's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hocba_core.provider import Approval, Completion, KeyKind, LoginChallenge
from hocba_core.testing.phone import Mood
from hocba_gateway.store.schema import confirmations
from hocba_sandbox.settings import Behaviour
from hocba_sandbox.simulator import CODE
from playwright.async_api import expect

pytestmark = pytest.mark.feature("T9")
FAST = timedelta(milliseconds=50)
CODES = {Approval.OTP: "Mã OTP", Approval.PIN: "Mã PIN", Approval.TOTP: "Mã trong ứng dụng"}
FAILURES = {
    Mood.REJECT: "Đã từ chối ký",
    Mood.IGNORE: "Hết thời gian xác nhận",
    Mood.NO_TURNS: "Hết lượt ký",
    Mood.ENDED: "Chứng thư số hết hiệu lực",
}
SAID = {
    Approval.PHONE: "1 lần xác nhận trên điện thoại",
    Approval.OTP: "1 lần nhập mã OTP",
    Approval.PIN: "1 lần nhập mã PIN",
    Approval.TOTP: "1 lần nhập mã của ứng dụng xác thực",
    Approval.NONE: "Không hỏi thêm",
}


def kinds() -> list[Behaviour]:
    return [
        Behaviour(approval=approval, completion=completion, poll_every=FAST)
        for approval in Approval
        for completion in Completion
        if not (approval is Approval.PHONE and completion is Completion.IMMEDIATE)
    ]


@pytest.mark.parametrize("pupils", [len(kinds()) + 8])
async def test_every_way_to_approve_and_to_answer(pretended, enter):
    """One teacher, whose vendor is another kind for each transcript."""
    page = await enter(pretended.caller)
    for number, kind in enumerate(kinds(), 1):
        await pretended.becomes(kind)
        await page.goto(f"{pretended.caller.server.address}/ky/gvbm")
        await page.locator("[data-tick]").first.check()
        await page.get_by_role("button", name="Ký học bạ").click()
        dialog = page.locator("#sign-dialog")
        await dialog.get_by_role("button", name="OK").wait_for()
        await expect(dialog, str(kind)).to_contain_text(SAID[kind.approval], use_inner_text=True)
        await dialog.get_by_role("button", name="OK").click()
        if kind.approval in CODES:
            await dialog.get_by_label(CODES[kind.approval]).fill(CODE)
            await dialog.get_by_role("button", name="Xác nhận").dblclick()
        await dialog.get_by_text("Ký thành công 1 học bạ").wait_for()
        assert list(pretended.vendor.asked_by_reference.values()) == [1] * number, kind


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour(login_challenge=one, poll_every=FAST, key_kind=KeyKind.P256) for one in LoginChallenge],
    ids=lambda one: one.login_challenge,
)
async def test_a_vendor_wants_a_log_in_first_and_a_proof(pretended, behaviour, enter, forget_sessions):
    """Fields as that vendor declares them; a wrong password and a wrong code are said in the dialog, what was typed
    stays; one press in the end."""
    await forget_sessions(pretended.signing.school.id)
    page = await enter(pretended.caller, pretended.address)
    await page.get_by_role("button", name="Ký học bạ").click()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_label("Tài khoản thử nghiệm").fill(pretended.user)
    await dialog.get_by_label("Mật khẩu").fill("sai")
    await dialog.get_by_role("button", name="Đăng nhập và ký").click()
    await dialog.get_by_text("Mật khẩu không đúng").wait_for()
    await expect(dialog.get_by_label("Tài khoản thử nghiệm")).to_have_value(pretended.user)
    await dialog.get_by_label("Mật khẩu").fill(pretended.password)
    await dialog.get_by_role("button", name="Đăng nhập và ký").click()
    label = "Mã OTP mà nhà cung cấp vừa gửi" if behaviour.login_challenge == "otp" else "Mã 6 số"
    code = dialog.get_by_label(label)
    await code.wait_for()
    await expect(dialog).to_contain_text("09…12", use_inner_text=True)
    await code.fill("000000")
    await dialog.get_by_role("button", name="Xác nhận và ký").click()
    await dialog.get_by_text("Mã xác nhận không đúng").wait_for()
    await code.fill(CODE)
    await dialog.get_by_role("button", name="Xác nhận và ký").click()
    await dialog.get_by_text("Ký thành công 4 học bạ").wait_for()
    assert list(pretended.vendor.asked_by_reference.values()) == [1]
    assert pretended.password not in page.url and CODE not in page.url


@pytest.mark.parametrize("behaviour", [Behaviour(verification_code=True, poll_every=FAST)])
async def test_the_code_to_compare_is_shown_large(pretended, enter, sign):
    pretended.will(Mood.IGNORE)
    page = await enter(pretended.caller, pretended.address)
    await sign(page)
    shown = await page.locator(".verify strong").inner_text()
    (transaction,) = pretended.vendor.phone.transactions
    assert shown == transaction[:4].upper()


@pytest.mark.parametrize("behaviour", [Behaviour(approval=Approval.OTP, poll_every=FAST)])
async def test_a_code_is_sent_again_and_a_wrong_one_is_said(pretended, enter, sign):
    page = await enter(pretended.caller, pretended.address)
    await sign(page)
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_role("button", name="Gửi lại mã").click()
    await page.get_by_text("Đã gửi lại mã").wait_for()
    await dialog.get_by_label("Mã OTP").fill("000000")
    await dialog.get_by_role("button", name="Xác nhận").click()
    await dialog.get_by_text("Mã xác nhận không đúng").wait_for()
    await dialog.get_by_label("Mã OTP").fill(CODE)
    await dialog.get_by_role("button", name="Xác nhận").click()
    await dialog.get_by_text("Ký thành công 4 học bạ").wait_for()


@pytest.mark.parametrize("behaviour", [Behaviour(batch_limit=2, poll_every=FAST)])
async def test_how_many_confirmations_is_said_before_and_each_is_shown(pretended, enter):
    pretended.will(Mood.IGNORE)
    page = await enter(pretended.caller, pretended.address)
    await page.get_by_role("button", name="Ký học bạ").click()
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_text("2 lần xác nhận trên điện thoại").wait_for()
    await dialog.get_by_role("button", name="OK").click()
    waiting = dialog.get_by_role("heading", name="Chờ xác nhận ký số")
    await waiting.nth(1).wait_for()
    first, second = list(pretended.vendor.phone.transactions)
    pretended.vendor.phone.answer(first, Mood.APPROVE)
    await dialog.get_by_text("Đã ký thành công: 2 / 4").wait_for()
    await expect(waiting).to_have_count(1)
    pretended.vendor.phone.answer(second, Mood.REJECT)
    await dialog.get_by_text("2 học bạ chưa ký được").wait_for()
    await expect(dialog.locator(".state-signed")).to_have_count(2)


@pytest.mark.parametrize("behaviour", [Behaviour(poll_every=FAST, lifetime=timedelta(seconds=2))])
async def test_what_failed_is_said_and_one_click_tries_only_that(pretended, enter, sign, rows_of):
    page = await enter(pretended.caller, pretended.address)
    address = pretended.caller.server.address
    for number, (mood, words) in enumerate(FAILURES.items()):
        pretended.will(mood)
        if number == 0:
            await sign(page)
        else:
            await page.get_by_role("button", name="Ký lại phần chưa được (4)").dblclick()
        await page.get_by_text(words).first.wait_for()
        await expect(page.locator(".alert-danger")).to_contain_text(words, use_inner_text=True)
    await page.keyboard.press("Escape")
    await page.get_by_text(f"Lần ký trước chưa được: {words}").first.wait_for()
    presses = sorted(await rows_of(pretended.signing.school.id, confirmations), key=lambda row: row.created_at)
    assert list(pretended.vendor.asked_by_reference.values()) == [1] * len(FAILURES) == [1] * len(presses)

    await page.goto(f"{address}/lan-ky/{presses[0].id}")  # as somebody has it in their history
    await page.get_by_role("button", name="Ký lại phần chưa được (4)").click()
    await page.wait_for_url(f"**/lan-ky/{presses[1].id}")  # it was tried again already
    await page.goto(f"{address}/lan-ky/{presses[-1].id}")
    pretended.will(Mood.APPROVE)
    await page.get_by_role("button", name="Ký lại phần chưa được (4)").dblclick()
    await page.get_by_text("Ký thành công 4 học bạ").wait_for()
    assert list(pretended.vendor.asked_by_reference.values()) == [1] * (len(FAILURES) + 1)


@pytest.mark.parametrize("behaviour", [Behaviour(poll_every=FAST)])
async def test_a_session_that_ends_is_opened_again_and_signing_goes_on(pretended, enter, sign, forget_sessions):
    """The vendor's session is lost while the phone waits: the page asks for the log-in, and nobody is asked twice."""
    pretended.will(Mood.IGNORE)
    page = await enter(pretended.caller, pretended.address)
    await sign(page)
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await forget_sessions(pretended.signing.school.id)
    dialog = page.locator("#sign-dialog")
    await dialog.get_by_role("heading", name="Cần đăng nhập lại").wait_for()
    await dialog.get_by_label("Tài khoản thử nghiệm").fill(pretended.user)
    await dialog.get_by_label("Mật khẩu").fill(pretended.password)
    (transaction,) = pretended.vendor.phone.transactions
    pretended.vendor.phone.answer(transaction, Mood.APPROVE)
    await dialog.get_by_role("button", name="Đăng nhập và ký tiếp").click()
    await dialog.get_by_text("Ký thành công 4 học bạ").wait_for()
    assert list(pretended.vendor.asked_by_reference.values()) == [1]
