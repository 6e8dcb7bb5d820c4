"""What a person reads: every error that can leave the gateway has a heading, says what happened, and what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import hocba_core.workflow.table
import hocba_core.workflow.turn
import hocba_gateway
import pytest
from hocba_core import errors
from hocba_core.errors import HocbaError
from hocba_gateway.web.problems import problem, status_of, texts, words_of

pytestmark = pytest.mark.feature("T22")

GATEWAY = Path(hocba_gateway.__file__).parent
RULES = [Path(hocba_core.workflow.turn.__file__)]
TESTING = ("testing", "bench", "demo")


def every(kind: type[HocbaError] = HocbaError) -> list[type[HocbaError]]:
    # those of hocba_core.agent_errors stay between page and agent, which has words of its own
    found = [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    return [kind, *(deeper for one in found for deeper in every(one))]


def said_in_source(error: str, fact: str) -> set[str]:
    """The values of a deciding fact, as the source writes them."""
    files = [*RULES, *(path for path in GATEWAY.rglob("*.py") if path.relative_to(GATEWAY).parts[0] not in TESTING)]
    call = re.compile(rf'\b{error}\((?:[^()]|\([^()]*\))*?\b{fact}="(\w+)"')
    return {value for path in files for value in call.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("kind", every(), ids=lambda kind: kind.__name__)
def test_every_kind_of_error_has_its_own_words(kind):
    own = texts()[kind.code]
    assert own["title"]
    assert own["detail"]
    assert "todo" in own


@pytest.mark.parametrize(
    ("error", "fact"),
    [("NotFound", "kind"), ("Conflict", "state"), ("NotYourTurn", "reason"), ("CertificateRefused", "reason"),
     ("NotLoggedIn", "reason")],
)  # fmt: skip
def test_every_deciding_fact_has_words(error, fact):
    code = getattr(errors, error).code
    values = said_in_source(error, fact)
    assert values
    missing = values - set(texts()[code].get(fact, {}))
    assert not missing, f"texts_vi.toml lacks [{code}.{fact}.…] for {sorted(missing)}"


def test_every_refusal_of_the_workflow_has_words():
    table = Path(hocba_core.workflow.table.__file__).read_text(encoding="utf-8")
    reasons = {*re.findall(r'return "(\w+)"', table), *re.findall(r'else "(\w+)"', table)}
    assert {"not_signed", "held", "sent"} <= reasons
    missing = reasons - set(texts()["conflict"]["reason"])
    assert not missing, f"texts_vi.toml lacks [conflict.reason.…] for {sorted(missing)}"


def test_a_place_that_no_fact_fills_stays_readable():
    words = words_of("forbidden", {})
    assert "{" not in "".join(words.values())


def test_what_facts_say_is_not_taken_for_a_pattern():
    words = words_of("bad_input", {"field": "{0.__class__}", "expected": "{number}"})
    assert "{0.__class__}" in words["detail"]


def test_a_fault_of_ours_says_a_number_and_nothing_else():
    answer = problem(errors.OurFault(number="abc", what="secret_key_does_not_fit"), "0123456789ab")
    said = json.loads(answer.text or "")
    assert (answer.status, said["facts"]) == (500, {})
    assert "secret_key" not in (answer.text or "")
    assert "0123456789ab" in said["todo"]


def test_waiting_is_said_in_the_header_that_programs_read():
    answer = problem(errors.Busy(provider="x", retry_after=30), "n")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")


def test_statuses_follow_the_nearest_class():
    assert status_of(errors.CodeWrong()) == 422
    assert status_of(errors.Unavailable()) == 502
    assert status_of(errors.PinWrong()) == 422
