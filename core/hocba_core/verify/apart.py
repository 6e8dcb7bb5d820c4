"""Takes a record apart into its skeleton and its signatures, and refuses whatever is not exactly a record.

The file comes from a stranger: it is parsed once, without DTD, entities or network, and every step is linear
in its size. What passes is canonical, fits the profile's schema, has no element, attribute, white space or Id
but those of the profile, and has its signatures nowhere but in their slots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lxml import etree

from hocba_core.errors import HocbaError
from hocba_core.transcript.profile import Profile, find_profile, load_profile
from hocba_core.transcript.record import (
    DATA_ID,
    HOMEROOM,
    LEADER,
    SEAL,
    SUMMARY_ID,
    Skeleton,
    assemble,
    block_id,
    read_skeleton,
)
from hocba_core.verify.verdict import Failure
from hocba_core.xades import template

MAX_BYTES = 2 * 1024 * 1024
"""A record of 30 teachers and the longest comments stays below 0.7 MB."""
MAX_SIGNATURES = 40
MAX_RUN = 16 * 1024
"""Bytes between two "<": 2,000 characters of text at their longest. libxml2 takes 14 s for 2 MB of attributes."""

_OPEN = f'<ds:Signature{template.NS_DS} Id="sig-'.encode()
_CLOSE = b"</ds:Signature>"
_SLOT = re.compile(rb'([a-z0-9-]{1,20})">')
_TAG = re.compile(rb'<(?:/?[A-Z][A-Z0-9_]*|[A-Z][A-Z0-9_]* (Id|CHU_KY)="([^"<>&]*)")>')
_BLANK = re.compile(rb">(?:[ \t\n]|&#xD;)+<")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_TAX_CODE = re.compile(rb"<MA_SO_THUE>([0-9]*)</MA_SO_THUE>")


class Broken(Exception):
    """The file as a whole cannot be judged further."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule)
        self.failure = Failure(rule, detail=detail)


@dataclass(frozen=True, slots=True)
class Apart:
    skeleton: Skeleton
    profile: Profile
    signatures: dict[str, bytes] = field(repr=False)
    """The ds:Signature element of each slot that is filled."""
    tax_code: str
    """Of the school, from the signed header."""


def take_apart(xml: bytes) -> Apart:
    """Raises Broken, which names the first rule that the file breaks."""
    if len(xml) > MAX_BYTES:
        raise Broken("too_large")
    if b"\0" in xml:
        raise Broken("encoding")
    bare, signatures = _split(xml)
    root = _parse(bare)
    profile = _profile(root)
    ids = _ids(bare)
    schema = _schema(profile.key)
    if not schema.validate(root):
        raise Broken("structure", _where(schema))
    try:
        skeleton = read_skeleton(bare)
    except (HocbaError, ValueError, LookupError) as error:
        raise Broken("slot_ids", "người ký và ô chữ ký không khớp") from error
    _check_ids(skeleton, profile, ids)
    if assemble(skeleton, signatures) != xml:
        raise Broken("stray_signature")
    tax_code = _TAX_CODE.search(bare)
    return Apart(skeleton, profile, signatures, tax_code[1].decode() if tax_code else "")


def _split(xml: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The file without its signatures, and they by slot. Whether the slots exist is for later."""
    signatures: dict[str, bytes] = {}
    parts: list[bytes] = []
    at = 0
    while (start := xml.find(b"<ds:Signature ", at)) >= 0:
        slot = _SLOT.match(xml, start + len(_OPEN)) if xml.startswith(_OPEN, start) else None
        if slot is None or len(signatures) == MAX_SIGNATURES:
            raise Broken("form")
        name = slot[1].decode()
        if name in signatures:
            raise Broken("duplicate_id", f"sig-{name}")
        end = xml.find(_CLOSE, start) + len(_CLOSE)
        if end < len(_CLOSE):
            raise Broken("not_xml")
        if not xml.endswith(b'Id="' + slot[1] + b'">', 0, start) or xml[end : end + 2] != b"</":
            raise Broken("stray_signature")
        signatures[name] = xml[start:end]
        parts.append(xml[at:start])
        at = end
    return b"".join((*parts, xml[at:])), signatures


def _parse(bare: bytes) -> etree._Element:
    if b"<!DOCTYPE" in bare or b"<!ENTITY" in bare:
        raise Broken("doctype")
    if max(map(len, bare.split(b"<"))) > MAX_RUN:
        raise Broken("structure", "một đoạn quá dài")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(bare, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Broken("not_xml") from error
    if root.tag != "HOC_BA":
        raise Broken("not_record")
    # comments, CDATA, a declaration, another encoding, other quotes: none of them is in the canonical form
    if etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False) != bare:
        raise Broken("not_canonical")
    return root


def _profile(root: etree._Element) -> Profile:
    base = "DU_LIEU_HOC_BA/THONG_TIN_HOC_BA/"
    circular, level, version = (root.findtext(base + name) or "" for name in ("THONG_TU", "MA_CAP_HOC", "PHIEN_BAN"))
    try:
        return find_profile(circular, level, version)
    except HocbaError as error:
        raise Broken("unknown_profile") from error


@cache
def _schema(key: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(load_profile(key).path("schema.xsd")))


def _where(schema: etree.XMLSchema) -> str:
    """Where the first error is, without the value that the message of the library would quote."""
    entries: Iterable[Any] = schema.error_log  # type: ignore[assignment]  # iterable, say its docs
    path = next((entry.path for entry in entries if entry.path), "")
    return f"phần tử {path.rsplit('/', 1)[-1]}" if path else "phần tử lạ"


def _ids(bare: bytes) -> list[str]:
    """Every Id, in order. In canonical bytes each "<" begins a tag (or an instruction), so each is looked at.

    A schema would let white space between elements and attributes of its own namespace pass.
    """
    tags = [match.groups() for match in _TAG.finditer(bare)]
    if len(tags) != bare.count(b"<"):
        raise Broken("structure", "phần tử, thuộc tính hoặc lệnh xử lý lạ")
    if _BLANK.search(bare):
        raise Broken("structure", "khoảng trắng giữa các phần tử")
    return [value.decode() for name, value in tags if name == b"Id"]


def _check_ids(skeleton: Skeleton, profile: Profile, ids: list[str]) -> None:
    if not _UUID.fullmatch(skeleton.uuid):
        raise Broken("uuid")
    repeated = next((value for value in ids if ids.count(value) > 1), None)
    if repeated:
        raise Broken("duplicate_id", repeated)
    found = [value for value in ids if value.startswith("d-")]
    blocks = [block_id(skeleton.uuid, number) for number in range(1, len(found) + 1)]
    if found != blocks:
        raise Broken("block_of_other", ", ".join(sorted(set(found) - set(blocks))) or "thứ tự")
    teachers = [f"gvbm-{number}" for number in range(1, len(found) + 1)] if profile.has_subject_teachers() else []
    if ids != [DATA_ID, SUMMARY_ID, *blocks, *teachers, HOMEROOM, LEADER, SEAL]:
        raise Broken("slot_ids", ", ".join(sorted(set(ids) ^ {*blocks, *teachers})) or "thứ tự")
    if [slot.id for slot in skeleton.slots] != [*teachers, HOMEROOM, LEADER, SEAL]:
        raise Broken("slot_ids", "người ký và ô chữ ký không khớp")
