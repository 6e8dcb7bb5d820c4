"""The two questions on a real screen, with real keys and clicks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hocba_agent.preferences import choose_language
from hocba_agent.testing.screen import Screen, keep, wait_for, xvfb
from hocba_agent.windows.api import Consent, ConsentQuestion, PinQuestion
from hocba_agent.windows.ask import PinWindow, ask_consent
from hocba_agent.windows.kinds import WindowKind
from hocba_agent.windows.tk import look
from hocba_core.errors import Lapsed, Rejected

SITE = "https://hocba.thcs-nguyendu.hanoi.example"
CONSENT, PIN = "Cho phép trang web", "Đăng nhập USB Token"
QUESTION = PinQuestion(
    SITE,
    "NGUYỄN THỊ ÁNH TUYẾT",
    "VNPT-CA v6",
    "Ký học bạ lớp 6A",
    tuple(f"Lớp 6A · {n:02d} · Trần Đỗ Phương Quỳnh · Toán · Học kỳ II" for n in range(1, 46)),
    "several",
)
pytestmark = pytest.mark.xdist_group("screen")


@contextmanager
def asked(ask: Callable[[], Any], screen: Screen, title: str, settle: float = 0.7) -> Iterator[Future[Any]]:
    """The window is open, and (unless `settle` is less) takes input."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask)
        try:
            screen.wait(title)
            time.sleep(settle)
            yield answer
        finally:
            if not answer.done():
                screen.quit(title)
                wait_for(answer.done)


def consent(folder: Path, site: str = SITE) -> Callable[[], Consent]:
    return lambda: asyncio.run(ask_consent(WindowKind("tk", folder), ConsentQuestion(site, "firefox-esr")))


def pin(folder: Path, question: PinQuestion = QUESTION) -> Callable[[], str]:
    return lambda: PinWindow(WindowKind("tk", folder)).ask(question).reveal()


def still_open(answer: Future[Any]) -> bool:
    time.sleep(0.4)
    return not answer.done()


@pytest.mark.feature("G3")
@pytest.mark.threat("C7")
@pytest.mark.parametrize("no", ["Return", "space", "Escape", "KP_Enter", "cross"])
def test_enter_space_escape_and_closing_say_no(no: str, screen: Screen, tmp_path: Path):
    with asked(consent(tmp_path), screen, CONSENT) as answer:
        screen.quit(CONSENT) if no == "cross" else screen.key(no)
        assert answer.result(10) is Consent.NO


@pytest.mark.feature("G3")
def test_yes_by_keys_and_by_the_mouse(screen: Screen, tmp_path: Path):
    with asked(consent(tmp_path), screen, CONSENT) as answer:
        keep(screen, "consent")
        screen.key("Tab", "Return")
        assert answer.result(10) is Consent.ONCE
    with asked(consent(tmp_path), screen, CONSENT) as answer:
        screen.key("shift+Tab", "space", "Tab", "Tab", "space")
        assert answer.result(10) is Consent.REMEMBER
    with asked(consent(tmp_path), screen, CONSENT) as answer:
        no = screen.find(look.BLUE)
        assert no is not None
        screen.click((no[0] - 140, no[1]))
        assert answer.result(10) is Consent.ONCE
    with asked(consent(tmp_path), screen, CONSENT) as answer:
        screen.click(no)
        assert answer.result(10) is Consent.NO


@pytest.mark.threat("C7")
def test_what_is_typed_and_clicked_into_a_window_that_just_came_is_lost(screen: Screen, tmp_path: Path):
    with asked(consent(tmp_path), screen, CONSENT, settle=0.0) as answer:
        screen.do("key", "--delay", "5", "Tab", "Return", "space", "Escape", "Return")
        assert still_open(answer)
        time.sleep(0.5)
        screen.key("Return")
        assert answer.result(10) is Consent.NO, "Tab did not count either: No has the focus still"


@pytest.mark.threat("C7")
def test_a_key_that_was_held_down_before_answers_nothing(screen: Screen, tmp_path: Path):
    screen.do("keydown", "Return")
    try:
        with asked(consent(tmp_path), screen, CONSENT, settle=2.0) as answer:
            assert not answer.done()
            screen.do("keyup", "Return")
            assert still_open(answer)
            time.sleep(0.4)
            screen.key("Return")
            assert answer.result(10) is Consent.NO
    finally:
        screen.do("keyup", "Return")


@pytest.mark.threat("B8")
@pytest.mark.threat("B7")
def test_an_origin_is_whole_and_ascii_however_long(screen: Screen, tmp_path: Path):
    site = f"https://xn--hc-b-1pa.{'a' * 60}.{'b' * 60}.{'c' * 60}.example.edu.vn:8443"
    with asked(consent(tmp_path, site), screen, CONSENT) as answer:
        keep(screen, "consent-punycode")
        assert screen.find(look.AMBER_TINT, 300) is not None, "it says what xn-- means"
        assert size_of(screen, CONSENT)[1] < 768 - 60
        screen.key("Escape")
        assert answer.result(10) is Consent.NO


@pytest.mark.feature("G4")
def test_a_pin_is_typed_and_login_hands_it_on(screen: Screen, tmp_path: Path):
    with asked(pin(tmp_path), screen, PIN) as answer:
        screen.key("Return")
        assert still_open(answer), "an empty PIN is none"
        screen.type("12 34-ab")
        keep(screen, "pin")
        screen.key("Return")
        assert answer.result(10) == "12 34-ab"
    with asked(pin(tmp_path), screen, PIN) as answer:
        screen.type("87654321")
        time.sleep(0.2)
        login = screen.find(look.BLUE)
        assert login is not None
        screen.click(login)
        assert answer.result(10) == "87654321"


@pytest.mark.threat("D15")
@pytest.mark.parametrize("cancel", ["Escape", "cross", "button"])
def test_a_typed_pin_goes_nowhere_when_the_window_is_cancelled(cancel: str, screen: Screen, tmp_path: Path):
    with asked(pin(tmp_path), screen, PIN) as answer:
        screen.type("12345678")
        if cancel == "cross":
            screen.quit(PIN)
        elif cancel == "Escape":
            screen.key("Escape")
        else:
            login = screen.find(look.BLUE)
            assert login is not None
            screen.click((login[0] + 140, login[1]))
        with pytest.raises(Rejected):
            answer.result(10)


@pytest.mark.threat("D15")
def test_nobody_answers(screen: Screen, tmp_path: Path):
    window = PinWindow(WindowKind("tk", tmp_path), timedelta(seconds=1.5))
    with pytest.raises(Lapsed):
        window.ask(QUESTION)
    wait_for(lambda: not screen.windows(PIN))


@pytest.mark.threat("C7")
def test_a_pin_that_is_being_typed_elsewhere_stays_out(screen: Screen, tmp_path: Path):
    with asked(pin(tmp_path), screen, PIN, settle=0.0) as answer:
        screen.do("type", "--delay", "1", "99999999")
        screen.do("key", "--delay", "1", "Return")
        time.sleep(0.7)
        screen.type("1234")
        screen.key("Return")
        assert answer.result(10) == "1234"


@pytest.mark.threat("D2")
@pytest.mark.feature("G4")
def test_the_last_try_is_red_and_needs_one_more_yes(screen: Screen, tmp_path: Path):
    with asked(pin(tmp_path, replace(QUESTION, tries="last", signed=10)), screen, PIN) as answer:
        assert screen.find(look.RED_TINT, 300) is not None
        screen.type("12345678")
        screen.key("Return")
        assert still_open(answer)
        assert screen.find(look.BLUE) is None, "Login is grey"
        screen.key("shift+Tab", "space")
        keep(screen, "pin-last")
        screen.key("Tab", "Return")
        assert answer.result(10) == "12345678"


@pytest.mark.threat("D14")
def test_lengths_that_the_token_does_not_take_stay_in_the_window_and_letters_of_any_kind_may_be_pasted(
    screen: Screen, tmp_path: Path
):
    limits = replace(QUESTION, shortest=6, longest=10)
    code = "import tkinter as t; r = t.Tk(); r.withdraw(); r.clipboard_append(' mật 1 '); r.mainloop()"
    with subprocess.Popen([sys.executable, "-c", code]) as other:
        try:
            with asked(pin(tmp_path, limits), screen, PIN) as answer:
                screen.type("123")
                screen.key("Return")
                assert still_open(answer)
                screen.type("45678901")
                screen.key("Return")
                assert still_open(answer), "eleven"
                screen.key("ctrl+a", "BackSpace", "ctrl+v", "Return")
                assert answer.result(10) == " mật 1 ", "spaces stay; nine bytes of UTF-8"
        finally:
            other.terminate()


@pytest.mark.threat("D12")
def test_a_token_with_keys_of_its_own_gets_no_box_for_a_pin(screen: Screen, tmp_path: Path):
    question = replace(QUESTION, on_reader=True)
    with asked(pin(tmp_path, question), screen, PIN) as answer:
        keep(screen, "pin-on-reader")
        screen.type("1234")
        screen.key("Return")
        with pytest.raises(Rejected):
            answer.result(10)  # Cancel had the focus
    with asked(pin(tmp_path, question), screen, PIN) as answer:
        begin = screen.find(look.BLUE)
        assert begin is not None
        screen.click(begin)
        assert answer.result(10) == ""


@pytest.mark.threat("E10")
@pytest.mark.feature("G4")
def test_the_full_list_is_there_on_demand(screen: Screen, tmp_path: Path):
    with asked(pin(tmp_path), screen, PIN) as answer:
        before = size_of(screen, PIN)
        screen.key("shift+Tab", "space")
        wait_for(lambda: size_of(screen, PIN)[1] > before[1])
        keep(screen, "pin-all")
        screen.key("space")
        wait_for(lambda: size_of(screen, PIN) == before)
        screen.key("Escape")
        with pytest.raises(Rejected):
            answer.result(10)


@pytest.mark.feature("G4")
def test_a_pin_can_be_seen_as_long_as_a_button_is_held(screen: Screen, tmp_path: Path):
    with asked(pin(tmp_path), screen, PIN) as answer:
        screen.type("1234567890")
        time.sleep(0.3)
        hidden = screen.picture()
        login = screen.find(look.BLUE)
        assert login is not None
        x, _, width, _ = screen.place(PIN)
        screen.do("mousemove", str(x + width - 80), str(login[1] - 104), "mousedown", "1")
        time.sleep(0.3)
        seen = screen.picture()
        keep(screen, "pin-shown")
        screen.do("mouseup", "1")
        time.sleep(0.3)
        again = screen.picture()
        row = (x + 130, login[1] - 118, x + width - 180, login[1] - 90)
        assert ink(seen.crop(row)) < 0.8 * ink(hidden.crop(row)), "digits are thinner than dots"
        assert ink(again.crop(row)) > 0.9 * ink(hidden.crop(row))
        screen.key("Escape")
        with pytest.raises(Rejected):
            answer.result(10)


def test_no_other_program_of_the_screen_can_send_commands_into_a_pin_window(screen: Screen, tmp_path: Path):
    with asked(pin(tmp_path), screen, PIN) as answer:
        code = "import tkinter as t; r = t.Tk(className='stranger'); print(r.tk.call('winfo', 'interps'))"
        stranger = [sys.executable, "-c", code]
        known = subprocess.run(stranger, capture_output=True, text=True, timeout=20, check=True).stdout
        assert "stranger" in known
        assert "hocba" not in known
        screen.key("Escape")
        with pytest.raises(Rejected):
            answer.result(10)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_at_150_percent_every_question_fits_a_small_screen(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    choose_language(tmp_path, language)
    titles = {"vi": (CONSENT, PIN), "en": ("Allow a website", "Token login")}[language]
    with xvfb(dots=144) as large:
        monkeypatch.setenv("DISPLAY", large.display)
        for tries in ("several", "few", "last"):
            with asked(pin(tmp_path, replace(QUESTION, tries=tries, signed=3)), large, titles[1]) as answer:
                keep(large, f"pin-150-{tries}-{language}")
                x, y, width, height = large.place(titles[1])
                assert x >= 0 and x + width <= 1366 and y >= 0 and y + height <= 768 - 50
                large.key("Escape")
                with pytest.raises(Rejected):
                    answer.result(10)
        with asked(consent(tmp_path), large, titles[0]) as answer:
            keep(large, f"consent-150-{language}")
            x, y, width, height = large.place(titles[0])
            assert x >= 0 and x + width <= 1366 and y >= 0 and y + height <= 768 - 50
            large.key("Escape")
            assert answer.result(10) is Consent.NO


def size_of(screen: Screen, title: str) -> tuple[int, int]:
    return screen.place(title)[2:]


def ink(image: Any) -> int:
    """Dark pixels."""
    return sum(image.convert("L").histogram()[:100])
