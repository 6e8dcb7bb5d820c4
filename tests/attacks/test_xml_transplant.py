"""Good parts of good records put together into a bad one: another pupil, another step, another form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hocba_core.testing.forge import Workshop
from hocba_core.testing.sample import Signers, sample_content
from hocba_core.transcript.profile import load_profile
from hocba_core.transcript.record import assemble, build
from hocba_core.verify.record import verify_record
from hocba_core.verify.verdict import Outcome

SLOTS = ["gvbm-1", "gvbm-2", "gvbm-3", "gvcn", "cbql", "phat-hanh"]


@pytest.fixture(scope="session")
def other(signers: Signers) -> Workshop:
    """Another pupil of the same class, with better marks and the same signers."""
    content = sample_content(number=2, teachers=3)
    blocks = tuple(
        replace(block, subjects=tuple({**subject, "NHAN_XET": "Xuất sắc."} for subject in block.subjects))
        for block in content.blocks
    )
    skeleton = build(replace(content, blocks=blocks), load_profile("thcs_tt22_1"))
    return Workshop(signers, skeleton, signers.sign_all(skeleton))


def between(record: bytes, first: bytes, last: bytes) -> bytes:
    start = record.index(first)
    return record[start : record.index(last, start) + len(last)]


def swapped(record: bytes, old: bytes, new: bytes) -> bytes:
    assert record.count(old) == 1
    return record.replace(old, new)


@pytest.mark.feature("V2")
@pytest.mark.parametrize("slot", SLOTS)
def test_a_signature_of_another_pupils_record_is_refused(slot: str, workshop: Workshop, other: Workshop) -> None:
    forged = assemble(workshop.skeleton, {**workshop.signatures, slot: other.signatures[slot]})

    assert workshop.rules_broken(forged) & {"digest", "coverage"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_block_with_its_signature_from_another_pupil_is_refused(
    number: int, workshop: Workshop, other: Workshop
) -> None:
    """The teacher's signature would hold: the Id of the block names the other pupil's record."""
    blocks = [
        between(
            made.record, b'<DIEM_TONG_KET Id="d-%s-%d">' % (made.skeleton.uuid.encode(), number), b"</DIEM_TONG_KET>"
        )
        for made in (workshop, other)
    ]
    forged = swapped(workshop.record, blocks[0], blocks[1])
    forged = swapped(forged, workshop.signatures[f"gvbm-{number}"], other.signatures[f"gvbm-{number}"])

    assert workshop.rules_broken(forged) == {"block_of_other"}


@pytest.mark.feature("V2")
def test_such_a_block_signed_over_by_a_careless_homeroom_and_leader_is_still_refused(
    workshop: Workshop, other: Workshop
) -> None:
    """Everybody after the teacher signs what stands there: only the bound Id is left to tell."""
    mine, theirs = (
        between(made.skeleton.xml, b'<DIEM_TONG_KET Id="d-%s-1">' % made.skeleton.uuid.encode(), b"</DIEM_TONG_KET>")
        for made in (workshop, other)
    )
    skeleton = replace(workshop.skeleton, xml=swapped(workshop.skeleton.xml, mine, theirs))
    signatures = {**workshop.signatures, "gvbm-1": other.signatures["gvbm-1"]}
    for number, slot in enumerate(("gvcn", "cbql", "phat-hanh")):
        signatures[slot] = workshop.signers.sign(skeleton, slot, signatures, workshop.now + timedelta(seconds=number))

    assert workshop.rules_broken(assemble(skeleton, signatures)) == {"block_of_other"}


@pytest.mark.feature("V2")
def test_a_block_renamed_to_fit_no_longer_has_its_teachers_signature(workshop: Workshop, other: Workshop) -> None:
    mine, theirs = (
        between(made.record, b'<DIEM_TONG_KET Id="d-%s-1">' % made.skeleton.uuid.encode(), b"</DIEM_TONG_KET>")
        for made in (workshop, other)
    )
    renamed = theirs.replace(other.skeleton.uuid.encode(), workshop.skeleton.uuid.encode())
    forged = swapped(workshop.record, mine, renamed)

    assert "digest" in workshop.rules_broken(forged)


@pytest.mark.feature("V2")
def test_another_pupils_name_over_good_signatures_is_refused(workshop: Workshop) -> None:
    forged = workshop.record.replace("Nguyễn Thị Ánh Tuyết".encode(), "Nguyễn Thị Ánh Nguyệt".encode())

    assert workshop.rules_broken(forged) == {"digest"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("slot", SLOTS)
def test_a_missing_signature_is_named(slot: str, workshop: Workshop) -> None:
    signatures = {name: made for name, made in workshop.signatures.items() if name != slot}

    verdict = workshop.judge(assemble(workshop.skeleton, signatures))

    assert verdict.outcome is Outcome.INVALID
    assert slot in {failure.slot for failure in verdict.failures if failure.rule == "missing_signature"}


@pytest.mark.feature("V2")
def test_no_signature_at_all_is_refused(workshop: Workshop) -> None:
    assert workshop.rules_broken(workshop.skeleton.xml) == {"missing_signature"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize(("one", "two"), [("gvbm-1", "gvbm-2"), ("gvbm-1", "gvcn"), ("cbql", "phat-hanh")])
def test_signatures_exchanged_between_slots_are_refused(one: str, two: str, workshop: Workshop) -> None:
    signatures = {**workshop.signatures, one: workshop.signatures[two], two: workshop.signatures[one]}

    assert workshop.rules_broken(assemble(workshop.skeleton, signatures))


@pytest.mark.feature("V2")
def test_one_signature_in_two_slots_is_refused(workshop: Workshop) -> None:
    forged = assemble(workshop.skeleton, {**workshop.signatures, "gvbm-2": workshop.signatures["gvbm-1"]})

    assert workshop.rules_broken(forged) == {"duplicate_id"}


@pytest.mark.feature("V2")
def test_two_signatures_in_one_slot_are_refused(workshop: Workshop) -> None:
    """Signing again must replace, never add."""
    made = workshop.signatures["phat-hanh"]
    forged = assemble(workshop.skeleton, {**workshop.signatures, "phat-hanh": made + made})

    assert workshop.rules_broken(forged)


@pytest.mark.feature("V2")
def test_a_teachers_block_removed_with_its_slot_is_refused(workshop: Workshop) -> None:
    record = workshop.record
    block = between(record, b'<DIEM_TONG_KET Id="d-%s-3">' % workshop.skeleton.uuid.encode(), b"</DIEM_TONG_KET>")
    slot = b'<GVBM Id="gvbm-3">' + workshop.signatures["gvbm-3"] + b"</GVBM>"
    forged = swapped(swapped(record, block, b""), slot, b"")

    assert workshop.rules_broken(forged) == {"digest"}


Change = Callable[[bytes], bytes]


def as_primary(record: bytes) -> bytes:
    """A primary record has no subject teachers: their signatures would not be missed."""
    record = re.sub(rb"<DANH_SACH_GVBM>.*</DANH_SACH_GVBM>", b"<DANH_SACH_GVBM></DANH_SACH_GVBM>", record)
    record = re.sub(rb"<GVBM CHU_KY=.*?</GVBM>", b"", record)
    record = record.replace(b"<MA_CAP_HOC>03<", b"<MA_CAP_HOC>02<")
    return record.replace(b"<THONG_TU>22/2021/", b"<THONG_TU>27/2020/")


DOWNGRADES: dict[str, Change] = {
    "to primary, which needs fewer signatures": as_primary,
    "to the other secondary level": lambda record: record.replace(b"<MA_CAP_HOC>03<", b"<MA_CAP_HOC>04<"),
    "to a circular of the past": lambda record: record.replace(b"<THONG_TU>22/2021/", b"<THONG_TU>58/2011/"),
    "to another version": lambda record: record.replace(b"<PHIEN_BAN>1.0<", b"<PHIEN_BAN>0.9<"),
    "to no version": lambda record: record.replace(b"<PHIEN_BAN>1.0<", b"<PHIEN_BAN><"),
    "a second circular": lambda record: record.replace(
        b"<THONG_TU>", b"<THONG_TU>27/2020/TT-BGD</THONG_TU><THONG_TU>", 1
    ),
    "slots without their blocks": lambda record: re.sub(rb"<GVBM CHU_KY=.*?</GVBM>", b"", record),
    "blocks without their slots": lambda record: re.sub(
        rb"<DANH_SACH_GVBM>.*</DANH_SACH_GVBM>", b"<DANH_SACH_GVBM></DANH_SACH_GVBM>", record
    ),
    "no leader's slot": lambda record: re.sub(rb"<CBQL Id=.*?</CBQL>", b"", record),
    "a grade of another level": lambda record: record.replace(b"<MA_KHOI>9<", b"<MA_KHOI>5<"),
}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("name", DOWNGRADES)
def test_a_downgraded_profile_is_refused(name: str, workshop: Workshop) -> None:
    forged = DOWNGRADES[name](workshop.record)

    assert forged != workshop.record
    assert workshop.rules_broken(forged)


@pytest.mark.feature("V2")
def test_a_dishonest_homeroom_cannot_make_a_primary_record_of_a_secondary_one(workshop: Workshop) -> None:
    """Homeroom, leader and seal sign the downgraded file anew; the fields are not those of a primary record."""
    skeleton = replace(workshop.skeleton, xml=as_primary(workshop.skeleton.xml), slots=workshop.skeleton.slots[3:])
    signatures: dict[str, bytes] = {}
    for slot in skeleton.slots:
        signatures[slot.id] = workshop.signers.sign(skeleton, slot.id, signatures, workshop.now)

    assert workshop.rules_broken(assemble(skeleton, signatures)) == {"structure"}


@pytest.mark.feature("V2")
def test_a_seal_over_another_leaders_signature_is_refused(workshop: Workshop) -> None:
    """The leader signs twice; the seal of the first does not hold over the second."""
    again = workshop.signers.sign(workshop.skeleton, "cbql", workshop.signatures, workshop.now - timedelta(seconds=61))
    forged = assemble(workshop.skeleton, {**workshop.signatures, "cbql": again})

    verdict = workshop.judge(forged)

    assert {(s.slot, f.rule) for s in verdict.signatures for f in s.failures} == {("phat-hanh", "digest")}


@pytest.mark.feature("V2")
def test_the_roots_of_another_country_believe_nobody(workshop: Workshop) -> None:
    others = Signers.create(workshop.now)

    verdict = verify_record(workshop.record, others.trust, workshop.now)

    assert verdict.outcome is Outcome.INVALID
    assert all({f.rule for f in signature.failures} == {"untrusted"} for signature in verdict.signatures)
