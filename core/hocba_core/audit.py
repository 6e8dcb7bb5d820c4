"""The audit chain: every event of a school, or of an office, carries the hash of the one before it. Pure.

Hash = SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8) of everything in the entry and the
previous hash. Facts hold ids, counts, codes and digests; never a PIN, password, whole personal number or mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

GENESIS = bytes(32)


class Event(StrEnum):
    OFFICE_FOUNDED = "department.founded"
    OFFICER_PASSWORD = "department.password"  # noqa: S105 - the name of an event
    PORTAL_SETTINGS = "department.portal"
    SEND_WINDOW = "department.window"
    SCHOOL_CREATED = "school.created"
    SCHOOL_PROFILE = "school.profile"
    IMPORTED = "school.imported"
    CLASS_LOCKED = "class.locked"
    CLASS_UNLOCKED = "class.unlocked"
    PRINT_SETTINGS = "class.print_settings"
    ACCOUNTS_CREATED = "accounts.created"
    RIGHTS_CHANGED = "accounts.rights"
    LOGIN = "accounts.login"
    LOGIN_FAILED = "accounts.login_failed"
    PROVIDER_SETTINGS = "provider.settings"
    SIGNING_ACCOUNT_ASKED = "signing_account.asked"
    SIGNING_ACCOUNT_DECIDED = "signing_account.decided"
    CREATED = "transcript.created"
    INTENT = "signing.intent"
    ASKED = "signing.asked"
    UNKNOWN = "signing.unknown"
    SIGNED = "signing.signed"
    FAILED = "signing.failed"
    ORPHAN = "signing.orphan"
    WRONG_VALUE = "signing.wrong_value"
    HELD = "transcript.held"
    RELEASED = "transcript.released"
    VOIDED = "transcript.voided"
    COMPLETED = "transcript.completed"
    UNCOMPLETED = "transcript.uncompleted"
    SIGNER_REPLACED = "transcript.signer_replaced"
    PACKED = "package.made"
    UNPACKED = "package.dropped"
    PACKAGE_SEALED = "package.sealed"
    PACKAGE_SENT = "package.sent"
    PACKAGE_ANSWERED = "package.answered"
    EXPORTED = "transcript.exported"


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    """From 1, without gaps."""
    at: int
    """UTC milliseconds."""
    actor: str | None
    """accounts.id; None for the gateway itself."""
    event: str
    facts: Mapping[str, Any]
    previous: bytes
    hash: bytes


def chain(previous: bytes, seq: int, at: int, actor: str | None, event: str, facts: Mapping[str, Any]) -> Entry:
    """The next entry after `previous` (GENESIS for the first)."""
    body = json.dumps(
        [seq, at, actor, event, facts, previous.hex()],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return Entry(seq, at, actor, event, facts, previous, sha256(body.encode()).digest())


def first_break(entries: Iterable[Entry]) -> int | None:
    """The seq at which the chain is broken (altered, deleted, reordered); None when it is whole."""
    previous = GENESIS
    for seq, entry in enumerate(entries, 1):
        again = chain(previous, seq, entry.at, entry.actor, entry.event, entry.facts)
        if entry.seq != seq or entry.previous != previous or entry.hash != again.hash:
            return seq
        previous = entry.hash
    return None
