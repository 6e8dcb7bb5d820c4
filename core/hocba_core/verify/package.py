"""Judges a class package as a stranger would: its seal, and every record in it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from hocba_core.errors import BadInput
from hocba_core.package import DATA_ID, SLOT, Manifest, ReadPackage, read_package
from hocba_core.trust import Role, TrustStore
from hocba_core.verify.record import verify_record
from hocba_core.verify.signature import Expected, judge_signature
from hocba_core.verify.verdict import Failure, Outcome, SignatureVerdict, Verdict

MAX_BYTES = 64 * 1024 * 1024
"""50 records of the largest size, in base64."""

_WORDS = {"records": "danh sách học bạ", "package": "phần đầu hoặc ô chữ ký"}


def verify_package(xml: bytes, trust: TrustStore, now: datetime, *, sealed: bool = True) -> Verdict:
    """`sealed=False` for a portal that wants no seal: then none is missed, but one that is there must be good."""
    digest = sha256(xml).hexdigest()
    if len(xml) > MAX_BYTES:
        return Verdict("package", Outcome.INVALID, digest, trust.version, "", (), (Failure("too_large"),))
    try:
        read = read_package(xml)
    except BadInput as error:
        what = Failure("package_form", detail=_WORDS.get(str(error.facts["field"]), "nội dung"))
        return Verdict("package", Outcome.INVALID, digest, trust.version, "", (), (what,))
    members = tuple(verify_record(record.xml, trust, now) for record in read.manifest.records if record.xml)
    failures = [*_records(read.manifest, members)]
    signatures: tuple[SignatureVerdict, ...] = ()
    if read.signature:
        signatures = (_seal(read, trust, now),)
    elif sealed:
        failures.append(Failure("package_unsealed", SLOT))
    broken = failures or not all(signature.ok for signature in signatures)
    return Verdict(
        kind="package",
        outcome=Outcome.INVALID if broken else Outcome.VALID,
        sha256=digest,
        trust_version=trust.version,
        uuid=read.manifest.uuid,
        signatures=signatures,
        failures=tuple(failures),
        members=members,
        facts={"tax_code": read.manifest.tax_code, "event": read.manifest.event},
    )


def _seal(read: ReadPackage, trust: TrustStore, now: datetime) -> SignatureVerdict:
    expected = Expected(
        slot=SLOT,
        role="Dấu của nhà trường trên gói tin",
        trust_role=Role.SEAL,
        targets=((DATA_ID, read.digest),),
        number=read.manifest.tax_code,
        covers="Toàn bộ gói tin và các học bạ trong đó",
    )
    return judge_signature(read.signature, expected, trust, now)[0]


def _records(manifest: Manifest, members: tuple[Verdict, ...]) -> Iterator[Failure]:
    by_digest = {member.sha256: member for member in members}
    seen: set[str] = set()
    for record in manifest.records:
        if record.uuid in seen:
            yield Failure("package_duplicate", detail=record.uuid)
        seen.add(record.uuid)
        if not record.xml:
            if manifest.event != "CANCEL":
                yield Failure("package_record_digest", detail=record.uuid)
            continue
        found = by_digest[sha256(record.xml).hexdigest()]
        if found.sha256 != record.sha256:
            yield Failure("package_record_digest", detail=record.uuid)
        if found.outcome is not Outcome.VALID:
            yield Failure("package_record_invalid", detail=record.uuid)
        elif found.uuid != record.uuid:
            yield Failure("package_record_uuid", detail=record.uuid)
        elif found.facts["tax_code"] != manifest.tax_code:
            yield Failure("package_school", detail=record.uuid)
