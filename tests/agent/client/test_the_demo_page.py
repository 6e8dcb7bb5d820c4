"""The page that the gateway serves in demo mode, as a teacher uses it, and how the library's files get there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from hocba_agent.testing.tokens import Tokens
from hocba_core.testing.pki import Identity
from hocba_gateway.testing.served import configured, init, served
from hocba_gateway.web.pages.agent_demo import client_folder
from playwright.async_api import Page, expect

ROOT = Path(__file__).parents[3]
PORTS_OF_THE_SET = ("--development", "--log-level", "DEBUG")
"""Instead of a free one: the page looks where every page looks."""


@pytest.fixture
async def demo(open_page, sites) -> Page:
    page: Page = await open_page(f"http://127.0.0.1:{sites.http}/agent-demo")
    return page


@pytest.fixture
async def own_agent(start_agent, tokens: Tokens, owner: Identity, sites):
    tokens.add("gv01", owner)
    return await start_agent(sites=[f"http://127.0.0.1:{sites.http}"], windows=PORTS_OF_THE_SET)


async def find(page: Page) -> None:
    await page.get_by_role("button", name="Tìm").click()


@pytest.mark.xdist_group("agent ports")
@pytest.mark.feature("G1")
@pytest.mark.feature("G5")
@pytest.mark.feature("G9")
async def test_a_teacher_tries_the_token_from_the_first_click_to_the_last_item(demo: Page, own_agent, tokens: Tokens):
    await find(demo)
    await expect(demo.get_by_text("Đã thấy chương trình ký")).to_be_visible()
    await expect(demo.get_by_text("Nguyễn Thị Ánh")).to_be_visible()
    await demo.get_by_label("Số mục").fill("12")
    await demo.get_by_role("button", name="Ký", exact=True).click()
    await expect(demo.get_by_text("Xong: đã ký đủ 12 mục.")).to_be_visible()
    assert len(tokens.calls("sign")) == 12
    assert own_agent.asked("pin")[0]["titles"][0] == "Mục thử số 1"
    tokens.tell("removed")
    await expect(demo.get_by_text("Chưa thấy USB Token nào")).to_be_visible()
    tokens.untell("removed")
    await expect(demo.get_by_text("Nguyễn Thị Ánh")).to_be_visible()


@pytest.mark.xdist_group("agent ports")
@pytest.mark.feature("G5")
async def test_a_teacher_stops_and_goes_on(demo: Page, own_agent, tokens: Tokens):
    tokens.tell("slow", 60)
    await find(demo)
    await demo.get_by_role("button", name="Ký", exact=True).click()
    await expect(demo.locator("#progress")).to_contain_text("Đã ký")
    await demo.get_by_role("button", name="Dừng").click()
    await expect(demo.get_by_role("alert")).to_contain_text("Mã lỗi: cancelled")
    tokens.tell("slow", 0)
    await demo.get_by_role("button", name="Ký tiếp").click()
    await expect(demo.get_by_text("Xong: đã ký đủ 45 mục.")).to_be_visible()
    first, second = (len(question["titles"]) for question in own_agent.asked("pin"))
    assert first == 45 > second
    assert len(tokens.calls("sign")) == 45


@pytest.mark.xdist_group("agent ports")
@pytest.mark.threat("A17")
async def test_what_an_impostor_says_is_only_text_on_the_page(demo: Page, imitate, owner: Identity):
    evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    certificate = {
        "fingerprint": "0" * 64, "der": "AAAA", "chain": [], "token_serial": evil, "token_label": evil,
        "usable": False, "reason": evil, "pin_tries": evil,
    }  # fmt: skip
    listing = {"certificates": [certificate], "drivers": [{"name": evil, "trouble": evil}]}
    answers = {"hello": {"agent": evil, "remembered": False}, "watch": listing}
    health = {"agent": "hocba", "protocol": 1, "extra": evil}
    says = lambda said: {"re": said["id"], "ok": True, "result": answers[said["do"]]}  # noqa: E731
    for port in (14741, 18741, 22741, 26741):
        try:
            await imitate(health, says, port)
            break
        except OSError:
            continue
    await find(demo)
    await expect(demo.locator("#found")).to_contain_text("<script>")
    await expect(demo.locator("#certificates")).to_contain_text("<img src=x onerror=")
    assert await demo.locator("#certificates img, #found script").count() == 0
    assert await demo.title() == "Ký thử bằng USB Token – Học bạ số"


@pytest.mark.feature("G1")
async def test_each_absence_says_what_to_do(demo: Page):
    await demo.get_by_text("Không có USB Token?").click()
    for plan, title, todo in (
        ("not_installed", "Chưa thấy chương trình ký", "hãy cài chương trình ký"),
        ("blocked", "Trình duyệt đang chặn", "chọn Cho phép"),
        ("refused", "Bạn đã không cho phép trang này", "bấm Cho phép"),
        ("too_old", "Chương trình ký quá cũ", "Cài bản mới"),
    ):
        await demo.get_by_label("Tình huống").select_option(plan)
        await find(demo)
        await expect(demo.get_by_role("alert").get_by_role("heading")).to_have_text(title)
        await expect(demo.get_by_role("alert")).to_contain_text(todo)


async def test_a_pulled_token_is_put_back_in_the_simulation(demo: Page):
    await demo.get_by_text("Không có USB Token?").click()
    await demo.get_by_label("Tình huống").select_option("pulled")
    await find(demo)
    await demo.get_by_label("Số mục").fill("7")
    await demo.get_by_role("button", name="Ký", exact=True).click()
    await expect(demo.get_by_role("alert")).to_contain_text("Cắm lại đúng USB Token đó.")
    await expect(demo.get_by_text("Nguyễn Thị Mẫu")).to_be_visible()
    await demo.get_by_role("button", name="Ký tiếp").click()
    await expect(demo.get_by_text("Xong: đã ký đủ 7 mục.")).to_be_visible()


def test_a_gateway_serves_the_library_and_in_demo_mode_only_the_page(tmp_path: Path):
    database = f"sqlite:///{tmp_path}/hocba.sqlite"
    assert init(configured(tmp_path, database)).returncode == 0
    policies = {}
    for mode in ("production", "demo"):
        with served(configured(tmp_path, database, mode=mode), tmp_path / "log") as gateway:
            policies[mode] = answered(f"{gateway.address}/agent-demo").get("Content-Security-Policy", "")
            library = answered(f"{gateway.address}/static/agent/hocba-agent.js")
            assert library["Content-Type"].startswith("text/javascript")
            assert answered(f"{gateway.address}/static/agent/README.md") == {}
    assert policies["production"] == ""
    assert "script-src 'self';" in policies["demo"] and "unsafe" not in policies["demo"]
    assert "connect-src 'self' ws://127.0.0.1:* http://127.0.0.1:*;" in policies["demo"]


def answered(url: str) -> Mapping[str, str]:
    """Its headers; none where there is no such address."""
    try:
        with urlopen(url) as answer:
            return dict(answer.headers)
    except HTTPError as error:
        error.close()
        assert error.code == 404
        return {}


def test_an_installed_wheel_brings_the_library(tmp_path: Path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT / "gateway", check=True, capture_output=True)
    installed = tmp_path / "site"
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(installed)
    code = "from hocba_gateway.web.pages.agent_demo import client_folder; print(client_folder())"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    found = Path(said.stdout.strip())
    assert found.is_relative_to(installed)
    own = {file.name: file.read_bytes() for file in client_folder().iterdir()}
    assert {file.name: file.read_bytes() for file in found.iterdir()} == own
