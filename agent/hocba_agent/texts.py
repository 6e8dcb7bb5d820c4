"""The Vietnamese words for an error's code: what happened and what to do."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from hocba_core.errors import HocbaError


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "?"


@cache
def _catalogue() -> dict[str, Any]:
    return tomllib.loads(files("hocba_agent").joinpath("texts_vi.toml").read_text(encoding="utf-8"))


def text_of(error: HocbaError) -> str:
    """One or two sentences. A fact may choose a narrower text: "code.fact value"."""
    catalogue = _catalogue()
    narrower = (f"{error.code}.{value}" for value in error.facts.values() if isinstance(value, str))
    key = next((key for key in narrower if key in catalogue), error.code)
    return str(catalogue.get(key, catalogue["error"])).format_map(_Facts(error.facts))
