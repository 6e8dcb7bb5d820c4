"""How the drivers of this PC are: what diagnosis shows and support asks for. No name, no number, no whole serial.

Also drivers that were found and not loaded are here, each with the reason: most calls to support are about those.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hocba_core.agent_protocol import from_base64
from hocba_core.certificate import Certificate
from hocba_core.errors import BadInput

from hocba_agent.driver import Driver
from hocba_agent.drivers.added import list_drivers
from hocba_agent.drivers.check import Verdict, judge
from hocba_agent.drivers.find import Candidate, identity
from hocba_agent.drivers.words import trouble_in_words, verdict_in_words
from hocba_agent.readers import Readers, look
from hocba_agent.token.codes import ON_READER, PIN_COUNT_LOW, PIN_FINAL_TRY, PIN_LOCKED, PIN_TO_BE_CHANGED
from hocba_agent.tokens import Listing, Tokens, unusable

_FLAGS: Final = {
    ON_READER: "PROTECTED_AUTHENTICATION_PATH",
    PIN_COUNT_LOW: "USER_PIN_COUNT_LOW",
    PIN_FINAL_TRY: "USER_PIN_FINAL_TRY",
    PIN_LOCKED: "USER_PIN_LOCKED",
    PIN_TO_BE_CHANGED: "USER_PIN_TO_BE_CHANGED",
}
"""Those that support asks about."""


@dataclass(frozen=True, slots=True)
class CertificateHealth:
    """Whose it is, is not told."""

    days_left: int
    """Negative: ended so many days ago."""
    reason: str
    """"" when it can sign, else usage | ended | not_yet | key, or unreadable"""


@dataclass(frozen=True, slots=True)
class TokenHealth:
    reader: str
    maker: str
    model: str
    serial: str
    """Masked: its last four characters."""
    flags: tuple[str, ...]
    """Names of the standard, without CKF_."""
    tries: str
    """several | few | last | blocked"""
    locked: bool
    """Shows its certificates only after its PIN."""
    certificates: tuple[CertificateHealth, ...]


@dataclass(frozen=True, slots=True)
class DriverHealth:
    path: str
    """The person's own folder is written as ~."""
    brand: str
    """"" when no list knows it."""
    found_by: str
    """list | p11-kit | provider | added | command"""
    machine: str
    bits: int
    loaded: bool
    """Does its process run?"""
    what: str
    """"" when all is well; else a reason of Verdict, or what its process told."""
    words: str
    """The same for a person."""
    tokens: tuple[TokenHealth, ...]


@dataclass(frozen=True, slots=True)
class Health:
    pc_sc: Readers
    """The smart card service and its readers."""
    drivers: tuple[DriverHealth, ...]


async def health(tokens: Tokens, folder: Path, now: datetime, language: str = "vi") -> Health:
    """Asks every driver once, with the deadlines of a listing. `folder`: of the settings."""
    listing = await tokens.listing()
    pc_sc = await asyncio.to_thread(look)
    known = {identity(one.path): one for one in await asyncio.to_thread(list_drivers, folder)}
    running = [_running(one, known.pop(identity(one.module), None), listing, now, language) for one in tokens.drivers]
    others = [_not_loaded(one, language) for one in known.values()]
    return Health(pc_sc, (*running, *others))


def masked(serial: str) -> str:
    return f"…{serial[-4:]}" if len(serial) > 6 else "…"


def _running(driver: Driver, known: Candidate | None, listing: Listing, now: datetime, language: str) -> DriverHealth:
    verdict = known.verdict if known is not None and known.verdict.ok else judge(driver.module, confirmed=True)
    what = verdict.reason or dict(listing.troubles).get(driver.name, "")
    words = verdict_in_words(verdict, language) if verdict.reason else trouble_in_words(what, language)
    return DriverHealth(
        _shown(driver.module),
        known.brand if known else "",
        known.found_by if known else "command",
        verdict.machine,
        verdict.bits,
        driver.process_id is not None and verdict.ok,
        what,
        words,
        tuple(_token(one, now) for one in driver.seen),
    )


def _not_loaded(one: Candidate, language: str) -> DriverHealth:
    """Found, and not started: because of its verdict, or because it came after the start."""
    verdict: Verdict = one.verdict
    what = verdict.reason or "restart"
    words = verdict_in_words(verdict, language) if verdict.reason else trouble_in_words(what, language)
    return DriverHealth(
        _shown(one.path), one.brand, one.found_by, verdict.machine, verdict.bits, False, what, words, ()
    )


def _token(told: Mapping[str, Any], now: datetime) -> TokenHealth:
    return TokenHealth(
        told["reader"],
        told["maker"],
        told["model"],
        masked(told["serial"]),
        tuple(name for flag, name in _FLAGS.items() if told["flags"] & flag),
        told["tries"],
        told["locked"],
        tuple(_certificate(text, now) for text in told["certificates"]),
    )


def _certificate(text: str, now: datetime) -> CertificateHealth:
    try:
        certificate = Certificate.read(from_base64(text, "certificate"))
    except BadInput:
        return CertificateHealth(0, "unreadable")
    return CertificateHealth((certificate.not_after - now).days, unusable(certificate, now))


def _shown(path: Path) -> str:
    home = Path.home()
    return str(Path("~", path.relative_to(home))) if home != Path("/") and path.is_relative_to(home) else str(path)
