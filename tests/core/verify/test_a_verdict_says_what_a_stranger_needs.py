"""V1: who signed what, when, in which role, by which certificate; what is missing, in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hocba_core.testing.forge import Workshop
from hocba_core.testing.sample import Signers, sample_content, signed_record
from hocba_core.transcript.record import assemble, data_digest
from hocba_core.verify.record import verify_record
from hocba_core.verify.texts import TEXTS, explain
from hocba_core.verify.verdict import Outcome

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)
PROFILES = ["th_tt27_1", "thcs_tt22_1", "thpt_tt22_1"]


@pytest.fixture(scope="module")
def signers() -> Signers:
    return Signers.create(NOW)


@pytest.fixture(scope="module")
def workshop(signers: Signers) -> Workshop:
    return Workshop.open(signers)


@pytest.mark.feature("V1")
@pytest.mark.parametrize("key", PROFILES)
def test_a_good_record_is_valid(key: str, signers: Signers) -> None:
    record = signed_record(signers, key)

    verdict = verify_record(record, signers.trust, NOW)

    assert verdict.outcome is Outcome.VALID
    assert verdict.all_failures() == ()
    assert verdict.sha256 == sha256(record).hexdigest()
    assert verdict.trust_version == signers.trust.version
    assert verdict.level == "XAdES B-B"
    assert verdict.revocation == "not_checked"
    assert verdict.facts["profile"] == key


@pytest.mark.feature("V1")
def test_every_signature_is_told_with_role_person_time_and_part(workshop: Workshop) -> None:
    verdict = workshop.judge(workshop.record)

    assert [(signature.slot, signature.role) for signature in verdict.signatures] == [
        ("gvbm-1", "Giáo viên bộ môn"),
        ("gvbm-2", "Giáo viên bộ môn"),
        ("gvbm-3", "Giáo viên bộ môn"),
        ("gvcn", "Giáo viên chủ nhiệm"),
        ("cbql", "Lãnh đạo nhà trường"),
        ("phat-hanh", "Dấu của nhà trường"),
    ]
    seal = verdict.signatures[-1]
    assert seal.name == "Trường THCS Mẫu"
    assert seal.issuer == "Test Government Issuing"
    assert seal.time == NOW
    assert seal.algorithm == "rsa-sha256"
    assert all(signature.covers and signature.ok for signature in verdict.signatures)


@pytest.mark.feature("V1")
def test_a_verdict_is_json_and_names_no_whole_number(workshop: Workshop) -> None:
    text = json.dumps(workshop.judge(workshop.record).to_dict(), ensure_ascii=False)
    told = json.loads(text)

    assert told["outcome"] == "valid"
    assert told["signatures"][3]["number"] == "099…072"
    content = sample_content()
    for number in (content.pupil["SO_DINH_DANH"], content.homeroom.number, content.leader.number):
        assert number not in text


@pytest.mark.feature("V1")
def test_an_independent_run_says_the_same(workshop: Workshop) -> None:
    assert workshop.judge(workshop.record).to_dict() == workshop.judge(workshop.record).to_dict()


@pytest.mark.feature("V1")
def test_the_digest_told_is_that_of_the_signed_data(workshop: Workshop) -> None:
    verdict = workshop.judge(workshop.record)

    assert verdict.facts["data_digest"] == data_digest(workshop.skeleton, workshop.signatures).hex()


STAGES: list[tuple[list[str], bool]] = [
    ([], True),
    (["gvbm-2"], True),
    (["gvbm-1", "gvbm-2", "gvbm-3"], True),
    (["gvbm-1", "gvbm-2", "gvbm-3", "gvcn"], True),
    (["gvbm-1", "gvbm-2", "gvbm-3", "gvcn", "cbql"], True),
    (["gvbm-1", "gvcn"], False),
    (["gvbm-1", "gvbm-2", "gvbm-3", "cbql"], False),
    (["gvcn"], False),
    (["phat-hanh"], False),
]


@pytest.mark.feature("V1")
@pytest.mark.parametrize(
    ("filled", "good"), STAGES, ids=lambda value: "-".join(value) if isinstance(value, list) else ""
)
def test_a_record_in_the_making_may_lack_only_later_steps(filled: list[str], good: bool, workshop: Workshop) -> None:
    record = assemble(workshop.skeleton, {slot: workshop.signatures[slot] for slot in filled})

    partial = verify_record(record, workshop.trust, NOW, partial=True)
    whole = verify_record(record, workshop.trust, NOW)

    assert whole.outcome is Outcome.INVALID
    missing = [failure for failure in partial.failures if failure.rule == "missing_signature"]
    assert (missing == []) is good


@pytest.mark.feature("V1")
def test_what_is_missing_is_said_in_words(workshop: Workshop) -> None:
    signatures = {**workshop.signatures}
    del signatures["gvbm-2"]

    verdict = workshop.judge(assemble(workshop.skeleton, signatures))

    assert "Thiếu chữ ký: Giáo viên bộ môn (gvbm-2)." in [failure.text for failure in verdict.failures]


@pytest.mark.feature("V1")
@pytest.mark.parametrize("rule", TEXTS)
def test_every_rule_has_words(rule: str) -> None:
    text = explain(rule, "x")

    assert text.endswith(".")
    assert "{" not in text


@pytest.mark.feature("V1")
@pytest.mark.parametrize(
    ("later", "outcome"),
    [(timedelta(0), "valid"), (timedelta(days=365 * 5), "valid"), (timedelta(minutes=-4), "valid")],
    ids=["now", "after the certificates ended", "the verifier's clock a little behind"],
)
def test_a_record_is_judged_at_the_time_of_signing(later: timedelta, outcome: str, workshop: Workshop) -> None:
    """The claimed time: without a time stamp it is the signer's word, which the level B-B says."""
    assert verify_record(workshop.record, workshop.trust, NOW + later).outcome.value == outcome


@pytest.mark.feature("V2")
def test_a_record_of_tomorrow_is_refused(workshop: Workshop) -> None:
    verdict = verify_record(workshop.record, workshop.trust, NOW - timedelta(days=1))

    assert {failure.rule for failure in verdict.all_failures()} == {"future"}


@pytest.mark.feature("V1")
def test_a_record_of_p256_keys_is_valid(signers: Signers) -> None:
    own = Signers(signers.people_ca, signers.seal_ca, {}, signers.seal, NOW)
    content = sample_content(teachers=2)
    people = [block.teacher for block in content.blocks] + [content.homeroom, content.leader]
    for person in people:
        assert person is not None
        own.by_number[person.number] = signers.people_ca.issue_person(person.name, person.number, key="p256")

    verdict = verify_record(signed_record(own, teachers=2), own.trust, NOW)

    assert verdict.outcome is Outcome.VALID
    assert [s.algorithm for s in verdict.signatures] == ["p256-sha256"] * 4 + ["rsa-sha256"]
