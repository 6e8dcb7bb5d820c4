"""The states of confirmations, requests, attempts and packages, as their rows hold them. Of a request:

    new ──▶ asking ──▶ waiting ──▶ answered ──▶ done
     ▲        │  ╲        │  ▲         ▲
     │        │   ╲       ▼  │         │          failed: refused, lapsed, or over for another reason
     └────────┴──▶ unknown ──┴─────────┘

`asking` is written before the vendor is called: who finds it with a lapsed lease knows that a gateway died
between intent and answer, so it is read as `unknown`, and unknown is left only by asking for status.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class RequestState(StrEnum):
    NEW = "new"  # the intent is stored, nobody was asked
    ASKING = "asking"  # the vendor is being called, or was when a gateway died
    WAITING = "waiting"  # the vendor, or the page with the token, has it
    UNKNOWN = "unknown"  # sent, and nobody knows what became of it
    ANSWERED = "answered"  # values are stored, not all of them embedded
    DONE = "done"
    FAILED = "failed"


class AttemptState(StrEnum):
    ALIVE = "alive"
    SIGNED = "signed"
    FAILED = "failed"
    ORPHAN = "orphan"  # a good value that came after its slot had closed; kept, never embedded


class ConfirmationState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"  # none of its requests goes on


class PackageState(StrEnum):
    """Of a class package's own row. What its transcripts show is their `delivery`."""

    SEAL = "seal"  # waits for whoever holds the school's token
    SENDING = "sending"
    WAITING = "waiting"  # the portal has it and has not decided
    DONE = "done"
    DROPPED = "dropped"  # taken apart; it stays on record and is in no list


OVER: Final = (RequestState.DONE, RequestState.FAILED)
TOKEN: Final = "token"  # noqa: S105 - a request's source when a USB token signs
PACKAGE: Final = "goi"
"""Kind of a confirmation that seals class packages, and the slot's name there."""
NEEDS_LOGIN: Final = "login"
"""In `requests.needs`: the vendor's session is over and only the person can open another."""

TOKEN_LIVES: Final = timedelta(hours=12)
"""A job that waits for its person (token, or a log-in) ends after so long; its slots are open again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what. Tests that live in real time have less."""

    lease: timedelta = timedelta(seconds=120)
    """After so long without a sign of life a gateway counts as dead."""
    call: timedelta = timedelta(seconds=60)
    """A vendor's answer to anything but a blocking start() comes sooner or is lost."""
    skew: timedelta = timedelta(seconds=60)
    """How much longer than the vendor's own deadline a request is waited for."""
    grace: timedelta = timedelta(seconds=20)
    """How long "no such request" may still mean "not yet": longer than any call takes to arrive."""
    give_up: timedelta = timedelta(hours=1)
    """How long what was not sent is tried again, and after deadline and skew a question for status."""
    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(seconds=60)

    def backoff(self, tries: int) -> timedelta:
        return min(self.first_wait * (1 << min(tries, 6)), self.longest_wait)
