from __future__ import annotations

import string
import tomllib
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hocba_agent
import pytest
from hocba_agent.expiry import Endings, days_left
from hocba_agent.instance import Instance
from hocba_agent.preferences import choose_language, load
from hocba_agent.texts import Words, text_of
from hocba_agent.tray.icon import picture
from hocba_agent.tray.menu import VIEWS, entries, menu
from hocba_core.agent_errors import ERRORS
from hocba_core.certificate import Certificate
from hocba_core.testing.clock import HandClock
from hocba_core.testing.pki import Identity
from PIL import ImageChops

ROOM = Path(hocba_agent.__file__).parent
STATES = ("none", "ready", "signing", "trouble")
TOLD = {"icon": "ready", "tip": "", "certificates": ["Ánh: còn 17 ngày", "Bình: còn 400 ngày"], "language": "vi"}


def catalogue(file: str) -> dict[str, str]:
    told = tomllib.loads((ROOM / file).read_text())
    return {f"{part}.{name}": text for part, names in told.items() for name, text in names.items()}


def holes(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_both_languages_say_everything_with_the_same_facts():
    vietnamese, english = catalogue("words_vi.toml"), catalogue("words_en.toml")
    assert vietnamese.keys() == english.keys()
    for key, text in vietnamese.items():
        assert holes(text) == holes(english[key]), key


def test_every_error_has_english_words_too():
    said = Counter(text_of(kind(), "en") for kind in ERRORS.values())
    assert not [text for text in said if any(letter in text.lower() for letter in "ăâđêôơưạ")]
    assert len(said) > 15


@pytest.mark.parametrize("size", [16, 24, 64])
def test_the_four_icons_differ_in_shape_as_well_as_in_colour(size: int):
    pictures = [picture(state, size) for state in STATES]
    for number, one in enumerate(pictures):
        for other in pictures[number + 1 :]:
            grey = ImageChops.difference(one.convert("LA").convert("L"), other.convert("LA").convert("L"))
            different = sum(grey.point(lambda light: 255 * (light > 40)).histogram()[255:])
            assert different > size * size / 50, "a person who sees no colours tells them apart"


def test_the_menu_offers_everything():
    told = list(entries(TOLD))
    assert told[0].wish == {"do": "show", "view": "tokens"}
    assert [one.text.strip() for one in told[1:3]] == TOLD["certificates"]
    assert {one.wish["view"] for one in told if one.wish and "view" in one.wish} == set(VIEWS)
    assert [one.chosen for one in told if one.chosen is not None] == [True, False]
    assert told[-1].wish == {"do": "quit"}
    assert any("Chưa có USB Token" in one.text for one in entries({**TOLD, "certificates": []}))


def test_a_line_of_the_menu_asks_its_own_wish():
    class Menu(list[Any]):
        SEPARATOR = SimpleNamespace(text="", act=None, default=False)

        def __init__(self, *items: Any) -> None:
            super().__init__(items)

    def item(text: str, act: Any, **how: Any) -> Any:
        return SimpleNamespace(text=text, act=act, **how)

    asked: list[dict[str, Any]] = []
    made = menu(SimpleNamespace(Menu=Menu, MenuItem=item), TOLD, asked.append)
    for one in made:
        if one.act is not None:
            one.act(None, one)
    assert asked == [one.wish for one in entries(TOLD) if one.wish is not None]
    assert [one.default for one in made].count(True) == 1


def test_a_certificate_s_end_is_told_30_7_and_1_days_before_once_each(tmp_path: Path, owner: Identity):
    certificate = Certificate.read(owner.certificate)
    clock = HandClock(certificate.not_after - timedelta(days=60))
    told = []
    for _ in range(62 * 4):
        # the agent is started anew each time: what was told is remembered
        told += [ending.days for ending in Endings(tmp_path).due([certificate], clock())]
        clock.advance(timedelta(hours=6))
    assert told == [30, 7, 1]


def test_after_a_long_pause_only_the_nearest_is_told(tmp_path: Path, owner: Identity):
    certificate = Certificate.read(owner.certificate)
    (tmp_path / "told.json").write_text("{broken")
    endings = Endings(tmp_path)
    soon = certificate.not_after - timedelta(days=5)
    assert [one.name for one in endings.due([certificate], soon)] == [certificate.name]
    assert endings.due([certificate], soon) == []
    assert endings.due([certificate], certificate.not_after + timedelta(days=2)) == []
    assert days_left(certificate, soon) == 5


def test_two_with_one_folder_are_told_apart_and_a_file_left_behind_means_nothing(tmp_path: Path):
    (tmp_path / "instance.lock").write_bytes(b"")
    (tmp_path / "instance.show").write_bytes(b"")
    first, other = Instance(tmp_path), Instance(tmp_path / "another user's")
    assert first.first and other.first
    assert not first.asked_to_show()
    second = Instance(tmp_path)
    assert not second.first
    second.ask_first_to_show()
    assert [first.asked_to_show(), first.asked_to_show()] == [True, False]
    first.close()
    third = Instance(tmp_path)
    assert third.first
    for one in (other, second, third):
        one.close()


def test_a_language_is_remembered_beside_what_the_installer_wrote(tmp_path: Path):
    (tmp_path / "settings.json").write_text('{"support": "024 3942 0000", "scale": 1.5}')
    choose_language(tmp_path, "en")
    chosen = load(tmp_path)
    assert (chosen.language, chosen.support, chosen.scale) == ("en", "024 3942 0000", 1.5)
    assert Words(chosen.language)("pin.login") == "Login"
    choose_language(tmp_path, "../../etc")
    assert load(tmp_path).language == "vi"


def test_views_of_the_menu_are_in_the_order_people_need_them():
    assert all(first != second for first, second in pairwise(VIEWS))
