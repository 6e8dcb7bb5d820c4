"""What the verifier says: valid, invalid or cannot tell, with a reason for every rule that failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from hocba_core.verify.texts import explain

Kind = Literal["record", "pdf", "package"]
LEVELS = {"record": "XAdES B-B", "pdf": "PAdES B-B", "package": "XAdES B-B"}


class Outcome(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """One rule that the file broke."""

    rule: str
    """A code of texts.py."""
    slot: str = ""
    """Whose signature, or "" for the file as a whole."""
    detail: str = ""
    """Completes the text; never a whole personal number or a mark."""

    @property
    def text(self) -> str:
        return explain(self.rule, self.detail)


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    slot: str
    role: str
    """Vietnamese."""
    name: str
    """As the certificate has it."""
    number: str
    """Masked."""
    time: datetime | None
    """Claimed signing time."""
    issuer: str
    serial: str
    valid_from: datetime | None
    valid_until: datetime | None
    covers: str
    """Vietnamese: what the signature vouches for."""
    algorithm: str
    failures: tuple[Failure, ...]

    @property
    def ok(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: Kind
    outcome: Outcome
    sha256: str
    """Of the exact bytes that were judged."""
    trust_version: str
    uuid: str
    signatures: tuple[SignatureVerdict, ...]
    failures: tuple[Failure, ...]
    """Of the file as a whole; each signature has its own."""
    revocation: str = "not_checked"
    timestamp: str = "none"
    members: tuple[Verdict, ...] = ()
    """The records of a package."""
    facts: dict[str, str] = field(default_factory=dict)
    """What a later judge compares: data_digest, tax_code, profile …"""

    @property
    def level(self) -> str:
        return LEVELS[self.kind]

    def all_failures(self) -> tuple[Failure, ...]:
        own = self.failures + tuple(f for s in self.signatures for f in s.failures)
        return own + tuple(f for member in self.members for f in member.all_failures())

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "outcome": self.outcome.value,
            "level": self.level,
            "revocation": self.revocation,
            "timestamp": self.timestamp,
            "sha256": self.sha256,
            "trust_version": self.trust_version,
            "uuid": self.uuid,
            "failures": [_failure(failure) for failure in self.failures],
            "signatures": [_signature(signature) for signature in self.signatures],
            "members": [member.to_dict() for member in self.members],
        }


def _failure(failure: Failure) -> dict[str, str]:
    return {"rule": failure.rule, "text": failure.text}


def _signature(signature: SignatureVerdict) -> dict[str, Any]:
    return {
        "slot": signature.slot,
        "role": signature.role,
        "name": signature.name,
        "number": signature.number,
        "time": _iso(signature.time),
        "issuer": signature.issuer,
        "serial": signature.serial,
        "valid_from": _iso(signature.valid_from),
        "valid_until": _iso(signature.valid_until),
        "covers": signature.covers,
        "algorithm": signature.algorithm,
        "ok": signature.ok,
        "failures": [_failure(failure) for failure in signature.failures],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
