"""Verdicts in words."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from hocba_agent.drivers.check import Verdict
from hocba_agent.system import MACHINE
from hocba_agent.texts import LANGUAGES, filled


@cache
def _reasons() -> dict[str, dict[str, str]]:
    told: dict[str, dict[str, str]] = tomllib.loads(
        files("hocba_agent.drivers").joinpath("reasons.toml").read_text(encoding="utf-8")
    )
    return told


def verdict_in_words(verdict: Verdict, language: str = "vi") -> str:
    """One sentence or two: "Dùng được.", or why not and what to do."""
    return _text(verdict.reason or "ok", language, machine=verdict.machine, bits=verdict.bits)


def trouble_in_words(what: str, language: str = "vi") -> str:
    """The `trouble` that a listing names: a reason of a verdict, what failed in a driver, service_off, locked …"""
    return _text(what or "ok", language, what=what)


def _text(key: str, language: str, **facts: object) -> str:
    reasons = _reasons()[language if language in LANGUAGES else LANGUAGES[0]]
    return filled(reasons.get(key, reasons["other"]), {"our_bits": MACHINE[1], **facts})
