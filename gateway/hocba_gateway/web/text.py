"""Text that every place behind the border can hold: PostgreSQL knows no NUL, XML no control characters, and
nobody a half of a surrogate pair. Whoever sends such text is told, before anything is asked of the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SUSPECT: Final = re.compile(rb"\\u(?:00[01]|[dD][89a-fA-F]|[fF]{3}[efEF])|\xef\xbf[\xbe\xbf]")
"""Bytes of JSON without these cannot hold unfit text: raw control characters are no JSON."""
FITTING: Final = "văn bản không có ký tự điều khiển"


def is_fit(text: str) -> bool:
    return _UNFIT.search(text) is None


def made_fit(text: str) -> str:
    """For a name that is only shown: what does not fit becomes a question mark."""
    return _UNFIT.sub("?", text)


def may_be_unfit(raw: bytes) -> bool:
    """Cheap, over the bytes of a JSON body; when True, unfit() over the parsed value decides."""
    return _SUSPECT.search(raw) is not None


def unfit(value: object, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where in a parsed JSON value unfit text stands, names of fields included."""
    if isinstance(value, str):
        if not is_fit(value):
            yield at
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not is_fit(name):
                yield at
            yield from unfit(inner, (*at, made_fit(name)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unfit(inner, (*at, str(number)))
