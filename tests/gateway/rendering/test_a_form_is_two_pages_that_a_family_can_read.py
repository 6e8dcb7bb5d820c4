from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers, sample_content
from hocba_core.transcript.content import Person, SubjectBlock, TranscriptContent
from hocba_core.transcript.profile import FieldRule, load_profile
from hocba_core.transcript.record import build
from hocba_gateway.rendering.render import Renderer, Seal

SENTENCE = "Nghiêm túc, chuyển biến rõ rệt; thường xuyên phát biểu, cần cố gắng ở phần vận dụng. "


def text_of(pdf: bytes, folder: Path) -> str:
    (folder / "a.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", folder / "a.pdf", "-"], capture_output=True, text=True, check=True)
    return done.stdout


def squeezed(text: str) -> str:
    return " ".join(text.split())


def words(length: int) -> str:
    text = (SENTENCE * (length // len(SENTENCE) + 1))[:length].rstrip()
    return text.ljust(length, "m")


def filled(rules: tuple[FieldRule, ...], base: Mapping[str, str], longest: int, letter: str) -> dict[str, str]:
    """Every field at its longest, or `longest`; of `letter` without a space when that is given."""
    values = {}
    for rule in rules:
        size = min(rule.max, longest)
        value = base.get(rule.el, "")
        if rule.choices:
            value = value or rule.choices[-1]
        elif not rule.pattern:
            value = letter * size if letter else words(size)
        values[rule.el] = value
    return values


def full_content(key: str, *, longest: int = 2000, letter: str = "", years: int = 5) -> TranscriptContent:
    """Every subject of the profile, chosen and optional, and every field filled."""
    profile, base = load_profile(key), sample_content(key)
    name = letter * 150 if letter else words(min(150, longest))
    marks = {"HK1": "10", "HK2": "10", "CA_NAM": "10", "KIEM_TRA_LAI": "10", "MUC_DAT_DUOC": "T", "DIEM_KTDK": "10"}
    comment = letter * longest if letter else words(longest)
    blocks = tuple(
        SubjectBlock(
            Person(name, f"0991{number:08d}") if profile.has_subject_teachers() else None,
            ({"MA_MON": subject.code, "TEN_MON": subject.name, "NHAN_XET": comment, **marks},),
        )
        for number, subject in enumerate(profile.subjects)
    )
    return replace(
        base,
        header=filled(profile.fields["header"], base.header, longest, letter),
        pupil=filled(profile.fields["pupil"], base.pupil, longest, letter),
        history=tuple(filled(profile.fields["history"], base.history[0], longest, letter) for _ in range(years)),
        blocks=blocks,
        results=filled(profile.fields["results"], base.results, longest, letter),
        homeroom=replace(base.homeroom, name=name),
        leader=replace(base.leader, name=name, position="Phó hiệu trưởng phụ trách"),
    )


def pages(pdf: bytes, folder: Path) -> tuple[int, str]:
    (folder / "a.pdf").write_bytes(pdf)
    said = subprocess.run(["pdfinfo", folder / "a.pdf"], capture_output=True, text=True, check=True).stdout
    facts = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
    return int(facts["Pages"]), facts["Page size"].strip()


@pytest.mark.feature("T8")
def test_the_form_names_pupil_school_marks_and_everyone_who_signed_with_the_time(
    key: str, records: Mapping[str, bytes], seal: Seal, renderer: Renderer, tmp_path: Path
):
    text = squeezed(text_of(renderer.sealable(records[key], seal), tmp_path))

    for expected in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "HỌC BẠ",
        "NGUYỄN THỊ ÁNH TUYẾT",
        "23/03/2011",
        "phường Nam Sơn, tỉnh Mẫu",
        "Nguyễn Văn Bình – Nông dân",
        SCHOOL.upper(),
        "2025 – 2026",
        "Phạm Mai Dung",
        "Dương Bích Trang",
        "HIỆU TRƯỞNG",
        "Đã ký số",
        "Nắm vững kiến thức, vận dụng tốt.",
        "Ngoan, lễ phép, hòa đồng với bạn bè; học tập tích cực.",
        "Trung Tâm, ngày 31 tháng 05 năm 2026",
        "Ký bởi:",
        "Thời điểm ký: 25/05/2026 08:00",
        f"Mã số thuế: {TAX_CODE}",
        "00000000-0000-4000-8000-000000000001",
    ):
        assert expected in text, expected
    if key != "th_tt27_1":
        assert "Giáo Viên Số 1, ký số 25/05/2026 07:" in text
        assert "chưa ký" not in text
        assert "7,7" in text


def test_the_personal_numbers_of_people_are_not_printed(
    key: str, records: Mapping[str, bytes], seal: Seal, renderer: Renderer, tmp_path: Path
):
    text = text_of(renderer.sealable(records[key], seal), tmp_path)

    for number in ("099186070072", "099185193630", "099300000001", "0991000000"):
        assert number not in text


def test_the_forms_are_two_pages_of_a4(
    key: str, records: Mapping[str, bytes], seal: Seal, signers: Signers, renderer: Renderer, tmp_path: Path
):
    assert pages(renderer.sealable(records[key], seal), tmp_path) == (2, "595.276 x 841.89 pts (A4)")
    assert pages(renderer.preview(records[key], signers.now), tmp_path) == (2, "595.276 x 841.89 pts (A4)")


@pytest.mark.parametrize("longest, letter, years", [(120, "", 5), (400, "", 5), (2000, "", 5), (2000, "W", 9)])
def test_the_longest_texts_still_make_two_pages(
    longest: int, letter: str, years: int, key: str, seal: Seal, renderer: Renderer, tmp_path: Path
):
    content = full_content(key, longest=longest, letter=letter, years=years)
    long_seal = replace(seal, name=words(150))

    pdf = renderer.sealable(build(content, load_profile(key)).xml, long_seal)

    assert pages(pdf, tmp_path)[0] == 2
    text = squeezed(text_of(pdf, tmp_path))
    # the page's parts stand after the texts: nothing was pushed out
    for expected in (
        "DẤU CỦA NHÀ TRƯỜNG",
        "PHÓ HIỆU TRƯỞNG PHỤ TRÁCH",
        "Trang 2/2",
        "Nhận xét của giáo viên chủ nhiệm",
    ):
        assert expected in text


def test_comments_of_ordinary_length_are_printed_whole(key: str, seal: Seal, renderer: Renderer, tmp_path: Path):
    base = sample_content(key)
    comment = words(150)
    blocks = tuple(
        replace(block, subjects=tuple({**subject, "NHAN_XET": comment} for subject in block.subjects))
        for block in base.blocks
    )
    record = build(replace(base, blocks=blocks), load_profile(key)).xml

    text = text_of(renderer.sealable(record, seal), tmp_path)

    assert "xem toàn văn" not in text


def test_a_comment_that_had_to_be_cut_says_where_the_whole_is(seal: Seal, renderer: Renderer, tmp_path: Path):
    record = build(full_content("thcs_tt22_1"), load_profile("thcs_tt22_1")).xml

    assert "[xem toàn văn trong tệp XML]" in squeezed(text_of(renderer.sealable(record, seal), tmp_path))


def test_text_that_looks_like_markup_is_only_text(seal: Seal, renderer: Renderer, tmp_path: Path):
    base = sample_content()
    trick = '#read("/etc/passwd") $x$ *đậm* <b>&amp;'
    record = build(replace(base, results={**base.results, "NHAN_XET_GVCN": trick}), load_profile("thcs_tt22_1")).xml

    text = squeezed(text_of(renderer.sealable(record, seal), tmp_path))

    assert trick in text


def test_a_preview_says_so_and_has_no_field(
    key: str, records: Mapping[str, bytes], signers: Signers, renderer: Renderer, tmp_path: Path
):
    pdf = renderer.preview(records[key], signers.now)

    text = squeezed(text_of(pdf, tmp_path))
    assert text.count("chưa được nhà trường ký phát hành, không có giá trị sử dụng") == 2
    assert b"/AcroForm" not in pdf
    assert b"hocba:1" not in pdf


def test_a_preview_of_an_unsigned_transcript_says_who_has_not_signed(
    key: str, signers: Signers, renderer: Renderer, tmp_path: Path
):
    record = build(sample_content(key), load_profile(key)).xml

    text = text_of(renderer.preview(record, signers.now), tmp_path)

    assert "Chưa ký" in text
    assert "Đã ký số" not in text
