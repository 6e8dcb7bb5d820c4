"""Makes a site's text harmless before a person reads it in our window."""

from __future__ import annotations

import unicodedata

_CUT = "…"


def shown(text: str, limit: int = 120) -> str:
    """One line of at most `limit` characters: no control, format (right-to-left override …) or unassigned ones.

    Composed (NFC), so that a mark cannot climb over its neighbours without end; at most two marks in a row.
    """
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category[0] == "C" or marks > 2:
            continue
        kept.append(" " if category[0] == "Z" else letter)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1] + _CUT
