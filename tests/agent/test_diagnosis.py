from __future__ import annotations

import json
import socket
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hocba_agent import RELEASED
from hocba_agent.diagnosis import LOOK, Clues, as_text, clock_line, held_ports, look
from hocba_agent.driver import Driver
from hocba_agent.drivers.health import CertificateHealth, DriverHealth, Health, TokenHealth, health
from hocba_agent.drivers.words import trouble_in_words
from hocba_agent.neighbours import holder_of_port
from hocba_agent.pin_counter import PinCounter
from hocba_agent.preferences import load
from hocba_agent.readers import Readers, Service
from hocba_agent.surroundings import browser_policies
from hocba_agent.testing.processes import PYTHON
from hocba_agent.testing.running import SITE, items
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_agent.texts import Words
from hocba_agent.tokens import Tokens as AllTokens
from hocba_agent.windows.kinds import WindowKind
from hocba_core.agent_protocol import PORTS
from hocba_core.certificate import Certificate
from hocba_core.clock import system_clock
from hocba_core.errors import PinWrong
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage

VI = Words("vi")
CERTIFICATE = CertificateHealth(400, "")
TOKEN = TokenHealth("Reader 00", "VNPT", "v6", "…AB7F", (), "several", False, (CERTIFICATE,))
DRIVER = DriverHealth("~/libvnptca_p11_v6.so", "VNPT-CA", "added", "x86_64", 64, True, "", "", (TOKEN,))
NO_SERVICE = Readers(Service.ABSENT)
CLUES = Clues(system_clock(), PORTS[0], Health(NO_SERVICE, (DRIVER,)), "", 1, 0, 0, "Phòng CNTT, 024 3942 0000")


def said(clues: Clues, words: Words = VI, **how: Any) -> str:
    return as_text([asdict(section) for section in look(clues, words, **how)])


def with_token(**changed: object) -> Clues:
    token = replace(TOKEN, **changed)  # type: ignore[arg-type]
    return replace(CLUES, health=Health(NO_SERVICE, (replace(DRIVER, tokens=(token,)),)))


@pytest.mark.threat("H3")
@pytest.mark.feature("G8")
async def test_what_support_needs_is_in_it_and_nothing_personal(
    start_agent, tokens: Tokens, owner: Identity, monkeypatch: pytest.MonkeyPatch
):
    """With a real driver and a real token, after a wrong PIN."""
    serial = tokens.add("gv01", owner)
    agent = await start_agent(pin=["0000-wrong"])
    async with await AgentPage.connect(agent.address, SITE) as page:
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(1))
        with pytest.raises(PinWrong):
            async for _ in job.run():
                pass
    for name, value in tokens.environment.items():
        monkeypatch.setenv(name, value)
    known = AllTokens([Driver(tokens.shim, WindowKind("console"), PinCounter(agent.config))], system_clock)
    try:
        await known.spawn()
        found = await health(known, agent.config, system_clock())
    finally:
        await known.close()
    text = said(replace(CLUES, health=found))

    for needed in (
        "Phiên bản 0.1.0",
        "64 bit",
        f"{tokens.shim.name} (64 bit): đang dùng",
        f"…{serial[-4:]}",
        "Ký được",
    ):
        assert needed in text, text
    assert "024 3942 0000" in text
    read = Certificate.read(owner.certificate)
    for never in (read.name, read.personal_number, read.serial, read.fingerprint, serial, PIN, "0000-wrong"):
        assert never.lower() not in text.lower(), never


@pytest.mark.feature("G8")
@pytest.mark.parametrize(
    ("tries", "words"), [("few", "còn ít lần thử"), ("last", "CHỈ CÒN MỘT LẦN THỬ"), ("blocked", "ĐÃ BỊ KHÓA")]
)
def test_a_pin_that_is_nearly_used_up_is_marked(tries: str, words: str):
    text = said(with_token(tries=tries, flags=("USER_PIN_FINAL_TRY",)))
    line = next(line for line in text.splitlines() if words in line)
    assert line.startswith(" !") and "[USER_PIN_FINAL_TRY]" in line


@pytest.mark.feature("G8")
@pytest.mark.parametrize(
    ("certificate", "mark"),
    [(CertificateHealth(400, ""), "+"), (CertificateHealth(20, ""), "!"), (CertificateHealth(-3, "ended"), "!")],
)
def test_a_certificate_is_told_by_its_days(certificate: CertificateHealth, mark: str):
    text = said(with_token(certificates=(certificate,)))
    assert next(line for line in text.splitlines() if "Chứng thư 1" in line).startswith(f" {mark}")


@pytest.mark.feature("G8")
@pytest.mark.parametrize("what", ["slow", "hang", "bits", "never"])
def test_a_driver_in_trouble_is_marked_in_words(what: str):
    driver = replace(DRIVER, what=what, words=trouble_in_words(what), tokens=())
    text = said(replace(CLUES, health=Health(Readers(Service.OFF), (driver,))))
    line = next(line for line in text.splitlines() if "libvnptca" in line)
    assert line.startswith(" !") and trouble_in_words(what) in line
    assert " ! Dịch vụ thẻ thông minh" in text
    assert " ! Không thấy chứng thư số nào" in text


@pytest.mark.threat("H14")
@pytest.mark.feature("G8")
def test_a_clock_that_is_a_year_off_is_marked():
    good = RELEASED + timedelta(days=30)
    assert clock_line(replace(CLUES, now=good), VI).state != LOOK
    assert clock_line(replace(CLUES, now=good - timedelta(days=365)), VI).state == LOOK
    assert clock_line(replace(CLUES, now=good + timedelta(days=365 * 20)), VI).state == LOOK

    later = good + timedelta(days=600)
    signed = later.isoformat()
    assert clock_line(replace(CLUES, now=later, last_signed=signed), VI).state != LOOK
    assert clock_line(replace(CLUES, now=later - timedelta(days=365), last_signed=signed), VI).state == LOOK


@pytest.mark.feature("G8")
@pytest.mark.threat("A16")
def test_whoever_holds_a_port_is_named(taken_port: int):
    assert holder_of_port(taken_port) == PYTHON
    assert holder_of_port(1) == ""
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        told = dict(held_ports(ours.getsockname()[1]))
        assert told[ours.getsockname()[1]] == "ours"
        assert set(PORTS) <= set(told)
    text = said(CLUES, ports=lambda _: [(1, "qisigner"), (2, ""), (3, "free"), (4, "ours")])
    assert "Cổng 1: chương trình khác đang giữ (qisigner)" in text
    assert "không rõ chương trình nào" in text


@pytest.mark.feature("G8")
def test_policies_of_browsers_about_this_pc_s_network_are_read(tmp_path: Path):
    assert "trình duyệt sẽ hỏi một lần" in said(CLUES, policies=lambda: browser_policies(tmp_path))
    chrome, firefox = tmp_path / "etc/opt/chrome/policies/managed", tmp_path / "etc/firefox/policies"
    chrome.mkdir(parents=True)
    firefox.mkdir(parents=True)
    (chrome / "a.json").write_text(
        json.dumps({"LocalNetworkAccessAllowedForUrls": ["https://a.example", "https://b.example"], "Homepage": "x"})
    )
    (chrome / "b.json").write_text(json.dumps({"LoopbackNetworkBlockedForUrls": ["https://secret.example"]}))
    (chrome / "c.json").write_text("{")
    (firefox / "policies.json").write_text(json.dumps({"policies": {"LocalNetworkAccess": {"Enabled": False}}}))

    text = said(CLUES, policies=lambda: browser_policies(tmp_path))

    assert "Chrome: chính sách LocalNetworkAccessAllowedForUrls cho phép 2 trang web" in text
    assert "Chrome: chính sách LoopbackNetworkBlockedForUrls CHẶN 1 trang web" in text
    assert "Chrome: có chính sách nhưng không đọc được" in text
    assert "Firefox: chính sách LocalNetworkAccess" in text
    assert "Homepage" not in text and "example" not in text


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"language": "xx", "scale": "big", "support": 3}', '{"scale": 99}', "\x00"]
)
def test_broken_settings_are_the_defaults(text: str, tmp_path: Path):
    (tmp_path / "settings.json").write_text(text)
    chosen = load(tmp_path)
    assert (chosen.language, chosen.support, chosen.scale) == ("vi", "", 0.0)


def test_the_clock_in_the_text_is_of_the_clues():
    now = datetime(2027, 3, 4, 5, 6, tzinfo=UTC)
    assert now.astimezone().strftime("%H:%M %d/%m/%Y") in said(replace(CLUES, now=now))
