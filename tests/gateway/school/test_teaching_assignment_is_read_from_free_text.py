"""S1: "Toán - 63, 64; HĐTN - 64" and the other ways in which people write who teaches what."""

from __future__ import annotations

import pytest
from hocba_gateway.school.reading.assignment import Classes, read_classes, read_duties
from hocba_gateway.school.reading.words import Names
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.feature("S1")

SUBJECTS = Names(
    (word, (word,)) for word in ("Toán", "HĐTN", "HĐTN-HN", "Ngoại ngữ 1", "Lịch sử và Địa lí", "Tin học", "Tin")
)
CLASSES = Classes(["63", "64", "6A", "6B", "7A", "10A1", "6/5"])


def taught(text):
    duties = read_duties(text, SUBJECTS, CLASSES)
    assert duties.wrong == []
    return [(d.subject, d.class_name, d.term) for d in duties.teaches]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toán - 63, 64; HĐTN - 64", [("Toán", "63"), ("Toán", "64"), ("HĐTN", "64")]),
        ("Toán: 6A,6B", [("Toán", "6A"), ("Toán", "6B")]),
        ("Toán (6A, 6B)\nTin học (7A)", [("Toán", "6A"), ("Toán", "6B"), ("Tin học", "7A")]),
        ("toan 6a + Tin 7a", [("Toán", "6A"), ("Tin", "7A")]),
        ("Toán 6A, Tin 7A, 6B", [("Toán", "6A"), ("Tin", "7A"), ("Tin", "6B")]),
        ("HĐTN-HN - 6A", [("HĐTN-HN", "6A")]),
        ("HĐTN-HN-6A", [("HĐTN-HN", "6A")]),
        ("Ngoại ngữ 1 - 6A và 7A", [("Ngoại ngữ 1", "6A"), ("Ngoại ngữ 1", "7A")]),
        ("Lịch sử và Địa lí – lớp 6/3, 6.5", [("Lịch sử và Địa lí", "63"),
                                             ("Lịch sử và Địa lí", "6/5")]),
        ("Toán, Tin - 10a1", [("Toán", "10A1"), ("Tin", "10A1")]),
        ("Toán - 6A, B", [("Toán", "6A"), ("Toán", "6B")]),
        ("Tin - khối 7", [("Tin", "7A")]),
        ("Tin K7", [("Tin", "7A")]),
    ],
)  # fmt: skip
def test_texts(text, expected):
    assert [pair[:2] for pair in taught(text)] == expected


@pytest.mark.parametrize("text", ["Toán - 6A (HK2)", "Toán HK II: 6A", "Toán 6A học kỳ 2"])
def test_a_term_counts_for_its_part(text):
    assert taught(f"{text}; Tin - 7A") == [("Toán", "6A", "HK2"), ("Tin", "7A", "")]


def test_homeroom_within_the_text():
    duties = read_duties("Toán - 6A, 6B; GVCN 6A; Tổ trưởng tổ Toán", SUBJECTS, CLASSES)
    assert duties.homerooms == ["6A"]
    assert duties.ignored == ["Tổ trưởng tổ Toán"]
    assert duties.wrong == []


@pytest.mark.parametrize(
    ("text", "named"),
    [("Toán - 6Z", "6Z"), ("Toán - 6A, 9Z", "9Z"), ("Phép thuật - 6A", "Phép thuật"), ("Toán", "Toán")],
)  # fmt: skip
def test_what_is_not_known_is_named(text, named):
    ((what, expected),) = read_duties(text, SUBJECTS, CLASSES).wrong
    assert named in what
    assert expected


def test_a_list_of_classes():
    assert read_classes("6A, 7a; lớp 6/3 và 8X", CLASSES) == (["6A", "7A", "63"], ["8X"])


@given(st.text(max_size=200))
def test_no_text_breaks_it_or_is_dropped_silently(text):
    duties = read_duties(text, SUBJECTS, CLASSES)
    said = duties.teaches or duties.homerooms or duties.wrong or duties.ignored
    assert said or not any(letter.isalnum() for letter in text)
