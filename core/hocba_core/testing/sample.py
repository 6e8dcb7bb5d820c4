"""Plausible transcripts of invented pupils, and people to sign them: for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from hocba_core.certificate import Certificate
from hocba_core.testing.pki import Identity, TestCa
from hocba_core.transcript.content import Person, SubjectBlock, TranscriptContent
from hocba_core.transcript.profile import Profile, load_profile
from hocba_core.transcript.record import Skeleton, assemble, build, data_digest
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import TrustStore
from hocba_core.xades.embed import embed
from hocba_core.xades.prepare import Prepared, Reference, prepare

TAX_CODE = "0100000001"
SCHOOL = "Trường THCS Mẫu"


def sample_uuid(number: int = 1) -> str:
    return str(UUID(int=(0x4000 << 64) | (0x8000 << 48) | number))


def sample_content(key: str = "thcs_tt22_1", *, number: int = 1, teachers: int = 12) -> TranscriptContent:
    """`teachers`: the profile's compulsory subjects are dealt out to so many (primary has none)."""
    profile = load_profile(key)
    subjects = [_subject(profile, subject.code, subject.name) for subject in profile.subjects if not subject.optional]
    if profile.has_subject_teachers():
        hands = min(teachers, len(subjects))
        blocks = tuple(
            SubjectBlock(Person(f"Giáo Viên Số {hand + 1}", f"0991{hand:08d}"), tuple(subjects[hand::hands]))
            for hand in range(hands)
        )
    else:
        blocks = (SubjectBlock(None, tuple(subjects)),)
    return TranscriptContent(
        uuid=sample_uuid(number),
        profile=key,
        header={
            "TRICH_LUC": "0",
            "NAM_HOC": "2025-2026",
            "NGAY_TAO": "2026-05-25",
            "MA_SO_GD": "99",
            "TEN_SO_GD": "Sở GD&ĐT tỉnh Mẫu",
            "MA_TRUONG": "99000501",
            "TEN_TRUONG": SCHOOL,
            "MA_SO_THUE": TAX_CODE,
            "TEN_XA": "phường Trung Tâm",
            "TEN_TINH": "tỉnh Mẫu",
            "MA_KHOI": str(profile.grades[-1]),
            "TEN_LOP": f"{profile.grades[-1]}A",
            "DIA_DANH_PHAT_HANH": "Trung Tâm",
            "NGAY_KY_PHAT_HANH": "2026-05-31",
        },
        pupil={
            "HO_VA_TEN": "Nguyễn Thị Ánh Tuyết",
            "SO_DINH_DANH": f"0993{number:08d}",
            "MA_HOC_SINH": f"99{number:08d}",
            "GIOI_TINH": "2",
            "NGAY_SINH": "2011-03-23",
            "DAN_TOC": "Kinh",
            "QUOC_TICH": "Việt Nam",
            "NOI_SINH": "phường Nam Sơn, tỉnh Mẫu",
            "QUE_QUAN": "xã Đông Hải, tỉnh Mẫu",
            "NOI_O": "Thôn 8, phường Nam Sơn, tỉnh Mẫu",
            "KHUYET_TAT_KHONG_DANH_GIA": "0",
            "HO_TEN_CHA": "Nguyễn Văn Bình",
            "NGHE_NGHIEP_CHA": "Nông dân",
            "HO_TEN_ME": "Trần Thị Hạnh",
            "NGHE_NGHIEP_ME": "Y tá",
        },
        history=(
            {
                "NAM_HOC": "2025-2026",
                "TEN_LOP": f"{profile.grades[-1]}A",
                "TEN_TRUONG": SCHOOL,
                "TEN_TINH": "tỉnh Mẫu",
            },
        ),
        blocks=blocks,
        results=_results(profile),
        homeroom=Person("Phạm Mai Dung", "099186070072"),
        leader=Person("Dương Bích Trang", "099185193630", "Hiệu trưởng"),
    )


def _subject(profile: Profile, code: str, name: str) -> Mapping[str, str]:
    kind = next(subject.kind for subject in profile.subjects if subject.code == code)
    common = {"MA_MON": code, "TEN_MON": name, "NHAN_XET": "Nắm vững kiến thức, vận dụng tốt."}
    if kind == "level":
        return {**common, "MUC_DAT_DUOC": "T", "DIEM_KTDK": "9"}
    marks = ("8.1", "7.5", "7.7") if kind == "scored" else ("Đ", "Đ", "Đ")
    return {**common, "HK1": marks[0], "HK2": marks[1], "CA_NAM": marks[2]}


def _results(profile: Profile) -> Mapping[str, str]:
    values = {rule.el: rule.choices[0] for rule in profile.fields["results"] if rule.need and rule.choices}
    values |= {"NHAN_XET_GVCN": "Ngoan, lễ phép, hòa đồng với bạn bè; học tập tích cực.", "DUOC_LEN_LOP": "1"}
    if profile.level == "02":
        return values | {
            "NGHI_CO_PHEP": "2",
            "NGHI_KHONG_PHEP": "0",
            "XEP_LOAI": "Hoàn thành tốt",
            "HOAN_THANH_LOP_HOC": "1",
            "CHIEU_CAO": "124",
            "CAN_NANG": "42",
        }
    return values | {"SO_BUOI_NGHI": "4", "NOI_DUNG_LEN_LOP": "Được lên lớp", "KHEN_THUONG": "Học sinh Giỏi"}


@dataclass(slots=True)
class Signers:
    """A school's people and seal, each with a certificate of the right CA."""

    people_ca: TestCa
    seal_ca: TestCa
    by_number: dict[str, Identity]
    seal: Identity
    now: datetime

    @classmethod
    def create(cls, now: datetime) -> Signers:
        seal_ca = TestCa.create("Test Government", now)
        return cls(TestCa.create("Test People", now), seal_ca, {}, seal_ca.issue_school(SCHOOL, TAX_CODE), now)

    @property
    def trust(self) -> TrustStore:
        return TrustStore.of([self.people_ca.root_pem], [self.seal_ca.root_pem])

    def identity(self, number: str) -> Identity:
        if not number:
            return self.seal
        if number not in self.by_number:
            self.by_number[number] = self.people_ca.issue_person(f"Người {number[-4:]}", number)
        return self.by_number[number]

    def prepared(
        self, skeleton: Skeleton, slot_id: str, signatures: Mapping[str, bytes], at: datetime
    ) -> tuple[Prepared, Identity]:
        identity = self.identity(skeleton.slot(slot_id).number)
        references = self.references(skeleton, slot_id, signatures)
        return prepare(slot_id, references, Certificate.read(identity.certificate), at), identity

    @staticmethod
    def references(skeleton: Skeleton, slot_id: str, signatures: Mapping[str, bytes]) -> list[Reference]:
        """What that slot's signature covers."""
        slot = skeleton.slot(slot_id)
        if slot.kind in (SlotKind.GVBM, SlotKind.GVCN):
            return [Reference(slot.covers, skeleton.digest(slot_id))]
        references = [Reference("data", data_digest(skeleton, signatures))]
        if slot.kind is SlotKind.SEAL:
            references.append(Reference("sig-cbql", sha256(signatures["cbql"]).digest()))
        return references

    def sign(self, skeleton: Skeleton, slot_id: str, signatures: Mapping[str, bytes], at: datetime) -> bytes:
        """The ds:Signature element of one slot."""
        prepared, identity = self.prepared(skeleton, slot_id, signatures, at)
        return embed(prepared, identity.sign_digest(prepared.digest), identity.certificate, identity.chain)

    def sign_all(self, skeleton: Skeleton) -> dict[str, bytes]:
        """Every slot in order, one minute apart, ending at `now`."""
        signatures: dict[str, bytes] = {}
        start = self.now - timedelta(minutes=len(skeleton.slots))
        for number, slot in enumerate(skeleton.slots, 1):
            at = start + timedelta(minutes=number)
            signatures[slot.id] = self.sign(skeleton, slot.id, signatures, at)
        return signatures


def signed_record(signers: Signers, key: str = "thcs_tt22_1", *, number: int = 1, teachers: int = 12) -> bytes:
    """A whole record, valid under `signers.trust` at `signers.now`."""
    skeleton = build(sample_content(key, number=number, teachers=teachers), load_profile(key))
    return assemble(skeleton, signers.sign_all(skeleton))
