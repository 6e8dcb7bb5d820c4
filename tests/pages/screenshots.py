"""Pictures of every page with real amounts of data, to be looked at: `make screenshots` fills out/screenshots.

A school of 1,500 pupils, classes of 45; each page on a school's PC and on a phone. It proves nothing, so it is no test.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hocba_core.testing.phone import Mood
from hocba_gateway.testing.big_school import big_school

over_http = __import__("hocba_tests_of_signing_over_http")
ROOT = Path(__file__).parents[2]
OUT = ROOT / "out/screenshots"
SIZES = {"1366x768": (1366, 768), "390x844": (390, 844)}
PUPILS = int(os.environ.get("HOCBA_SCREENSHOT_PUPILS", "1500"))
REASONS = (
    "Sai điểm tổng kết học kỳ II môn Toán, đã báo giáo viên bộ môn",
    "Sai ngày sinh so với giấy khai sinh",
    "Thiếu khen thưởng cuối năm",
    "Học sinh chuyển trường từ tháng 4, hồ sơ chưa rút",
)


@pytest.fixture
def sample_files() -> dict[str, bytes]:
    return big_school(ROOT / "gateway/hocba_gateway/demo/schools/thcs-mau", PUPILS)


@pytest.fixture
async def full(signing: Any) -> tuple[Any, dict[str, list[str]]]:
    """Every class has its transcripts; 6A is signed up to the leader for the first rows; some were returned."""
    admin = signing.school.admin
    every = signing.accounts
    first = {*await signing.waiting("gvbm"), *(signing.caller(who).me["person"] for who in ("6A", "leader"))}
    others = [person for person in every if person not in first][6:]  # six still wait for approval
    signing.accounts = {person: every[person] for person in (*first, *others)}
    await over_http.approve_all(signing)
    await signing.step("gvbm")
    await signing.step("gvcn")
    made = {}
    for name, room in signing.school.classes.items():
        await admin.ok("PUT", f"/classes/{room}/locks/CN")
        made[name] = (await admin.ok("POST", f"/classes/{room}/transcripts", {}))["created"]
    for number, name in enumerate(list(made)[:12]):
        ids = made[name][number : number + 3]
        await admin.ok("POST", "/transcripts/hold", {"transcripts": ids, "reason": REASONS[number % len(REASONS)]})
    return signing, made


class Camera:
    def __init__(self, enter: Any) -> None:
        self._enter = enter

    async def take(self, name: str, caller: Any, path: str, then: Callable[[Any], Any] | None = None) -> None:
        for size, pixels in SIZES.items():
            page = await self._enter(caller, path, pixels)
            await page.wait_for_load_state("networkidle")
            if then is not None:
                await then(page)
                await page.wait_for_timeout(300)
            await self._shoot(page, f"{name}-{size}")
            await page.context.close()

    async def take_as_it_stands(self, name: str, page: Any) -> None:
        """A page that cannot be opened twice, in each size."""
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await page.wait_for_timeout(300)
            await self._shoot(page, f"{name}-{size}")

    async def _shoot(self, page: Any, name: str) -> None:
        await page.screenshot(path=OUT / f"{name}.png", full_page=False)
        await page.screenshot(path=OUT / f"{name}-whole.png", full_page=True)


def click(*names: str) -> Callable[[Any], Any]:
    async def do(page: Any) -> None:
        for name in names:
            if name.startswith(("#", ".", "[")):
                await page.locator(name).first.click()
            else:
                await page.get_by_role("button", name=name, exact=True).first.click()

    return do


def typed(fields: dict[str, str], button: str) -> Callable[[Any], Any]:
    async def do(page: Any) -> None:
        for name, value in fields.items():
            await page.locator(f"[name={name}]").fill(value)
        await page.get_by_role("button", name=button, exact=True).click()
        await page.wait_for_load_state("networkidle")

    return do


async def test_pictures(full: tuple[Any, dict[str, list[str]]], enter: Any) -> None:
    signing, made = full
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    school = signing.school
    admin, leader, homeroom = school.admin, school.people["leader"], school.people["6A"]
    teacher = school.people["teacher"]
    one = signing.transcripts[0]
    camera = Camera(enter)
    take = camera.take
    await take("00-dang-nhap", None, "/login")
    await take("01-viec-cua-toi", homeroom, "/")
    await take("02-tai-khoan-ky", homeroom, "/tai-khoan-ky")
    await take("02-tai-khoan-ky-kieu", homeroom, "/tai-khoan-ky/dang-ky")
    at_vendor = "/tai-khoan-ky/dang-ky/viettel_mysign"
    await take("02-tai-khoan-ky-thong-tin", homeroom, at_vendor)
    find = "Lấy chứng thư số"
    await take("02-tai-khoan-ky-sai", homeroom, at_vendor, typed({"user_id": "CMT_099000000000"}, find))
    user = next(iter(signing.vendor.people))
    await take("02-tai-khoan-ky-chon", homeroom, at_vendor, typed({"user_id": user}, find))
    await take("02-tai-khoan-ky-usb", homeroom, "/tai-khoan-ky/usb-token", lambda page: page.wait_for_timeout(3000))
    await take("03-duyet-tai-khoan", leader, "/duyet-tai-khoan")
    await take("03-duyet-tai-khoan-can-duyet", leader, "/duyet-tai-khoan?trang-thai=waiting",
               click("[data-tick-all]", "Từ chối tài khoản"))  # fmt: skip
    await take("04-chung-thu-so", leader, "/chung-thu-so")
    await take("05-hoc-ba", homeroom, f"/hoc-ba/{one}")
    await take("05-hoc-ba-tai-ve", homeroom, f"/hoc-ba/{one}", click("Tải về"))
    await take("05-hoc-ba-de-xuat-huy", homeroom, f"/hoc-ba/{one}", click("Đề xuất hủy"))
    await take("05-hoc-ba-ho-so", admin, f"/hoc-ba/{one}/ho-so")
    new = made["6A"][-1]
    await take("05-hoc-ba-chua-ky", admin, f"/hoc-ba/{new}")
    await take("05-hoc-ba-thay-nguoi", admin, f"/hoc-ba/{new}/thay-nguoi-ky/gvbm-1")
    await take("05-hoc-ba-thay-nguoi-muon", admin, f"/hoc-ba/{one}/thay-nguoi-ky/cbql")
    await take("06-tra-lai", admin, "/tra-lai")
    await take("06-tra-lai-huy", admin, "/tra-lai", click("[data-tick-all]", "Hủy học bạ"))
    await take("06-tra-lai-trong", admin, "/tra-lai?khoi=12")
    await take("07-mat-khau", homeroom, "/mat-khau")
    await take("08-khong-duoc", teacher, "/tra-lai")
    await take("08-khong-co", homeroom, "/hoc-ba/khong-co")
    await take("08-dia-chi-sai", homeroom, "/khong-co-trang-nay")
    await take("09-so", school.officer, "/")
    for person, kind in (
        (teacher, "gvbm"),
        (homeroom, "gvcn"),
        (leader, "cbql"),
        (leader, "phat-hanh"),
        (leader, "goi"),
    ):
        await take(f"10-ky-{kind}", person, f"/ky/{kind}")
    room = school.classes["9A"]  # of which nothing was returned
    await take("10-ky-gvbm-lop", homeroom, f"/ky/gvbm?lop={room}")
    await _pictures_of_signing(camera, signing, await enter(homeroom, f"/ky/gvbm?lop={room}"))


async def _pictures_of_signing(camera: Camera, signing: Any, page: Any) -> None:
    """A class at the vendor: asked, waiting for the phone, refused there, tried again, done."""
    phone = signing.vendor.phone
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("#sign-dialog").get_by_role("button", name="OK").wait_for()
    await camera.take_as_it_stands("11-ky-hoi-lai", page)
    phone.will(Mood.IGNORE)
    await page.locator("#sign-dialog").get_by_role("button", name="OK").click()
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    await camera.take_as_it_stands("11-ky-cho-dien-thoai", page)
    for transaction in list(phone.transactions):
        phone.answer(transaction, Mood.REJECT)
    again = page.get_by_role("button", name="Ký lại phần chưa được")
    await again.wait_for()
    await camera.take_as_it_stands("11-ky-bi-tu-choi", page)
    phone.will(Mood.APPROVE)
    await again.click()
    await page.locator(".progress-live .alert-success").wait_for()
    await camera.take_as_it_stands("11-ky-xong", page)
