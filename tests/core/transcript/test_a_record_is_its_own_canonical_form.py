"""Whatever a school writes into a transcript: the bytes are canonical, digests of slices are right, all verifies."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hocba_core.errors import BadInput, NotFound
from hocba_core.testing.sample import Signers, sample_content
from hocba_core.transcript.content import Person, TranscriptContent
from hocba_core.transcript.profile import load_profile
from hocba_core.transcript.record import assemble, build, data_digest, read_skeleton
from hocba_core.transcript.writer import clean
from hocba_core.verify.record import verify_record
from hocba_core.verify.verdict import Outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)
PROFILES = ["th_tt27_1", "thcs_tt22_1", "thpt_tt22_1"]
MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

AWKWARD = [
    *(
        "]]>",
        "<",
        ">",
        "&",
        "&amp;",
        '"',
        "'",
        '="',
        ' Id="data"',
        "<!--",
        "-->",
        "<?x?>",
        "<ds:Signature ",
        "</HOC_BA>",
    ),
    *("\r\n", "\r", "\n", "\t", "\x85", "\u2028", "\u00a0", "\ufeff", "\u200b", "\x7f", "\x9f", "\ufdd0", "\U0001fffe"),
    *(
        "Nguyễn",
        "Nguyê\u0303n",
        "ư\u0301",
        "\u0301",
        "đ",
        "\U0001f600",
        "\U00020000",
        "ﬁ",
        "Å",
        "\u212b",
        "한",
        "ᄒ\u1161",
    ),
    "http://www.w3.org/2000/09/xmldsig#",
]
LEGAL = st.one_of(
    st.sampled_from("\t\n\r"),
    st.characters(min_codepoint=0x20, max_codepoint=0xD7FF),
    st.characters(min_codepoint=0xE000, max_codepoint=0xFFFD),
    st.characters(min_codepoint=0x10000),
)
TEXTS = st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(LEGAL, max_size=8)), max_size=12).map("".join)
FORBIDDEN = [*map(chr, (0, 1, 8, 11, 12, 14, 31)), "\ufffe", "\uffff", "\ud800", "\udfff"]


def with_texts(key: str, texts: list[str]) -> TranscriptContent:
    """The texts in the places where people write freely."""
    content = sample_content(key, teachers=2)
    first = texts[0] or "x"
    blocks = tuple(
        replace(
            block,
            teacher=Person(f"Cô {first}", block.teacher.number) if block.teacher else None,
            subjects=tuple({**subject, "NHAN_XET": texts[n % len(texts)]} for n, subject in enumerate(block.subjects)),
        )
        for block in content.blocks
    )
    return replace(
        content,
        blocks=blocks,
        pupil={**content.pupil, "HO_VA_TEN": f"a{texts[-1]}", "NOI_SINH": f"a{texts[1]}", "QUE_QUAN": texts[2]},
        results={**content.results, "KHEN_THUONG": texts[3], "NHAN_XET_GVCN": f"a{texts[4]}"},
        leader=Person(f"Thầy {first}", content.leader.number, texts[2]),
    )


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


@pytest.fixture(scope="module")
def signers() -> Signers:
    return Signers.create(NOW)


@pytest.mark.parametrize("key", PROFILES)
@MANY
@given(texts=st.lists(TEXTS, min_size=5, max_size=5))
def test_a_skeleton_equals_its_canonical_form(key: str, texts: list[str]) -> None:
    skeleton = build(with_texts(key, texts), load_profile(key))

    root = etree.fromstring(skeleton.xml)
    assert canonical(root) == skeleton.xml
    for slot in skeleton.slots[:-2]:
        (part,) = root.xpath("//*[@Id=$id]", id=slot.covers)
        assert skeleton.digest(slot.id) == sha256(canonical(part)).digest()


@pytest.mark.feature("V1")
@settings(MANY, max_examples=40)
@given(texts=st.lists(TEXTS, min_size=5, max_size=5))
def test_a_signed_record_of_any_text_equals_its_canonical_form_and_is_believed(
    texts: list[str], signers: Signers
) -> None:
    skeleton = build(with_texts("thcs_tt22_1", texts), load_profile("thcs_tt22_1"))
    signatures = signers.sign_all(skeleton)
    record = assemble(skeleton, signatures)

    root = etree.fromstring(record)
    assert canonical(root) == record
    assert data_digest(skeleton, signatures) == sha256(canonical(root[0])).digest()
    verdict = verify_record(record, signers.trust, NOW)
    assert verdict.outcome is Outcome.VALID, [failure.text for failure in verdict.all_failures()]


@MANY
@given(text=TEXTS)
def test_what_is_read_is_what_was_written_in_nfc_and_trimmed(text: str) -> None:
    content = with_texts("thcs_tt22_1", [text] * 5)
    root = etree.fromstring(build(content, load_profile("thcs_tt22_1")).xml)

    assert (root.findtext(".//QUE_QUAN") or "") == clean(text)
    assert clean(clean(text)) == clean(text)
    assert unicodedata.is_normalized("NFC", clean(text))
    assert clean(text) == clean(text).strip()


@pytest.mark.parametrize("letter", FORBIDDEN, ids=ascii)
def test_a_letter_that_xml_forbids_is_refused(letter: str) -> None:
    content = with_texts("thcs_tt22_1", [f"Giỏi{letter}"] * 5)

    with pytest.raises(BadInput):
        build(content, load_profile("thcs_tt22_1"))


@pytest.mark.parametrize("key", PROFILES)
def test_a_skeleton_is_read_back_from_its_bytes(key: str) -> None:
    skeleton = build(sample_content(key), load_profile(key))

    assert read_skeleton(skeleton.xml) == skeleton


@pytest.mark.parametrize(
    ("key", "slots"),
    [
        ("th_tt27_1", ["gvcn", "cbql", "phat-hanh"]),
        ("thcs_tt22_1", ["gvbm-1", "gvbm-2", "gvcn", "cbql", "phat-hanh"]),
        ("thpt_tt22_1", ["gvbm-1", "gvbm-2", "gvcn", "cbql", "phat-hanh"]),
    ],
)
def test_the_slots_are_those_of_the_route(key: str, slots: list[str]) -> None:
    skeleton = build(sample_content(key, teachers=2), load_profile(key))

    assert [slot.id for slot in skeleton.slots] == slots
    with pytest.raises(NotFound):
        skeleton.slot("gvbm-9")
    with pytest.raises(BadInput):
        skeleton.digest("cbql")


def test_no_id_holds_a_personal_number() -> None:
    content = sample_content()
    skeleton = build(content, load_profile("thcs_tt22_1"))
    numbers = [content.pupil["SO_DINH_DANH"], content.homeroom.number, content.leader.number]
    ids = etree.fromstring(skeleton.xml).xpath("//@Id")

    assert not any(number in name for number in numbers for name in ids)
    assert not any(number in repr(skeleton) + repr(content) for number in numbers)
