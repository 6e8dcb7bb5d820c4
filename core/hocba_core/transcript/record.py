"""The record: a transcript's XML with a place for every signature.

A skeleton is the file with all slots empty, frozen when the transcript is created. Signatures are rows; the
document is assembled from the skeleton and them, so nobody ever rewrites a file. Digests are SHA-256 of
slices, which is right because the file is its own canonical form (writer.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from hocba_core.errors import BadInput, NotFound
from hocba_core.transcript import writer
from hocba_core.transcript.content import Person, SubjectBlock, TranscriptContent
from hocba_core.transcript.profile import Profile, find_profile
from hocba_core.transcript.route import SlotKind

DATA_ID = "data"
SUMMARY_ID = "thongtinhocba"
# slots of which a record has one each
HOMEROOM = "gvcn"
LEADER = "cbql"
SEAL = "phat-hanh"


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one signature."""

    id: str
    kind: SlotKind
    number: str = field(repr=False)
    """Personal number of who must sign; "" for the seal."""
    covers: str
    """Id of the part that is signed."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    uuid: str
    profile: str
    """Key of the profile."""
    xml: bytes = field(repr=False)
    slots: tuple[Slot, ...]
    """In the order of the route."""

    def slot(self, slot_id: str) -> Slot:
        for slot in self.slots:
            if slot.id == slot_id:
                return slot
        raise NotFound(kind="slot")

    def digest(self, slot_id: str) -> bytes:
        """First freeze point: SHA-256 of the part that a teacher's or the homeroom's slot covers."""
        covers = self.slot(slot_id).covers
        if covers == DATA_ID:
            raise BadInput(field="slot", expected="a slot that covers the first freeze point")
        return sha256(_slice(self.xml, covers)).digest()


def block_id(uuid: str, number: int) -> str:
    """The signed Id binds a block to its pupil's record."""
    return f"d-{uuid}-{number}"


def build(content: TranscriptContent, profile: Profile) -> Skeleton:
    """The bytes of the record. Raises BadInput for text that XML cannot hold; checks nothing else."""
    header = {
        **content.header,
        "MA_DINH_DANH_HOC_BA": content.uuid,
        "THONG_TU": profile.circular,
        "MA_CAP_HOC": profile.level,
        "PHIEN_BAN": profile.version,
    }
    names = {group: [rule.el for rule in rules] for group, rules in profile.fields.items()}
    history = "".join(writer.element("QUA_TRINH", writer.fields(names["history"], year)) for year in content.history)
    blocks = "".join(
        _block(content.uuid, number, block, names["subject"]) for number, block in enumerate(content.blocks, 1)
    )
    summary = (
        writer.fields(names["header"], header)
        + writer.element("HOC_SINH", writer.fields(names["pupil"], content.pupil))
        + writer.element("QUA_TRINH_HOC_TAP", history)
        + writer.element("DANH_SACH_DIEM", blocks)
        + writer.element("KET_QUA", writer.fields(names["results"], content.results))
        + writer.element("NGUOI_KY", _signer("GVCN", content.homeroom) + _signer("CBQL", content.leader))
    )
    teachers = "".join(
        writer.element("GVBM", attribute=("Id", f"gvbm-{number}"))
        for number, block in enumerate(content.blocks, 1)
        if block.teacher is not None
    )
    data = writer.element("THONG_TIN_HOC_BA", summary, ("Id", SUMMARY_ID)) + writer.element(
        "DANH_SACH_THONG_TIN_KY",
        writer.element("DANH_SACH_GVBM", teachers) + writer.element("GVCN", attribute=("Id", HOMEROOM)),
    )
    issue = writer.element("DANH_SACH_CBQL", writer.element("CBQL", attribute=("Id", LEADER))) + writer.element(
        "KY_PHAT_HANH", attribute=("Id", SEAL)
    )
    xml = writer.element(
        "HOC_BA",
        writer.element("DU_LIEU_HOC_BA", data, ("Id", DATA_ID)) + writer.element("PHAT_HANH_HOC_BA", issue),
    ).encode()
    return Skeleton(content.uuid, profile.key, xml, _slots(content))


def _block(uuid: str, number: int, block: SubjectBlock, names: list[str]) -> str:
    subjects = "".join(writer.element("MON_HOC", writer.fields(names, subject)) for subject in block.subjects)
    teacher = _signer("GVBM", block.teacher, f"gvbm-{number}") if block.teacher else ""
    return writer.element("DIEM_TONG_KET", subjects + teacher, ("Id", block_id(uuid, number)))


def _signer(name: str, person: Person, slot: str = "") -> str:
    inner = writer.fields(("HO_TEN", "SO_DINH_DANH"), {"HO_TEN": person.name, "SO_DINH_DANH": person.number})
    if name == "CBQL":
        inner += writer.element("CHUC_VU", writer.text(person.position))
    return writer.element(name, inner, ("CHU_KY", slot or name.lower()))


def _slots(content: TranscriptContent) -> tuple[Slot, ...]:
    teachers = [
        Slot(f"gvbm-{number}", SlotKind.GVBM, block.teacher.number, block_id(content.uuid, number))
        for number, block in enumerate(content.blocks, 1)
        if block.teacher is not None
    ]
    return (
        *teachers,
        Slot(HOMEROOM, SlotKind.GVCN, content.homeroom.number, SUMMARY_ID),
        Slot(LEADER, SlotKind.CBQL, content.leader.number, DATA_ID),
        Slot(SEAL, SlotKind.SEAL, "", DATA_ID),
    )


def data_digest(skeleton: Skeleton, signatures: Mapping[str, bytes]) -> bytes:
    """Second freeze point: SHA-256 of #data with the teachers' and the homeroom's signatures in place."""
    return data_digest_of(assemble(skeleton, signatures))


def data_digest_of(xml: bytes) -> bytes:
    """The same of a record's file. Raises ValueError when there is no #data in it."""
    return sha256(_slice(xml, DATA_ID)).digest()


def assemble(skeleton: Skeleton, signatures: Mapping[str, bytes]) -> bytes:
    """The file with the given ds:Signature elements in their slots; other slots stay empty."""
    xml = skeleton.xml
    parts: list[bytes] = []
    at = 0
    for slot in skeleton.slots:
        signature = signatures.get(slot.id)
        if signature is None:
            continue
        # cannot occur in text, where "<" is escaped; ids are unique
        mark = f'Id="{slot.id}">'.encode()
        end = xml.index(mark, at) + len(mark)
        parts += (xml[at:end], signature)
        at = end
    parts.append(xml[at:])
    return b"".join(parts)


_PARTS = {
    DATA_ID: (b'<DU_LIEU_HOC_BA Id="data">', b"</DU_LIEU_HOC_BA>"),
    SUMMARY_ID: (b'<THONG_TIN_HOC_BA Id="thongtinhocba">', b"</THONG_TIN_HOC_BA>"),
}


def _slice(xml: bytes, covers: str) -> bytes:
    """The bytes of the element with that Id; such elements never nest in one of their own name."""
    start, end = _PARTS.get(covers) or (f'<DIEM_TONG_KET Id="{covers}">'.encode(), b"</DIEM_TONG_KET>")
    first = xml.index(start)
    return xml[first : xml.index(end, first) + len(end)]


_HEAD = re.compile(
    rb"<MA_DINH_DANH_HOC_BA>([^<]*)</MA_DINH_DANH_HOC_BA><THONG_TU>([^<]*)</THONG_TU>"
    rb"<MA_CAP_HOC>([^<]*)</MA_CAP_HOC><PHIEN_BAN>([^<]*)</PHIEN_BAN>"
)
_BLOCK_SIGNER = re.compile(
    rb'<(GVBM|GVCN|CBQL) CHU_KY="([a-z0-9-]+)"><HO_TEN>[^<]*</HO_TEN><SO_DINH_DANH>([^<]*)</SO_DINH_DANH>'
)


def read_skeleton(xml: bytes) -> Skeleton:
    """A skeleton from bytes that build() made (our own blob, not a stranger's file)."""
    head = _HEAD.search(xml)
    if head is None:
        raise BadInput(field="xml", expected="a record's skeleton")
    uuid, circular, level, version = (part.decode() for part in head.groups())
    slots = []
    for _, name, number in _BLOCK_SIGNER.findall(xml):
        slot = name.decode()
        kind = SlotKind(slot.split("-")[0])
        if kind is SlotKind.GVBM:
            covers = block_id(uuid, int(slot.split("-")[1]))
        else:
            covers = SUMMARY_ID if kind is SlotKind.GVCN else DATA_ID
        slots.append(Slot(slot, kind, number.decode(), covers))
    slots.append(Slot(SEAL, SlotKind.SEAL, "", DATA_ID))
    return Skeleton(uuid, find_profile(circular, level, version).key, xml, tuple(slots))
