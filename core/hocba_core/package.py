"""The package ("gói tin") of a class: what goes to the reception portal, sealed by the school.

    <GOI_TIN>
      <DU_LIEU_GOI_TIN Id="goi"> MA_GOI SU_KIEN PHIEN_BAN THOI_GIAN MA_TRUONG TEN_TRUONG MA_SO_THUE NAM_HOC TEN_LOP
        <DANH_SACH_HOC_BA>
          <HOC_BA_SO> MA_DINH_DANH_HOC_BA SHA256 NOI_DUNG </HOC_BA_SO> …
        </DANH_SACH_HOC_BA>
      </DU_LIEU_GOI_TIN>
      <KY_GOI_TIN Id="ky-goi"> ds:Signature "sig-goi" over #goi </KY_GOI_TIN>
    </GOI_TIN>

Each record stands in base64, so its bytes arrive as they were signed. Like a record the file is its own canonical
form and has one shape, which reading demands to the byte: no XML parser ever sees a stranger's package.
Envelope words (SuKien, PhienBan) are those of the National Data Centre's dictionary. The form is ours: no
official one was found.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal, get_args

from hocba_core.errors import BadInput
from hocba_core.transcript.writer import clean, element
from hocba_core.transcript.writer import fields as written
from hocba_core.xades.prepare import TIME_FORMAT, Reference

Event = Literal["NEW", "UPDATE", "CANCEL"]
DATA_ID = "goi"
SLOT = "goi"
MAX_RECORDS = 50

_HEAD = ("MA_GOI", "SU_KIEN", "PHIEN_BAN", "THOI_GIAN", "MA_TRUONG", "TEN_TRUONG", "MA_SO_THUE", "NAM_HOC", "TEN_LOP")
_OPEN = b'<DU_LIEU_GOI_TIN Id="goi">'
_BEGIN = b"<GOI_TIN>" + _OPEN
_END = b"</DU_LIEU_GOI_TIN>"
_SLOT_BEGIN = b'<KY_GOI_TIN Id="ky-goi">'
_SLOT_END = b"</KY_GOI_TIN></GOI_TIN>"


@dataclass(frozen=True, slots=True)
class PackedRecord:
    """One transcript in a package. For CANCEL `xml` may be empty: the digest names what is cancelled."""

    uuid: str
    sha256: str
    """Hexadecimal, lower case; of the record's bytes."""
    xml: bytes = field(repr=False)

    @staticmethod
    def of(uuid: str, xml: bytes) -> PackedRecord:
        return PackedRecord(uuid, sha256(xml).hexdigest(), xml)


@dataclass(frozen=True, slots=True)
class Manifest:
    uuid: str
    event: Event
    version: int
    at: datetime
    """UTC, whole seconds."""
    school_code: str
    school_name: str
    tax_code: str
    year: str
    class_name: str
    records: tuple[PackedRecord, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadPackage:
    """A file of the right shape; nothing in it is believed yet."""

    manifest: Manifest
    digest: bytes
    """SHA-256 of #goi as it stands."""
    signature: bytes = field(repr=False)
    """The ds:Signature element, or b"" when it is not sealed."""


def build_manifest(manifest: Manifest) -> bytes:
    """The whole file, its slot empty. Raises BadInput for too many records, none, or a record twice."""
    uuids = [record.uuid for record in manifest.records]
    if not 1 <= len(uuids) <= MAX_RECORDS:
        raise BadInput(field="records", expected=f"1 to {MAX_RECORDS}")
    if len(set(uuids)) != len(uuids):
        raise BadInput(field="records", expected="each transcript once")
    if manifest.version < 1 or manifest.event not in get_args(Event):
        raise BadInput(field="event", expected="NEW, UPDATE or CANCEL, version from 1")
    head = {
        "MA_GOI": manifest.uuid,
        "SU_KIEN": manifest.event,
        "PHIEN_BAN": str(manifest.version),
        "THOI_GIAN": manifest.at.astimezone(UTC).strftime(TIME_FORMAT),
        "MA_TRUONG": manifest.school_code,
        "TEN_TRUONG": manifest.school_name,
        "MA_SO_THUE": manifest.tax_code,
        "NAM_HOC": manifest.year,
        "TEN_LOP": manifest.class_name,
    }
    records = "".join(
        element(
            "HOC_BA_SO",
            element("MA_DINH_DANH_HOC_BA", record.uuid)
            + element("SHA256", record.sha256)
            + element("NOI_DUNG", b64encode(record.xml).decode()),
        )
        for record in manifest.records
    )
    data = written(_HEAD, head) + element("DANH_SACH_HOC_BA", records)
    return _BEGIN + data.encode() + _END + _SLOT_BEGIN + _SLOT_END


def digest(manifest: bytes) -> bytes:
    """SHA-256 of #goi. Raises BadInput when it is not what build_manifest() gives."""
    return sha256(_data(manifest)).digest()


def references(manifest: bytes) -> Sequence[Reference]:
    """What the seal covers, for xades.prepare.prepare(SLOT, …)."""
    return [Reference(DATA_ID, digest(manifest))]


def seal(manifest: bytes, signature: bytes) -> bytes:
    """The package: the manifest with its ds:Signature (xades.embed) in the slot."""
    empty = _END + _SLOT_BEGIN + _SLOT_END
    if not manifest.startswith(_BEGIN) or not manifest.endswith(empty):
        raise BadInput(field="manifest", expected="an unsealed package")
    return manifest[: -len(_SLOT_END)] + signature + _SLOT_END


def is_package(data: bytes) -> bool:
    """Does it claim to be one?"""
    return data.startswith(b"<GOI_TIN")


def _data(xml: bytes) -> bytes:
    start = len(_BEGIN) - len(_OPEN)
    end = xml.find(_END + _SLOT_BEGIN)
    if not xml.startswith(_BEGIN) or end < 0:
        raise BadInput(field="package", expected="the one form of a package")
    return xml[start : end + len(_END)]


_TEXT = rb"((?:[^<>&\r]|&amp;|&lt;|&gt;)*)"
_HEAD_FORM = re.compile(b"".join(b"<%b>%b</%b>" % (name.encode(), _TEXT, name.encode()) for name in _HEAD))
_RECORD_FORM = re.compile(
    rb"<HOC_BA_SO><MA_DINH_DANH_HOC_BA>([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})</MA_DINH_DANH_HOC_BA>"
    rb"<SHA256>([0-9a-f]{64})</SHA256><NOI_DUNG>([A-Za-z0-9+/]*={0,2})</NOI_DUNG></HOC_BA_SO>"
)
_UUID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_VERSION = re.compile("[1-9][0-9]{0,8}")
_LIST_BEGIN, _LIST_END = b"<DANH_SACH_HOC_BA>", b"</DANH_SACH_HOC_BA>"


def read_package(xml: bytes) -> ReadPackage:
    """Raises BadInput(field, expected) for whatever build_manifest() and seal() do not write."""
    data = _data(xml)
    rest = xml[len(_BEGIN) - len(_OPEN) + len(data) :]
    if not rest.startswith(_SLOT_BEGIN) or not rest.endswith(_SLOT_END):
        raise BadInput(field="package", expected="one slot, then the end")
    head = _HEAD_FORM.match(data, len(_OPEN))
    if head is None or not data.startswith(_LIST_BEGIN, head.end()):
        raise BadInput(field="package", expected="its head")
    at = head.end() + len(_LIST_BEGIN)
    records: list[PackedRecord] = []
    while (match := _RECORD_FORM.match(data, at)) is not None:
        if len(records) == MAX_RECORDS:
            raise BadInput(field="records", expected=f"1 to {MAX_RECORDS}")
        records.append(PackedRecord(match[1].decode(), match[2].decode(), _decoded(match[3])))
        at = match.end()
    if data[at:] != _LIST_END + _END or not records:
        raise BadInput(field="records", expected="the one form of a record's entry")
    values = dict(zip(_HEAD, map(_text, head.groups()), strict=True))
    return ReadPackage(
        _manifest(values, tuple(records)),
        sha256(data).digest(),
        rest[len(_SLOT_BEGIN) : -len(_SLOT_END)],
    )


def _manifest(values: dict[str, str], records: tuple[PackedRecord, ...]) -> Manifest:
    events: dict[str, Event] = {"NEW": "NEW", "UPDATE": "UPDATE", "CANCEL": "CANCEL"}
    try:
        if not _VERSION.fullmatch(values["PHIEN_BAN"]) or not _UUID.fullmatch(values["MA_GOI"]):
            raise ValueError("version or uuid")
        return Manifest(
            uuid=values["MA_GOI"],
            event=events[values["SU_KIEN"]],
            version=int(values["PHIEN_BAN"]),
            at=datetime.strptime(values["THOI_GIAN"], TIME_FORMAT).replace(tzinfo=UTC),
            school_code=values["MA_TRUONG"],
            school_name=values["TEN_TRUONG"],
            tax_code=values["MA_SO_THUE"],
            year=values["NAM_HOC"],
            class_name=values["TEN_LOP"],
            records=records,
        )
    except (KeyError, ValueError) as error:
        raise BadInput(field="package", expected="event, version and time") from error


def _text(raw: bytes) -> str:
    try:
        value = raw.decode().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if clean(value) != value:
            raise ValueError("not as the writer writes it")
    except ValueError as error:
        raise BadInput(field="package", expected="clean UTF-8 text") from error
    return value


def _decoded(raw: bytes) -> bytes:
    try:
        data = b64decode(raw, validate=True)
    except ValueError as error:
        raise BadInput(field="records", expected="base64") from error
    if b64encode(data) != raw:
        raise BadInput(field="records", expected="base64 in its one form")
    return data
