"""Takes secrets and personal numbers out of text and JSON that a person may read: logs, facts, kept answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

HIDDEN = "…"

_SECRET_NAMES = re.compile(
    r"secret|passw|passcode|token|otp|pin$|^sad$|authori[sz]e?code|assertion|private|"
    r"^authorization$|cookie|user_?id|identity|cccd|cmnd",
    re.IGNORECASE,
)
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


def redacted(value: Any) -> Any:
    """JSON with the values of telling names replaced, at any depth; other texts through redacted_text()."""
    if isinstance(value, Mapping):
        return {name: HIDDEN if _SECRET_NAMES.search(str(name)) else redacted(inner) for name, inner in value.items()}
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [redacted(inner) for inner in value]
    return value
