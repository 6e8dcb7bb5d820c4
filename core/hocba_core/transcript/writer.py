"""Writes exclusive-C14N bytes directly: what is written equals its own canonical form.

That holds because elements carry no namespace, the only attributes are `Id` and `CHU_KY` (one on an
element), nothing is indented, empty elements have both tags, and text is escaped as C14N does
(https://www.w3.org/TR/xml-c14n/#ProcessingModel). A property test compares with libxml2's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from hocba_core.errors import BadInput

# XML 1.0, production [2] Char, without the surrogates and the two non-characters
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(value: str) -> str:
    """NFC, trimmed; line ends as LF. Raises BadInput for characters that XML 1.0 forbids."""
    if _FORBIDDEN.search(value):
        raise BadInput(field="text", expected="characters that XML 1.0 allows")
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").strip()


def text(value: str) -> str:
    """Cleaned and escaped as the text of an element."""
    value = clean(value)
    if "&" in value or "<" in value or ">" in value:
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value


def element(name: str, inner: str = "", attribute: tuple[str, str] | None = None) -> str:
    """`inner` is markup already; an attribute's value is one of our own ids and needs no escaping."""
    start = f'{name} {attribute[0]}="{attribute[1]}"' if attribute else name
    return f"<{start}>{inner}</{name}>"


def fields(names: Iterable[str], values: Mapping[str, str]) -> str:
    """Every named element in order, empty where there is no value: the shape never varies."""
    return "".join(element(name, text(values.get(name, ""))) for name in names)
