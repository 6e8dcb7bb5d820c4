"""From a kept value to a judged signature: embedding and judging, CPU only, off the event loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hocba_core.errors import CertificateEnded, DoesNotVerify, HocbaError
from hocba_core.transcript.record import Skeleton, assemble
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import Role, TrustStore
from hocba_core.verify.record import verify_record
from hocba_core.verify.signature import ROLES, Expected, judge_signature
from hocba_core.verify.verdict import Verdict
from hocba_core.xades.embed import embed
from hocba_core.xades.prepare import Prepared

from hocba_gateway.signing.desk import Face
from hocba_gateway.signing.load import SigningAccount, Target


@dataclass(frozen=True, slots=True)
class Ready:
    """An attempt whose every item has its value."""

    attempt: Any = field(repr=False)
    items: Mapping[str, Any] = field(repr=False)
    """Kind -> row."""
    pdf: bytes | None = field(default=None, repr=False)
    """With its hole."""

    @property
    def subject(self) -> str:
        return str(self.attempt.subject_id)

    @property
    def slot(self) -> str:
        return str(self.attempt.slot)


@dataclass(frozen=True, slots=True)
class Made:
    """A signature that a stranger would accept, with what follows from it."""

    ready: Ready
    signature: bytes = field(repr=False)
    skeleton: str
    """Name of the skeleton's blob that it was judged with."""
    block_digest: bytes | None = None
    """A teacher's signature covers this and nothing else, whatever else of the record is planned again."""
    data_digest: bytes | None = None
    """The second freeze point, at the homeroom's signature."""
    record: bytes | None = field(default=None, repr=False)
    face: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Spoiled:
    ready: Ready
    error: HocbaError


def make(
    ready: Ready,
    target: Target,
    skeleton: Skeleton,
    signatures: Mapping[str, bytes],
    account: SigningAccount,
    trust: TrustStore,
    face: Face,
    now: datetime,
) -> Made | Spoiled:
    """`signatures`: those on record; needed from the homeroom's on."""
    if not account.certificate.is_valid_at(now):
        return Spoiled(ready, CertificateEnded(reason="ended_while_waiting"))
    slot = skeleton.slot(ready.slot)
    signature = _embedded(ready, account)
    if slot.kind is SlotKind.GVBM:
        digest = skeleton.digest(slot.id)
        covered = ((slot.covers, digest),)
        expected = Expected(slot.id, ROLES[slot.kind], Role.PEOPLE, covered, slot.number, slot.covers)
        verdict, _ = judge_signature(signature, expected, trust, now)
        if not verdict.ok:
            return Spoiled(ready, DoesNotVerify(reason=verdict.failures[0].rule))
        return Made(ready, signature, target.skeleton, block_digest=digest)
    record = assemble(skeleton, {**signatures, slot.id: signature})
    whole = verify_record(record, trust, now, partial=slot.kind is not SlotKind.SEAL)
    if whole.outcome != "valid":
        return Spoiled(ready, DoesNotVerify(reason=_first_rule(whole)))
    if slot.kind is SlotKind.GVCN:
        data_digest = bytes.fromhex(str(whole.facts["data_digest"]))
        return Made(ready, signature, target.skeleton, data_digest=data_digest)
    if slot.kind is SlotKind.CBQL:
        return Made(ready, signature, target.skeleton)
    return _sealed(ready, Made(ready, signature, target.skeleton, record=record), trust, face, now)


def _embedded(ready: Ready, account: SigningAccount) -> bytes:
    item = ready.items["xml"]
    prepared = Prepared.from_bytes(item.prepared)
    return embed(prepared, item.value, account.certificate.der, account.chain)


def _sealed(ready: Ready, made: Made, trust: TrustStore, face: Face, now: datetime) -> Made | Spoiled:
    item = ready.items["pdf"]
    assert ready.pdf is not None
    pdf = face.embed(item.prepared, ready.pdf, item.value)
    if rule := face.problem(pdf, trust, now):
        return Spoiled(ready, DoesNotVerify(reason=rule))
    return replace(made, face=pdf)


def _first_rule(verdict: Verdict) -> str:
    failures = [*verdict.failures, *(failure for one in verdict.signatures for failure in one.failures)]
    return failures[0].rule if failures else "unknown"


def package_signature(ready: Ready, account: SigningAccount, now: datetime) -> bytes:
    """The detached seal of a package. Raises CertificateEnded."""
    if not account.certificate.is_valid_at(now):
        raise CertificateEnded(reason="ended_while_waiting")
    return _embedded(ready, account)
