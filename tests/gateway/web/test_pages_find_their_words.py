"""T22: whatever a page says stands in the catalogue, in every language, with the same facts."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.accounts import PERSON_NAMES, SCHOOL_NAMES
from hocba_core.workflow.states import DELIVERY_NAMES, Main
from hocba_gateway.services.documents import PURPOSES
from hocba_gateway.web.pages import words
from hocba_gateway.web.pages.menu import ENTRIES
from hocba_gateway.web.pages.words import LANGUAGES, Words, catalogue

WEB = Path(words.__file__).parents[1]
SAID = re.compile(r"""\bt\(\s*["']([a-z_0-9.-]+)["']\s*[,)]""")
CHOSEN = re.compile(r"""\bt\(\s*["']([a-z_0-9.-]+)["'] if [^)]*?(?:\([^)]*\))?[^)]*? else ["']([a-z_0-9.-]+)["']""")
SCRIPTS = re.compile(r"(?<!\w)\[([a-z]+)\]")
VIETNAMESE = re.compile(r"[ăâđêôơưà-ãè-êìíò-õùúýạ-ỹ]", re.IGNORECASE)
MARKS = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
"""What a template does, beside what it says."""
COMMENTS = re.compile(r"/\*.*?\*/|^\s*//.*?$|\s// .*?$", re.DOTALL | re.MULTILINE)


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
    made += [f"covers.{kind.value}" for kind in SlotKind]
    made += [f"{which}.{what}" for which in ("account", "seal") for what in ("register", "change", "history")]
    assert [key for key in made if not Words("vi").has(key)] == []


@pytest.mark.feature("T22")
def test_both_languages_say_everything_with_the_same_facts():
    vietnamese, english = catalogue("vi"), catalogue("en")
    assert vietnamese.keys() == english.keys()
    for key, text in vietnamese.items():
        assert facts_of(text) == facts_of(english[key]), key


def facts_of(text: str) -> set[str]:
    """{count} for the server, [owner] for scripts; said twice is said once."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name} | set(SCRIPTS.findall(text))


@pytest.mark.feature("T22")
def test_what_is_said_in_lines_has_as_many_in_both():
    assert len({catalogue(language)["account.check"].count("|") for language in LANGUAGES}) == 1


@pytest.mark.feature("T22")
def test_english_is_english():
    named = ("Tiếng Việt", "Cốc Cốc")
    said = {key: re.sub("|".join(named), "", text) for key, text in catalogue("en").items()}
    assert [key for key, text in said.items() if VIETNAMESE.search(text)] == []


@pytest.mark.feature("T22")
def test_states_have_the_names_that_the_record_and_the_api_give_them():
    made = {f"main.{one.name.lower()}": one.value for one in Main}
    made |= {f"delivery.{one.value}": name for one, name in DELIVERY_NAMES.items()}
    made |= {f"account_state.{one.value}": name for one, name in PERSON_NAMES.items()}
    made |= {f"seal_state.{one.value}": name for one, name in SCHOOL_NAMES.items()}
    assert {key: catalogue("vi").get(key) for key in made} == made


@pytest.mark.feature("T22")
def test_templates_and_scripts_have_no_words_of_their_own():
    told = [(file, MARKS.sub("", read(file))) for file in sorted((WEB / "templates").glob("*.html"))]
    told += [(file, COMMENTS.sub("", read(file))) for file in sorted((WEB / "static").glob("*.js"))]
    assert len(told) > 40
    assert [file.name for file, text in told if VIETNAMESE.search(text)] == []


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.mark.feature("T22")
def test_one_of_a_thing_is_said_otherwise_than_many():
    english = Words("en")
    assert english("progress.over_well", count=1) == "1 transcript signed"
    assert english("progress.over_well", count=12) == "12 transcripts signed"
    assert Words("vi")("progress.over_well", count=1) == "Ký thành công 1 học bạ"
