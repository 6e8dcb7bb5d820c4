"""Judges a record as a stranger would: everything it needs is in the file and in the roots it is given.

The file is taken apart into its skeleton and its signatures. The skeleton must be its own canonical form and
fit its profile's schema; every signature must match its slot's one form to the byte. So the whole file is
canonical, nothing unsigned can hide, and values are read from verified bytes. Rules: facts, signing §5.1.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from hocba_core.transcript.record import LEADER, Skeleton, data_digest
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import Role, TrustStore
from hocba_core.verify.apart import Broken, take_apart
from hocba_core.verify.signature import ROLES, Expected, judge_signature
from hocba_core.verify.verdict import Failure, Outcome, SignatureVerdict, Verdict


def verify_record(xml: bytes, trust: TrustStore, now: datetime, *, partial: bool = False) -> Verdict:
    """`partial` judges a record that is still being signed: only its later slots may be empty."""
    digest = sha256(xml).hexdigest()
    try:
        apart = take_apart(xml)
    except Broken as broken:
        return Verdict("record", Outcome.INVALID, digest, trust.version, "", (), (broken.failure,))
    skeleton, signatures = apart.skeleton, apart.signatures
    failures = [*_missing(skeleton, signatures, partial)]
    verdicts: list[SignatureVerdict] = []
    times: dict[str, datetime] = {}
    data = data_digest(skeleton, signatures)
    for slot in skeleton.slots:
        if slot.id not in signatures:
            continue
        expected = _expected(skeleton, slot.id, signatures, data, apart.tax_code)
        verdict, time = judge_signature(signatures[slot.id], expected, trust, now)
        verdicts.append(verdict)
        if time is not None:
            times[slot.id] = time
    failures += _order(skeleton, times)
    broken_rules = failures or any(not verdict.ok for verdict in verdicts)
    return Verdict(
        kind="record",
        outcome=Outcome.INVALID if broken_rules else Outcome.VALID,
        sha256=digest,
        trust_version=trust.version,
        uuid=skeleton.uuid,
        signatures=tuple(verdicts),
        failures=tuple(failures),
        facts={"data_digest": data.hex(), "tax_code": apart.tax_code, "profile": apart.profile.key},
    )


def _missing(skeleton: Skeleton, signatures: dict[str, bytes], partial: bool) -> list[Failure]:
    failures = []
    kinds = list(SlotKind)
    last = max((kinds.index(slot.kind) for slot in skeleton.slots if slot.id in signatures), default=-1)
    for slot in skeleton.slots:
        due = not partial or kinds.index(slot.kind) < last
        if due and slot.id not in signatures:
            failures.append(Failure("missing_signature", slot.id, f"{ROLES[slot.kind]} ({slot.id})"))
    return failures


def _expected(skeleton: Skeleton, slot_id: str, signatures: dict[str, bytes], data: bytes, tax_code: str) -> Expected:
    slot = skeleton.slot(slot_id)
    role = ROLES[slot.kind]
    match slot.kind:
        case SlotKind.GVBM:
            covers = "Điểm và nhận xét các môn của giáo viên này"
            targets: tuple[tuple[str, bytes], ...] = ((slot.covers, skeleton.digest(slot_id)),)
        case SlotKind.GVCN:
            covers = "Toàn bộ thông tin học bạ"
            targets = ((slot.covers, skeleton.digest(slot_id)),)
        case SlotKind.CBQL:
            covers = "Toàn bộ học bạ và chữ ký của các giáo viên"
            targets = ((slot.covers, data),)
        case SlotKind.SEAL:
            covers = "Toàn bộ học bạ và chữ ký của lãnh đạo"
            leader = sha256(signatures.get(LEADER, b"")).digest()
            targets = ((slot.covers, data), (f"sig-{LEADER}", leader))
    seal = slot.kind is SlotKind.SEAL
    return Expected(
        slot=slot_id,
        role=role,
        trust_role=Role.SEAL if seal else Role.PEOPLE,
        targets=targets,
        number=tax_code if seal else slot.number,
        covers=covers,
    )


def _order(skeleton: Skeleton, times: dict[str, datetime]) -> list[Failure]:
    """No signature before one that it builds on; equal seconds are allowed."""
    failures = []
    latest: dict[SlotKind, datetime] = {}
    for slot in skeleton.slots:
        time = times.get(slot.id)
        if time is None:
            continue
        before = [moment for kind, moment in latest.items() if kind is not slot.kind]
        if any(time < moment for moment in before):
            failures.append(Failure("order", slot.id, f"{ROLES[slot.kind]} ký trước bước đứng trước"))
        latest[slot.kind] = max(time, latest.get(slot.kind, time))
    return failures
