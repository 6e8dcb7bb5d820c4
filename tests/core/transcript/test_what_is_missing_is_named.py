"""T2, "Thông tin cần bổ sung (nếu có)": each item by name, and where it is entered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hocba_core.testing.sample import sample_content
from hocba_core.transcript.check import Problem, problems
from hocba_core.transcript.content import Person, TranscriptContent
from hocba_core.transcript.profile import load_profile

THCS = load_profile("thcs_tt22_1")


def errors(content: TranscriptContent) -> list[Problem]:
    return [problem for problem in problems(content, THCS) if problem.severity == "error"]


def with_pupil(**values: str) -> TranscriptContent:
    content = sample_content()
    return replace(content, pupil={**content.pupil, **values})


@pytest.mark.feature("T2")
def test_a_missing_field_is_named_with_the_place_to_mend_it() -> None:
    assert errors(with_pupil(NGAY_SINH=" ")) == [
        Problem("error", "NGAY_SINH", "Ngày sinh", "missing", "Hồ sơ học sinh")
    ]


@pytest.mark.feature("T2")
@pytest.mark.parametrize("number", ["99300000001", "0993000000012", "09930000000x", "٠٩٩٣٠٠٠٠٠٠٠١", "0993 0000 0001"])
def test_a_malformed_personal_number_is_named_but_never_quoted(number: str) -> None:
    (problem,) = errors(with_pupil(SO_DINH_DANH=number))

    assert (problem.element, problem.what) == ("SO_DINH_DANH", "malformed")
    assert number not in repr(problem)


@pytest.mark.feature("T2")
def test_a_mark_is_named_with_its_subject() -> None:
    content = sample_content()
    block = content.blocks[0]
    subject = {**block.subjects[0], "CA_NAM": "11"}
    worse = replace(content, blocks=(replace(block, subjects=(subject,)), *content.blocks[1:]))

    (problem,) = errors(worse)

    assert (problem.label, problem.what) == ("Ngữ văn: Cả năm", "malformed")


@pytest.mark.feature("T2")
@pytest.mark.parametrize("mark", ["0", "10", "8.5", "10.0", "Đ", "CĐ", "M"])
def test_marks_of_every_kind_are_allowed(mark: str) -> None:
    rule = next(rule for rule in THCS.fields["subject"] if rule.el == "CA_NAM")

    assert rule.allows(mark)


@pytest.mark.feature("T2")
@pytest.mark.parametrize("mark", ["8,5", "8.55", "-1", "11", "đ", "D", "10.", ".5"])
def test_marks_of_other_forms_are_not(mark: str) -> None:
    rule = next(rule for rule in THCS.fields["subject"] if rule.el == "CA_NAM")

    assert not rule.allows(mark)


@pytest.mark.feature("T2")
def test_no_day_of_absence_is_a_number() -> None:
    """The dictionary says at least 1; a pupil who was always there has 0."""
    content = sample_content()

    assert not errors(replace(content, results={**content.results, "SO_BUOI_NGHI": "0"}))


@pytest.mark.feature("T2")
def test_a_pupil_who_is_not_assessed_needs_no_results() -> None:
    content = with_pupil(KHUYET_TAT_KHONG_DANH_GIA="1")
    results = {el: value for el, value in content.results.items() if not el.startswith("HOC_TAP")}
    blocks = tuple(
        replace(block, subjects=tuple({"MA_MON": s["MA_MON"], "TEN_MON": s["TEN_MON"]} for s in block.subjects))
        for block in content.blocks
    )

    assert not errors(replace(content, results=results, blocks=blocks))
    assert errors(
        replace(content, results=results, blocks=blocks, pupil={**content.pupil, "KHUYET_TAT_KHONG_DANH_GIA": "0"})
    )


@pytest.mark.feature("T2")
def test_a_subject_without_a_teacher_is_named() -> None:
    content = sample_content()
    block = replace(content.blocks[0], teacher=None)

    (problem,) = errors(replace(content, blocks=(block, *content.blocks[1:])))

    assert problem.label == "Giáo viên bộ môn Ngữ văn"
    assert problem.mend == "Phân công chuyên môn"


@pytest.mark.feature("T2")
def test_a_signer_without_a_personal_number_is_named() -> None:
    (problem,) = errors(replace(sample_content(), homeroom=Person("Phạm Mai Dung", "")))

    assert problem.label == "Số định danh cá nhân của Phạm Mai Dung"


@pytest.mark.feature("T2")
def test_nobody_named_to_sign_is_one_error_each() -> None:
    nobody = Person("", "")

    found = errors(replace(sample_content(), homeroom=nobody, leader=nobody))

    assert [problem.label for problem in found] == ["Giáo viên chủ nhiệm", "Lãnh đạo ký học bạ"]


@pytest.mark.feature("T2")
def test_no_subject_is_an_error() -> None:
    assert errors(replace(sample_content(), blocks=()))


@pytest.mark.feature("T2")
def test_a_letter_that_a_record_cannot_hold_is_malformed() -> None:
    (problem,) = errors(with_pupil(NOI_SINH="Hà Nội\x00"))

    assert (problem.element, problem.what) == ("NOI_SINH", "malformed")


@pytest.mark.feature("T2")
def test_a_remark_that_is_missing_is_only_a_warning() -> None:
    content = sample_content()
    blocks = tuple(replace(b, subjects=tuple({**s, "NHAN_XET": ""} for s in b.subjects)) for b in content.blocks)

    found = problems(replace(content, blocks=blocks), THCS)

    assert {problem.severity for problem in found} == {"warning"}
    assert len(found) == 12
