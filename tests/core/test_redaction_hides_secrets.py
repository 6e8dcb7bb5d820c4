from __future__ import annotations

import pytest
from hocba_core.redaction import redacted_text

pytestmark = pytest.mark.feature("P1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("User CMT_001085000017 not found", "User CMT_… not found"),
        ("bad\r\nINFO forged line", "bad INFO forged line"),
        ("Bearer abc.def refused", "… refused"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln expired", "token … expired"),
    ],
)
def test_a_vendors_text_is_cleaned(text: str, shown: str) -> None:
    assert redacted_text(text) == shown


def test_named_secrets_and_length_are_cut() -> None:
    assert redacted_text("the word is apfel", hide=["apfel", ""]) == "the word is …"
    assert len(redacted_text("x" * 500)) == 200
