"""Judges a record as a stranger would: everything it needs is in the file and in the roots it is given.

The file is taken apart into its skeleton and its signatures. The skeleton must be its own canonical form and
fit its profile's schema; every signature must match its slot's one form to the byte. So the whole file is
canonical, nothing unsigned can hide, and values are read from verified bytes. Rules: facts, signing §5.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from lxml import etree

from hocba_core.errors import HocbaError
from hocba_core.transcript.profile import Profile, find_profile, load_profile
from hocba_core.transcript.record import SEAL, Skeleton, assemble, data_digest, read_skeleton
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import Role, TrustStore
from hocba_core.verify.signature import ROLES, Expected, judge_signature
from hocba_core.verify.verdict import Failure, Outcome, SignatureVerdict, Verdict

MAX_BYTES = 2 * 1024 * 1024
"""A record of 30 teachers and the longest comments stays below 0.7 MB."""

_SIGNATURE = re.compile(rb'<ds:Signature [^>]*Id="sig-([a-z0-9-]{1,20})">.*?</ds:Signature>', re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class _Broken(Exception):
    """The file as a whole cannot be judged further."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule)
        self.failure = Failure(rule, detail=detail)


def verify_record(xml: bytes, trust: TrustStore, now: datetime, *, partial: bool = False) -> Verdict:
    """`partial` judges a record that is still being signed: only its later slots may be empty."""
    digest = sha256(xml).hexdigest()
    try:
        skeleton, profile, signatures = _take_apart(xml)
        tax_code = _check_skeleton(skeleton, profile)
    except _Broken as broken:
        return Verdict("record", Outcome.INVALID, digest, trust.version, "", (), (broken.failure,))
    failures = [*_missing(skeleton, signatures, partial)]
    verdicts: list[SignatureVerdict] = []
    times: dict[str, datetime] = {}
    data = data_digest(skeleton, signatures)
    for slot in skeleton.slots:
        if slot.id not in signatures:
            continue
        expected = _expected(skeleton, slot.id, signatures, data, tax_code)
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
        facts={"data_digest": data.hex(), "tax_code": tax_code, "profile": profile.key},
    )


def _take_apart(xml: bytes) -> tuple[Skeleton, Profile, dict[str, bytes]]:
    if len(xml) > MAX_BYTES:
        raise _Broken("too_large")
    signatures: dict[str, bytes] = {}
    parts: list[bytes] = []
    at = 0
    for found in _SIGNATURE.finditer(xml):
        slot = found[1].decode()
        mark = b'Id="' + found[1] + b'">'
        if slot in signatures or not xml.endswith(mark, 0, found.start()) or xml[found.end() :][:2] != b"</":
            raise _Broken("stray_signature")
        signatures[slot] = found[0]
        parts.append(xml[at : found.start()])
        at = found.end()
    bare = b"".join((*parts, xml[at:]))
    if b"http://www.w3.org/2000/09/xmldsig#" in bare:
        raise _Broken("stray_signature")
    root = _parse(bare)
    profile = _profile(root)
    schema = _schema(profile.key)
    if not schema.validate(root):
        raise _Broken("structure", _where(schema))
    try:
        skeleton = read_skeleton(bare)
    except (HocbaError, ValueError) as error:
        raise _Broken("not_record") from error
    if assemble(skeleton, signatures) != xml:
        raise _Broken("stray_signature")
    return skeleton, profile, signatures


def _parse(bare: bytes) -> etree._Element:
    if b"<!DOCTYPE" in bare or b"<!ENTITY" in bare:
        raise _Broken("doctype")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(bare, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _Broken("not_xml") from error
    if root.tag != "HOC_BA":
        raise _Broken("not_record")
    # comments and CDATA vanish in canonical form; processing instructions stay, so they are looked for
    if etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False) != bare:
        raise _Broken("not_canonical")
    if b"<?" in bare:
        raise _Broken("structure", "lệnh xử lý XML")
    return root


def _profile(root: etree._Element) -> Profile:
    base = "DU_LIEU_HOC_BA/THONG_TIN_HOC_BA/"
    circular, level, version = (root.findtext(base + name) or "" for name in ("THONG_TU", "MA_CAP_HOC", "PHIEN_BAN"))
    try:
        return find_profile(circular, level, version)
    except HocbaError as error:
        raise _Broken("unknown_profile") from error


@cache
def _schema(key: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(load_profile(key).path("schema.xsd")))


def _where(schema: etree.XMLSchema) -> str:
    """Where the first error is, without the value that the message of the library would quote."""
    entries: Iterable[Any] = schema.error_log  # type: ignore[assignment]  # iterable, say its docs
    path = next((entry.path for entry in entries if entry.path), "")
    return f"phần tử {path.rsplit('/', 1)[-1]}" if path else "phần tử lạ"


def _check_skeleton(skeleton: Skeleton, profile: Profile) -> str:
    """Ids and slots; returns the school's tax code from the signed header."""
    if not _UUID.fullmatch(skeleton.uuid):
        raise _Broken("uuid")
    bare = skeleton.xml
    # the schema allows attributes only where they belong, but for xsi:*
    attributes = re.findall(rb'<[A-Z_]+ ([A-Za-z:_]+)="([^"]*)"', bare)
    if bare.count(b'="') != len(attributes) or any(name not in (b"Id", b"CHU_KY") for name, _ in attributes):
        raise _Broken("structure", "thuộc tính lạ")
    ids = [value.decode() for name, value in attributes if name == b"Id"]
    repeated = next((value for value in ids if ids.count(value) > 1), None)
    if repeated:
        raise _Broken("duplicate_id", repeated)
    count = bare.count(b"<DIEM_TONG_KET ")
    blocks = [f"d-{skeleton.uuid}-{number}" for number in range(1, count + 1)]
    teachers = [f"gvbm-{number}" for number in range(1, count + 1)] if profile.has_subject_teachers() else []
    found_blocks = [value for value in ids if value.startswith("d-")]
    if found_blocks != blocks:
        raise _Broken("block_of_other", ", ".join(set(found_blocks) - set(blocks)) or "thứ tự")
    if ids != ["data", "thongtinhocba", *blocks, *teachers, "gvcn", "cbql", SEAL]:
        raise _Broken("slot_ids", ", ".join(sorted(set(ids) ^ {*blocks, *teachers})))
    if [slot.id for slot in skeleton.slots] != [*teachers, "gvcn", "cbql", SEAL]:
        raise _Broken("slot_ids", "người ký và ô chữ ký không khớp")
    found = re.search(rb"<MA_SO_THUE>([0-9]*)</MA_SO_THUE>", bare)
    return found[1].decode() if found else ""


def _missing(skeleton: Skeleton, signatures: dict[str, bytes], partial: bool) -> list[Failure]:
    unknown = set(signatures) - {slot.id for slot in skeleton.slots}
    failures = [Failure("slot_ids", detail=", ".join(sorted(unknown)))] if unknown else []
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
            leader = sha256(signatures.get("cbql", b"")).digest()
            targets = ((slot.covers, data), ("sig-cbql", leader))
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
