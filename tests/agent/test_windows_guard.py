from __future__ import annotations

import pytest
from hocba_agent.windows.tk.guard import GAP, QUIET, Guard


class Hand:
    """A person whose time passes only when told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.guard = Guard(lambda: self.now)

    def press(self, key: str = "Return", seconds: float = 0.1) -> bool:
        self.guard.pressed(key)
        self.now += seconds
        return self.guard.released(key)


@pytest.mark.threat("C7")
def test_nothing_counts_before_the_window_is_seen_nor_in_its_first_half_second():
    hand = Hand()
    assert not hand.press()
    hand.guard.seen()
    assert not hand.press()
    hand.now += QUIET - 0.15
    assert not hand.press("mouse"), "begun too early, ended in time"
    hand.now += QUIET
    assert hand.press("mouse")
    assert hand.press("Escape")


@pytest.mark.threat("C7")
@pytest.mark.parametrize("first_repeat", [0.1, 0.66])
def test_a_key_held_since_before_answers_nothing_as_x11_repeats_it(first_repeat: float):
    hand = Hand()
    hand.guard.seen()
    hand.now += first_repeat
    for _ in range(80):  # X11: let go and pressed again at the same moment
        assert not hand.guard.released("Return")
        hand.guard.pressed("Return")
        hand.now += 0.04
    assert not hand.guard.released("Return"), "at last really let go"

    hand.now += GAP / 2
    assert not hand.press(), "too soon after it: still the same hand on the same key"
    hand.now += 2 * GAP
    assert hand.press()


@pytest.mark.threat("C7")
def test_a_key_held_since_before_answers_nothing_as_windows_repeats_it():
    hand = Hand()
    hand.guard.seen(["Return"])
    hand.now += QUIET + 0.1
    for _ in range(80):  # Windows: pressed again and again, let go once
        hand.guard.pressed("Return")
        hand.now += 0.04
    assert not hand.guard.released("Return")
    hand.now += 2 * GAP
    assert hand.press()


def test_another_key_is_not_hindered_by_a_held_one():
    hand = Hand()
    hand.guard.seen(["Return"])
    hand.now += QUIET
    assert hand.press("Escape")
