"""Takes secrets and personal numbers out of a vendor's text before a person may read it: facts and logs."""

from __future__ import annotations

import re
from collections.abc import Sequence

HIDDEN = "…"

_NUMBERS = re.compile(r"\d{9,}")  # personal numbers have 9 or 12 digits, tax codes 10 or 13
_TOKENS = re.compile(r"\b(?:Bearer\s+\S+|eyJ[\w-]+\.[\w.-]+)")  # a header, or a JWT wherever it stands
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")  # a vendor's text must not forge a log line


def redacted_text(text: str, *, hide: Sequence[str] = (), limit: int = 200) -> str:
    """One line of at most `limit` characters; long digit runs, tokens and every string of `hide` are gone."""
    for secret in hide:
        if secret:
            text = text.replace(secret, HIDDEN)
    text = _NUMBERS.sub(HIDDEN, _TOKENS.sub(HIDDEN, _BREAKS.sub(" ", text)))
    return text if len(text) <= limit else text[: limit - 1] + HIDDEN
