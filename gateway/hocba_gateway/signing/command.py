"""What a person asked for by pressing Ký, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SignCommand:
    key: str
    """One-time key that the page made; the same key is the same press."""
    actor: str
    """accounts.id, for the audit."""
    person: str
    """people.id of who pressed."""
    may_seal: bool
    account: str
    """signing_accounts.id."""
    kind: str
    """A SlotKind's value, or "goi" to seal packages."""
    subjects: tuple[str, ...]
    """transcripts.id, or packages.id."""
    session: str | None = None
    """provider_sessions.id; None for a token."""


@dataclass(frozen=True, slots=True)
class Left:
    """A transcript or package that was left out, and why."""

    subject: str
    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Pressed:
    confirmation: str
    requests: tuple[str, ...]
    """Each is one confirmation on the phone, or one job for the agent."""
    taken: tuple[str, ...]
    left: tuple[Left, ...] = field(default=())
