from __future__ import annotations

import pytest
from hocba_core.redaction import redacted, redacted_text

pytestmark = pytest.mark.feature("P1")


def test_telling_names_lose_their_values_at_any_depth() -> None:
    said = {
        "client_id": "school-7",
        "client_secret": "shh",
        "sad": "shh",
        "data": [{"accessToken": "shh", "otp": "shh", "status": "4000"}],
        "user_id": "CMT_001085000017",
    }
    assert "shh" not in str(redacted(said))
    assert "001085000017" not in str(redacted(said))
    assert redacted(said)["data"][0]["status"] == "4000"
    assert redacted(said)["client_id"] == "school-7"


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
