from __future__ import annotations

import json
import socket
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hocba_agent import RELEASED
from hocba_agent.diagnosis import LOOK, Clues, as_text, clock_line, held_ports, look, masked
from hocba_agent.driver import Driver
from hocba_agent.preferences import load
from hocba_agent.surroundings import browser_policies, holder_of_port
from hocba_agent.texts import Words
from hocba_agent.tokens import Held, Listing
from hocba_agent.windows.kinds import WindowKind
from hocba_core.agent_protocol import PORTS, TokenCertificate
from hocba_core.certificate import Certificate
from hocba_core.clock import system_clock
from hocba_core.testing.pki import Identity

VI = Words("vi")
CLUES = Clues(system_clock(), PORTS[0], (), Listing((), ()), "", 1, 0, 0, "Phòng CNTT, 024 3942 0000")


def said(clues: Clues, words: Words = VI, **how: Any) -> str:
    return as_text([asdict(section) for section in look(clues, words, **how)])


def held(owner: Identity, **changed: object) -> Held:
    fingerprint = Certificate.read(owner.certificate).fingerprint
    told = TokenCertificate(fingerprint, owner.certificate, (), "5401-0011-2233-AB7F", "VNPT-CA", True, "", "several")
    driver = Driver(Path("/home/gv/Tải về/libvnptca_p11_v6.so"), WindowKind("console"))
    return Held(replace(told, **changed), driver)  # type: ignore[arg-type]


@pytest.mark.threat("H3")
@pytest.mark.feature("G8")
def test_what_support_needs_is_in_it_and_nothing_personal(owner: Identity):
    one = held(owner)
    drivers = ((one.driver.name, str(one.driver.module)),)
    text = said(replace(CLUES, drivers=drivers, listing=Listing((one,), ())))

    for needed in ("Phiên bản 0.1.0", "64 bit", "libvnptca_p11_v6.so: tải được", "…AB7F", "mã PIN bình thường"):
        assert needed in text
    assert "Hết hạn" in text or "hết hạn" in text
    assert str(PORTS[0]) in text
    assert "024 3942 0000" in text
    read = Certificate.read(owner.certificate)
    for personal in (read.name, read.personal_number, read.serial, read.fingerprint, "5401-0011", "/home", "Tải về"):
        assert personal.lower() not in text.lower(), personal


@pytest.mark.feature("G8")
@pytest.mark.parametrize(
    ("tries", "words"), [("few", "còn ít lần thử"), ("last", "CHỈ CÒN MỘT LẦN THỬ"), ("blocked", "ĐÃ BỊ KHÓA")]
)
def test_a_pin_that_is_nearly_used_up_is_marked(tries: str, words: str, owner: Identity):
    one = held(owner, pin_tries=tries)
    text = said(replace(CLUES, drivers=(("a.so", "/a.so"),), listing=Listing((one,), ())))
    assert next(line for line in text.splitlines() if words in line).startswith(" !")


@pytest.mark.feature("G8")
@pytest.mark.parametrize("what", ["slow", "hang", "crash", "paused", "missing", "load", "some new one"])
def test_a_driver_in_trouble_is_marked_in_words(what: str):
    text = said(replace(CLUES, drivers=(("a.so", "/a.so"),), listing=Listing((), (("a.so", what),))))
    line = next(line for line in text.splitlines() if "a.so" in line)
    assert line.startswith(" !")
    assert ("some new one" in line) == (what == "some new one")


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
    assert "python" in holder_of_port(taken_port) or "pytest" in holder_of_port(taken_port)
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


def test_serials_keep_their_end_only():
    assert masked("5401-0011-2233-AB7F") == "…AB7F"
    assert masked("123") == "…"


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
