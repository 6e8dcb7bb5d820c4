"""T22: whatever a template says stands in the catalogue; English has no word that Vietnamese lacks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hocba_core.transcript.route import SlotKind
from hocba_gateway.services.documents import PURPOSES
from hocba_gateway.web.pages import words
from hocba_gateway.web.pages.menu import ENTRIES
from hocba_gateway.web.pages.words import Words

WEB = Path(words.__file__).parents[1]
SAID = re.compile(r"""\bt\(\s*["']([a-z_0-9.-]+)["']\s*[,)]""")
CHOSEN = re.compile(r"""\bt\(\s*["']([a-z_0-9.-]+)["'] if [^)]*?(?:\([^)]*\))?[^)]*? else ["']([a-z_0-9.-]+)["']""")


@pytest.mark.feature("T22")
def test_every_word_that_a_template_says_is_there():
    said = {}
    for template in sorted((WEB / "templates").glob("*.html")):
        text = template.read_text(encoding="utf-8")
        for key in {*SAID.findall(text), *(key for pair in CHOSEN.findall(text) for key in pair)}:
            if not key.endswith("."):
                said.setdefault(key, template.name)
    assert len(said) > 150
    vietnamese = Words("vi")
    assert {key: place for key, place in said.items() if not vietnamese.has(key)} == {}


@pytest.mark.feature("T22")
def test_words_that_are_put_together_are_there():
    made = [f"menu.{entry.key}" for entry in ENTRIES]
    made += [f"kind.{kind.value}" for kind in SlotKind] + [f"purpose.{purpose}" for purpose in PURPOSES]
    made += [
        f"{which}.{state}" for which in ("account", "seal") for state in ("none", "pending", "approved", "rejected")
    ]
    made += [f"{which}.{what}" for which in ("account", "seal") for what in ("register", "change", "history")]
    assert [key for key in made if not Words("vi").has(key)] == []


def test_english_says_nothing_that_vietnamese_does_not():
    english = tomllib.loads((WEB / "pages/words_en.toml").read_text(encoding="utf-8"))
    keys = [
        f"{section}.{key}"
        for section, table in english.items()
        for key, value in table.items()
        if isinstance(value, str)
    ]
    assert [key for key in keys if not Words("vi").has(key)] == []
