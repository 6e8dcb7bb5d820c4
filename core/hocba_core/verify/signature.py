"""Judges one XML signature: form, coverage, digests, value, certificate, role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from hocba_core.certificate import Certificate, mask
from hocba_core.errors import BadInput, DoesNotVerify
from hocba_core.signature_value import check_value
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import Role, TrustStore
from hocba_core.verify.pattern import ReadSignature, read_signature
from hocba_core.verify.verdict import Failure, SignatureVerdict
from hocba_core.xades import template

SKEW = timedelta(minutes=5)
"""How far a signer's clock may run ahead of the verifier's."""

ROLES = {
    SlotKind.GVBM: "Giáo viên bộ môn",
    SlotKind.GVCN: "Giáo viên chủ nhiệm",
    SlotKind.CBQL: "Lãnh đạo nhà trường",
    SlotKind.SEAL: "Dấu của nhà trường",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the file's own signed content demands of this signature."""

    slot: str
    role: str
    """Vietnamese."""
    trust_role: Role
    targets: tuple[tuple[str, bytes], ...]
    """Id and SHA-256 of each part that must be covered, in order."""
    number: str = field(repr=False)
    """Personal number of the person, or tax code of the school."""
    covers: str
    """Vietnamese."""


def judge_signature(
    xml: bytes, expected: Expected, trust: TrustStore, now: datetime
) -> tuple[SignatureVerdict, datetime | None]:
    """The verdict, and the claimed time when the signature could be read at all."""
    read = read_signature(xml, expected.slot, len(expected.targets))
    if read is None:
        return _unreadable(expected, "form"), None
    try:
        certificate = Certificate.read(read.certificates[0])
    except BadInput:
        return _unreadable(expected, "certificate_unreadable"), None
    failures = (
        *_integrity(read, certificate, expected),
        *_certificate(read, certificate, expected, trust, now),
    )
    number = certificate.personal_number or certificate.tax_code
    return SignatureVerdict(
        slot=expected.slot,
        role=expected.role,
        name=certificate.masked_name,
        number=mask(number),
        time=read.time,
        issuer=certificate.issuer,
        serial=certificate.serial,
        valid_from=certificate.not_before,
        valid_until=certificate.not_after,
        covers=expected.covers,
        algorithm=f"{read.key_kind.value}-sha256",
        failures=tuple(Failure(rule, expected.slot, detail) for rule, detail in failures),
    ), read.time


def _unreadable(expected: Expected, rule: str) -> SignatureVerdict:
    return SignatureVerdict(
        slot=expected.slot,
        role=expected.role,
        name="",
        number="",
        time=None,
        issuer="",
        serial="",
        valid_from=None,
        valid_until=None,
        covers=expected.covers,
        algorithm="",
        failures=(Failure(rule, expected.slot),),
    )


def _integrity(read: ReadSignature, certificate: Certificate, expected: Expected) -> Iterator[tuple[str, str]]:
    for (target, digest), named, found in zip(expected.targets, read.targets, read.digests, strict=True):
        if target != named:
            yield "coverage", f"phải ký phần “{target}”, đã ký phần “{named}”"
        elif digest != found:
            yield "digest", f"phần “{target}”"
    if sha256(template.canonical_properties(read.properties).encode()).digest() != read.properties_digest:
        yield "digest", "thuộc tính của chữ ký"
    if sha256(certificate.der).digest() != read.certificate_digest:
        yield "certificate_swapped", ""
    if certificate.key_kind is None or certificate.key_kind is not read.key_kind:
        yield "key", ""
        return
    if len(read.value) != certificate.key_bytes:
        yield "value", ""
        return
    try:
        check_value(certificate, sha256(template.canonical_info(read.info).encode()).digest(), read.value)
    except DoesNotVerify:
        yield "value", ""


def _certificate(
    read: ReadSignature, certificate: Certificate, expected: Expected, trust: TrustStore, now: datetime
) -> Iterator[tuple[str, str]]:
    if not certificate.may_sign:
        yield "usage", ""
    if not certificate.is_valid_at(read.time):
        yield "ended", ""
    if read.time > now + SKEW:
        yield "future", ""
    issuers = tuple(read.certificates[1:])
    chain = trust.judge(expected.trust_role, certificate.der, issuers, read.time)
    if not chain.trusted:
        yield ("untrusted" if chain.reason == "no_path" else "chain"), certificate.issuer
    elif chain.path != issuers:
        yield "chain_extra", ""
    if expected.trust_role is Role.PEOPLE:
        if not expected.number or certificate.personal_number != expected.number:
            yield "wrong_person", ""
    elif not certificate.is_organisation:
        yield "personal_seal", ""
    elif certificate.tax_code != expected.number:
        yield "wrong_school", ""
