"""Judges a sealed PDF as a stranger would: one file shape, one signature, everything covered, the school's seal.

The file must have the one shape that we write (pades/layout), the signature's objects must be ours to the byte
(pades/field), the CMS must be the one that its own certificate and value make again (pades/cms). What is left to
believe is a digest, a value, a certificate and a time. Rules: facts, signing §5.1 A, B and D.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from hocba_core.certificate import Certificate, mask
from hocba_core.errors import BadInput, DoesNotVerify
from hocba_core.pades import cms
from hocba_core.pades import layout as shape
from hocba_core.pades.binding import BINDING
from hocba_core.pades.layout import Layout, NotOurShape
from hocba_core.pades.prepare import TIME_FORMAT
from hocba_core.signature_value import check_value
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import Role, TrustStore
from hocba_core.verify.pdf_form import ReadSeal, SealFormError, read_seal
from hocba_core.verify.pdf_trouble import explain_shape
from hocba_core.verify.signature import ROLES, SKEW
from hocba_core.verify.verdict import Failure, Outcome, SignatureVerdict, Verdict

MAX_BYTES = 8 * 1024 * 1024
"""A form of two pages has 0.1 MB."""

COVERS = "Toàn bộ tệp PDF"


@dataclass(frozen=True, slots=True)
class _Binding:
    """Which record the file is the face of."""

    uuid: str = ""
    data_digest: str = ""
    tax_code: str = field(default="", repr=False)
    profile: str = ""


def verify_pdf(pdf: bytes, trust: TrustStore, now: datetime) -> Verdict:
    """Its facts (data_digest, tax_code, profile) and uuid bind it to a record: compare with verify_record's."""
    digest = sha256(pdf).hexdigest()
    failures: list[Failure] = []
    signatures: tuple[SignatureVerdict, ...] = ()
    bound = _Binding()
    try:
        if len(pdf) > MAX_BYTES:
            raise SealFormError("too_large")
        layout = shape.read(pdf)
        bound = _binding(layout)
        if not bound.uuid:
            failures.append(Failure("pdf_binding"))
        seal = read_seal(layout)
        signatures = (_judge(layout, seal, bound, trust, now),)
    except SealFormError as error:
        failures.append(Failure(error.rule, SlotKind.SEAL.value, error.detail))
    except NotOurShape as error:
        failures.append(Failure(*explain_shape(pdf, str(error))))
    broken = failures or not all(signature.ok for signature in signatures)
    return Verdict(
        kind="pdf",
        outcome=Outcome.INVALID if broken else Outcome.VALID,
        sha256=digest,
        trust_version=trust.version,
        uuid=bound.uuid,
        signatures=signatures,
        failures=tuple(failures),
        facts={"data_digest": bound.data_digest, "tax_code": bound.tax_code, "profile": bound.profile},
    )


def same_record(pdf: Verdict, record: Verdict) -> bool:
    """Is this PDF the face of that record? Both must have been found valid for the answer to mean something."""
    names = ("data_digest", "tax_code", "profile")
    return pdf.uuid == record.uuid != "" and all(pdf.facts[name] == record.facts[name] for name in names)


def _binding(layout: Layout) -> _Binding:
    found = BINDING.findall(layout.body(layout.info))
    return _Binding(*(part.decode() for part in found[0])) if len(found) == 1 else _Binding()


def _judge(layout: Layout, seal: ReadSeal, bound: _Binding, trust: TrustStore, now: datetime) -> SignatureVerdict:
    time = _time(seal.time)
    read = cms.read_cms(seal.contents)
    certificate = None
    if read is not None:
        try:
            certificate = Certificate.read(read.certificate)
        except BadInput:
            certificate = None
    if read is None or certificate is None:
        rule, detail = ("certificate_unreadable", "") if read else ("pdf_form", _cms_trouble(seal.contents))
        return _verdict(None, time, "", (Failure(rule, SlotKind.SEAL.value, detail),))
    found = (
        *_integrity(layout, seal, read, certificate),
        *_certificate(read, certificate, time, bound.tax_code, trust, now),
    )
    failures = tuple(Failure(rule, SlotKind.SEAL.value, detail) for rule, detail in found)
    return _verdict(certificate, time, f"{read.key_kind.value}-sha256", failures)


def _integrity(
    layout: Layout, seal: ReadSeal, read: cms.ReadCms, certificate: Certificate
) -> Iterator[tuple[str, str]]:
    covered = sha256(memoryview(layout.pdf)[: seal.hole_at])
    covered.update(memoryview(layout.pdf)[seal.hole_end :])
    if covered.digest() != read.message_digest:
        yield "digest", "nội dung tệp PDF"
    if certificate.key_kind is None or certificate.key_kind is not read.key_kind:
        yield "key", ""
        return
    attributes = cms.signed_attributes(read.message_digest, read.certificate)
    if len(read.value) != certificate.key_bytes:
        yield "value", ""
        return
    try:
        check_value(certificate, sha256(attributes).digest(), read.value)
    except DoesNotVerify:
        yield "value", ""


def _certificate(
    read: cms.ReadCms,
    certificate: Certificate,
    time: datetime | None,
    tax_code: str,
    trust: TrustStore,
    now: datetime,
) -> Iterator[tuple[str, str]]:
    if time is None:
        yield "pdf_form", "thời điểm ký"
        return
    if not certificate.may_sign:
        yield "usage", ""
    if not certificate.is_valid_at(time):
        yield "ended", ""
    if time > now + SKEW:
        yield "future", ""
    chain = trust.judge(Role.SEAL, certificate.der, read.chain, time)
    if not chain.trusted:
        yield ("untrusted" if chain.reason == "no_path" else "chain"), certificate.issuer
    elif set(chain.path) != set(read.chain):
        yield "chain_extra", ""
    if not certificate.is_organisation:
        yield "personal_seal", ""
    elif certificate.tax_code != tax_code:
        yield "wrong_school", ""


def _time(text: bytes) -> datetime | None:
    try:
        return datetime.strptime(text.decode(), TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


_OLD_DIGESTS = {
    bytes.fromhex("06052b0e03021a"): "SHA-1",
    bytes.fromhex("06092a864886f70d010105"): "SHA-1",
    bytes.fromhex("06082a864886f70d0205"): "MD5",
    bytes.fromhex("06092a864886f70d010104"): "MD5",
}


def _cms_trouble(contents: bytes) -> str:
    """The likeliest reason, for a person; the refusal does not depend on it."""
    for oid, name in _OLD_DIGESTS.items():
        if oid in contents:
            return f"thuật toán {name} không còn được phép"
    if not any(contents):
        return "giá trị chữ ký để trống"
    return "dữ liệu CMS không đúng khuôn dạng PAdES B-B"


def _verdict(
    certificate: Certificate | None, time: datetime | None, algorithm: str, failures: tuple[Failure, ...]
) -> SignatureVerdict:
    return SignatureVerdict(
        slot=SlotKind.SEAL.value,
        role=ROLES[SlotKind.SEAL],
        name=certificate.masked_name if certificate else "",
        number=mask(certificate.tax_code or certificate.personal_number) if certificate else "",
        time=time,
        issuer=certificate.issuer if certificate else "",
        serial=certificate.serial if certificate else "",
        valid_from=certificate.not_before if certificate else None,
        valid_until=certificate.not_after if certificate else None,
        covers=COVERS,
        algorithm=algorithm,
        failures=failures,
    )
