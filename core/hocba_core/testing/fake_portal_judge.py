"""What a fake portal thinks of a package by itself, before it looks at what it already holds. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from lxml import etree

from hocba_core.package import Manifest, PackedRecord, read_package
from hocba_core.portal import ReceiptState, RecordOutcome
from hocba_core.trust import TrustStore
from hocba_core.verify.package import verify_package
from hocba_core.verify.verdict import Failure, Outcome, Verdict

_CONTENT = {
    "MA_TRUONG": "DU_LIEU_HOC_BA/THONG_TIN_HOC_BA/MA_TRUONG",
    "HO_VA_TEN": "DU_LIEU_HOC_BA/THONG_TIN_HOC_BA/HOC_SINH/HO_VA_TEN",
    "SO_DINH_DANH": "DU_LIEU_HOC_BA/THONG_TIN_HOC_BA/HOC_SINH/SO_DINH_DANH",
}
_OF_A_RECORD = frozenset({"package_record_digest", "package_record_invalid", "package_record_uuid", "package_school"})
"""Rules whose failure refuses the record that `detail` names; any other refuses the package."""


@dataclass(frozen=True, slots=True)
class Held:
    """One record at the portal."""

    uuid: str
    school_code: str
    class_name: str
    pupil_name: str = field(repr=False)
    number: str = field(repr=False)
    version: int
    sha256: str
    state: str = "1"
    """"1" có hiệu lực, "2" thu hồi."""


@dataclass(frozen=True, slots=True)
class Judged:
    state: ReceiptState
    sha256: str
    """Of the package's bytes."""
    records: tuple[RecordOutcome, ...] = ()
    """In the order of the package; empty when it is refused as a whole."""
    code: str = ""
    message: str = ""
    content: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Record's uuid -> the few elements of it that a portal looks at."""


def judge(
    xml: bytes, trust: TrustStore, now: datetime, schools: Collection[str], wants_seal: bool
) -> tuple[Judged, Manifest | None]:
    """The manifest is None when the file is not a package at all."""
    digest = sha256(xml).hexdigest()
    verdict = verify_package(xml, trust, now, sealed=wants_seal)
    if whole := _against_all(verdict):
        return _refused(digest, whole.rule.upper(), whole.text), None
    manifest = read_package(xml).manifest
    if schools and manifest.school_code not in schools:
        return _refused(digest, "TRUONG_LA", "Trường không có trong danh sách được gửi"), manifest
    content = {record.uuid: _content(record.xml) for record in manifest.records}
    against = {failure.detail: failure for failure in verdict.failures}
    inside = {member.sha256: member for member in verdict.members}
    outcomes = tuple(
        _outcome(record, manifest, content[record.uuid], against.get(record.uuid), inside)
        for record in manifest.records
    )
    return Judged(ReceiptState.ACCEPTED, digest, outcomes, content=content), manifest


def _against_all(verdict: Verdict) -> Failure | None:
    seal = [failure for signature in verdict.signatures for failure in signature.failures]
    return next((one for one in (*verdict.failures, *seal) if one.rule not in _OF_A_RECORD), None)


def _refused(digest: str, code: str, message: str) -> Judged:
    return Judged(ReceiptState.REFUSED, digest, code=code, message=message)


def _content(xml: bytes) -> Mapping[str, str]:
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True)) if xml else None
    except etree.XMLSyntaxError:
        root = None
    return {name: (root.findtext(path) or "") if root is not None else "" for name, path in _CONTENT.items()}


def _outcome(
    record: PackedRecord,
    manifest: Manifest,
    content: Mapping[str, str],
    failure: Failure | None,
    inside: Mapping[str, Verdict],
) -> RecordOutcome:
    if failure is not None:
        member = inside.get(sha256(record.xml).hexdigest())
        why = member.all_failures()[:1] if member is not None and member.outcome is not Outcome.VALID else ()
        return RecordOutcome(record.uuid, False, failure.rule.upper(), " ".join(one.text for one in (failure, *why)))
    if record.xml and content["MA_TRUONG"] != manifest.school_code:
        return RecordOutcome(record.uuid, False, "SAI_TRUONG", "Mã trường trong học bạ khác mã trường của gói")
    return RecordOutcome(record.uuid, True)
