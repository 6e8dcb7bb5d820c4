"""A verified record -> what a form prints, as plain strings: the only thing that form.typ is given.

Everything is read from the record's own bytes. The caller has verified them; nothing is judged here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from hocba_core.clock import VIETNAM
from hocba_core.transcript.profile import Profile, find_profile
from lxml import etree

Data = dict[str, Any]

SEXES = {"0": "Chưa xác định", "1": "Nam", "2": "Nữ"}
_LONG_WORD = re.compile(r"\S{31,}")
_XADES_TIME = ".//{http://uri.etsi.org/01903/v1.3.2#}SigningTime"


def form_data(xml: bytes) -> Data:
    """Names of persons, texts and marks as they stand; dates in Vietnamese order, times in Vietnam's zone.

    Keys: profile, header, pupil, history, subjects, results (element names, as in the record), homeroom, leader
    ({name, position, time}; time "" while unsigned). A subject has name, full, teacher and time beside its fields.
    Raises NotFound for a profile that is not known, ValueError when it is not XML.
    """
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ValueError("not XML") from error
    summary = root.find("DU_LIEU_HOC_BA/THONG_TIN_HOC_BA")
    if summary is None:
        raise ValueError("not a record")
    header = _fields(summary) | {"MA_DINH_DANH_HOC_BA": summary.findtext("MA_DINH_DANH_HOC_BA") or ""}
    profile = find_profile(header["THONG_TU"], header["MA_CAP_HOC"], header["PHIEN_BAN"])
    pupil = _fields(summary.find("HOC_SINH"))
    return {
        "profile": profile.key,
        "level": profile.level,
        "header": header | {"NGAY_PHAT_HANH": _long_date(header.get("NGAY_KY_PHAT_HANH", ""))},
        "pupil": pupil
        | {"GIOI_TINH": SEXES.get(pupil.get("GIOI_TINH", ""), ""), "NGAY_SINH": date(pupil.get("NGAY_SINH", ""))},
        "history": [_fields(year) for year in summary.iterfind("QUA_TRINH_HOC_TAP/QUA_TRINH")],
        "subjects": _subjects(root, summary, profile),
        "results": _fields(summary.find("KET_QUA")),
        "homeroom": _signer(root, summary, "GVCN"),
        "leader": _signer(root, summary, "CBQL"),
    }


def _subjects(root: etree._Element, summary: etree._Element, profile: Profile) -> list[Data]:
    """In the order of the profile, whatever the order of the teachers' blocks."""
    order = {subject.code: number for number, subject in enumerate(profile.subjects)}
    full = {subject.code: subject.full for subject in profile.subjects}
    found = []
    for block in summary.iterfind("DANH_SACH_DIEM/DIEM_TONG_KET"):
        teacher = block.find("GVBM")
        name = breakable(teacher.findtext("HO_TEN") or "") if teacher is not None else ""
        time = _time(root, teacher.get("CHU_KY", "")) if teacher is not None else ""
        for subject in block.iterfind("MON_HOC"):
            fields = _fields(subject)
            code = fields.get("MA_MON", "")
            fields |= {"name": full.get(code, fields.get("TEN_MON", "")), "teacher": name, "time": time}
            found.append((order.get(code, len(order)), fields))
    return [fields for _, fields in sorted(found, key=lambda pair: pair[0])]


def _signer(root: etree._Element, summary: etree._Element, name: str) -> Data:
    person = summary.find(f"NGUOI_KY/{name}")
    if person is None:
        return {"name": "", "position": "", "time": ""}
    return {
        "name": breakable(person.findtext("HO_TEN") or ""),
        "position": breakable(person.findtext("CHUC_VU") or ""),
        "time": _time(root, person.get("CHU_KY", "")),
    }


def _time(root: etree._Element, slot: str) -> str:
    """When that slot's signature says it was made; "" while it is empty."""
    place = next((element for element in root.iter("GVBM", "GVCN", "CBQL") if element.get("Id") == slot), None)
    text = place.findtext(_XADES_TIME) if place is not None else None
    return moment(datetime.fromisoformat(text)) if text else ""


def _fields(element: etree._Element | None) -> dict[str, str]:
    if element is None:
        return {}
    return {str(child.tag): breakable(child.text or "") for child in element if len(child) == 0}


def breakable(text: str) -> str:
    """A word that no line could hold gets places to break, which are not seen."""
    return _LONG_WORD.sub(lambda word: re.sub(r"(.{14})", "\\1\u200b", word[0]), text)


def moment(time: datetime) -> str:
    """As a Vietnamese reader expects it: 31/05/2026 08:00, in Vietnam's zone."""
    return time.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M") if time.tzinfo else moment(time.replace(tzinfo=UTC))


def date(iso: str) -> str:
    """2011-03-23 -> 23/03/2011; a year or year and month alone stay so."""
    return "/".join(reversed(iso.split("-"))) if iso else ""


def _long_date(iso: str) -> str:
    year, month, day = (*iso.split("-"), "", "", "")[:3]
    return f"ngày {day} tháng {month} năm {year}" if day else ""
