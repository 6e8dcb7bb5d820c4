"""Rows of the store → the content of one transcript, and who signs what in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from hocba_core.transcript.content import Person, SubjectBlock, TranscriptContent
from hocba_core.transcript.profile import Subject
from hocba_core.transcript.record import HOMEROOM, LEADER

from hocba_gateway.school.class_file import ClassFile
from hocba_gateway.school.reading.words import key, values
from hocba_gateway.school.world import Row

NOBODY: Final = Person("", "")

DOSSIER: Final = {
    "NGAY_SINH": "birth", "GIOI_TINH": "gender", "DAN_TOC": "ethnicity", "QUOC_TICH": "nationality",
    "NOI_SINH": "birthplace", "QUE_QUAN": "hometown", "NOI_O": "address",
    "DOI_TUONG_CHINH_SACH": "policy", "HO_TEN_CHA": "father", "NGHE_NGHIEP_CHA": "father_job",
    "HO_TEN_ME": "mother", "NGHE_NGHIEP_ME": "mother_job", "HO_TEN_GIAM_HO": "guardian",
    "NGHE_NGHIEP_GIAM_HO": "guardian_job",
}  # fmt: skip
_SUBJECT: Final = {
    "HK1": "hk1", "HK2": "hk2", "CA_NAM": "cn", "KIEM_TRA_LAI": "retest",
    "MUC_DAT_DUOC": "level", "DIEM_KTDK": "periodic", "NHAN_XET": "comment",
}  # fmt: skip
_SECONDARY: Final = {
    "HOC_TAP_HK1": "learning_hk1", "HOC_TAP_HK2": "learning_hk2", "HOC_TAP_CA_NAM": "learning_cn",
    "REN_LUYEN_HK1": "conduct_hk1", "REN_LUYEN_HK2": "conduct_hk2",
    "REN_LUYEN_CA_NAM": "conduct_cn", "HOC_TAP_LAI": "summer_learning",
    "REN_LUYEN_LAI": "summer_conduct", "SO_BUOI_NGHI": "absences", "DUOC_LEN_LOP": "promoted",
    "CHUNG_CHI": "certificates", "CUOC_THI": "contests", "KHEN_THUONG": "title",
    "NHAN_XET_GVCN": "homeroom_comment",
}  # fmt: skip
_PRIMARY: Final = {
    "NL_TU_CHU_TU_HOC": "self_study", "NL_GIAO_TIEP_HOP_TAC": "communication",
    "NL_GIAI_QUYET_VAN_DE": "problem_solving", "NL_NGON_NGU": "language",
    "NL_TINH_TOAN": "calculation", "NL_KHOA_HOC": "science", "NL_CONG_NGHE": "technology",
    "NL_TIN_HOC": "informatics", "NL_THAM_MI": "aesthetics", "NL_THE_CHAT": "physical",
    "PC_YEU_NUOC": "patriotism", "PC_NHAN_AI": "kindness", "PC_CHAM_CHI": "diligence",
    "PC_TRUNG_THUC": "honesty", "PC_TRACH_NHIEM": "responsibility",
    "NHAN_XET_PHAM_CHAT": "comment_qualities", "NHAN_XET_NANG_LUC_CHUNG": "comment_general",
    "NHAN_XET_NANG_LUC_DAC_THU": "comment_specific", "CHIEU_CAO": "height", "CAN_NANG": "weight",
    "NGHI_CO_PHEP": "absences_excused", "NGHI_KHONG_PHEP": "absences_unexcused",
    "XEP_LOAI": "education_result", "DUOC_LEN_LOP": "promoted", "KHEN_THUONG": "title",
    "KHEN_THUONG_DOT_XUAT": "sudden_reward", "NHAN_XET_GVCN": "homeroom_comment",
}  # fmt: skip
_LAST_GRADES: Final = {5: "tiểu học", 9: "trung học cơ sở", 12: "trung học phổ thông"}


@dataclass(frozen=True, slots=True)
class Signers:
    """people.id of who signs; None while nobody is known. Block n is the slot gvbm-n, from 1."""

    blocks: tuple[str | None, ...]
    homeroom: str | None
    leader: str | None

    def of_slot(self, slot: str) -> str | None:
        """For "gvbm-1" …, "gvcn", "cbql"; None for the seal, which is the school's."""
        if slot.startswith("gvbm-"):
            return self.blocks[int(slot.removeprefix("gvbm-")) - 1]
        return {HOMEROOM: self.homeroom, LEADER: self.leader}.get(slot)


def make_content(file: ClassFile, pupil_id: str, uuid: str, today: date) -> tuple[TranscriptContent, Signers]:
    """What the record says, complete or not: transcript.check and missing.py judge it."""
    pupil = file.pupil(pupil_id)
    grouped = _blocks(file, pupil)
    homeroom, leader = file.room["homeroom_id"], file.settings.leader_id
    content = TranscriptContent(
        uuid=uuid,
        profile=file.room["profile"],
        header=_header(file, pupil, today),
        pupil=_pupil(pupil),
        history=(_history(file),),
        blocks=tuple(
            SubjectBlock(_person(file, person_id), tuple(_subject(file, pupil, s) for s in subjects))
            for person_id, subjects in grouped
        ),
        results=_results(file, pupil),
        homeroom=_person(file, homeroom) or NOBODY,
        leader=_person(file, leader) or NOBODY,
    )
    return content, Signers(tuple(person_id for person_id, _ in grouped), homeroom, leader)


def _person(file: ClassFile, person_id: str | None) -> Person | None:
    row = file.people.get(person_id) if person_id else None
    if row is None:
        return None
    return Person(row["name"], row["personal_number"] or "", row["position"] or "")


def _header(file: ClassFile, pupil: Row, today: date) -> dict[str, str]:
    school, room = file.school, file.room
    return {
        "TRICH_LUC": "0",
        "NAM_HOC": room["year"],
        "NGAY_TAO": today.isoformat(),
        "MA_SO_GD": school.department_code,
        "TEN_SO_GD": school.department_name,
        "MA_TRUONG": school.code,
        "TEN_TRUONG": school.name,
        "MA_SO_THUE": school.tax_number,
        "TEN_XA": school.commune,
        "TEN_TINH": school.province,
        "MA_XA": school.commune_code,
        "MA_TINH": school.province_code,
        "MA_KHOI": str(room["grade"]),
        "TEN_LOP": room["name"],
        "SO_DANG_BO": pupil["data"].get("register", ""),
        "DIA_DANH_PHAT_HANH": file.settings.place or school.place,
        "NGAY_KY_PHAT_HANH": file.settings.sign_date or "",
    }


def _pupil(pupil: Row) -> dict[str, str]:
    data: Mapping[str, str] = pupil["data"]
    return {
        "HO_VA_TEN": pupil["name"],
        "SO_DINH_DANH": pupil["personal_number"] or "",
        "MA_HOC_SINH": pupil["code"],
        "KHUYET_TAT_KHONG_DANH_GIA": data.get("not_assessed", "0"),
        **{element: data.get(name, "") for element, name in DOSSIER.items()},
    }


def _history(file: ClassFile) -> dict[str, str]:
    return {
        "NAM_HOC": file.room["year"],
        "TEN_LOP": file.room["name"],
        "TEN_TRUONG": file.school.name,
        "TEN_TINH": file.school.province,
    }


def _blocks(file: ClassFile, pupil: Row) -> list[tuple[str | None, list[Subject]]]:
    """Subjects by who signs them, in the form's order; one block of nobody's where the profile has
    no subject teachers. Subjects without a known signer stand in a block of their own."""
    taken = [subject for subject in file.subjects() if _is_taken(file, pupil, subject)]
    if not file.profile.has_subject_teachers():
        return [(None, taken)] if taken else []
    blocks: list[tuple[str | None, list[Subject]]] = []
    for subject in taken:
        person_id = file.responsible(subject.code)
        held = next((subjects for known, subjects in blocks if known and known == person_id), None)
        if held is None:
            blocks.append((person_id, [subject]))
        else:
            held.append(subject)
    return blocks


def _is_taken(file: ClassFile, pupil: Row, subject: Subject) -> bool:
    """Chosen subjects count where the pupil has a result; the others always, so that a missing
    result is seen."""
    return not subject.optional or bool(file.results.get((pupil["id"], subject.code)))


def _subject(file: ClassFile, pupil: Row, subject: Subject) -> dict[str, str]:
    data = file.results.get((pupil["id"], subject.code), {})
    return {
        "MA_MON": subject.code,
        "TEN_MON": subject.name,
        **{element: data.get(name, "") for element, name in _SUBJECT.items()},
    }


def _results(file: ClassFile, pupil: Row) -> dict[str, str]:
    data = file.results.get((pupil["id"], ""), {})
    grade: int = file.room["grade"]
    if grade <= 5:
        return {
            **{element: data.get(name, "") for element, name in _PRIMARY.items()},
            **_primary_end(data, grade),
        }
    return {
        **{element: data.get(name, "") for element, name in _SECONDARY.items()},
        **_secondary_end(data, grade),
    }


def _primary_end(data: Mapping[str, str], grade: int) -> dict[str, str]:
    """Who moves up has completed the class; who completes class 5, primary school (TT 27/2020)."""
    promoted = data.get("promoted", "")
    completed = data.get("completed", promoted) if grade == 5 else "0"
    text = "Hoàn thành chương trình tiểu học" if completed == "1" else ""
    if promoted == "1" and not text:
        text = f"Hoàn thành chương trình lớp {grade}"
    return {
        "HOAN_THANH_LOP_HOC": promoted,
        "HOAN_THANH_TIEU_HOC": completed if promoted else "",
        "NOI_DUNG_HOAN_THANH": text,
    }


def _secondary_end(data: Mapping[str, str], grade: int) -> dict[str, str]:
    promoted, completed = data.get("promoted", ""), data.get("completed", "")
    ticked = values("yes").get(key(completed)) if completed else None
    if ticked is not None:
        completed = f"Hoàn thành chương trình {_LAST_GRADES.get(grade, '')}" if ticked == "1" else ""
    words = {"1": f"Được lên lớp {grade + 1}", "0": "Chưa được lên lớp"}.get(promoted, "")
    if grade in _LAST_GRADES and promoted == "1":
        words = f"Hoàn thành chương trình {_LAST_GRADES[grade]}"
        completed = completed or words
    return {"NOI_DUNG_LEN_LOP": words, "NOI_DUNG_HOAN_THANH": completed}
