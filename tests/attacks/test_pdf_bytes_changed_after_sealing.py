"""Attacks by someone without a key, on a good sealed file: every one is refused. facts, signing §5.2."""

from __future__ import annotations

import random
import re

import pytest
from hocba_core.pades import layout as shape
from hocba_core.testing.pdf import sealed, small_form
from hocba_core.testing.sample import Signers
from hocba_core.verify.pdf import verify_pdf
from hocba_core.verify.verdict import Outcome, Verdict

pytestmark = pytest.mark.feature("V2")


@pytest.fixture(scope="module")
def pdf(signers: Signers) -> bytes:
    return sealed(small_form(), signers.seal, signers.now)


def judged(pdf: bytes, signers: Signers) -> Verdict:
    verdict = verify_pdf(pdf, signers.trust, signers.now)
    assert all(failure.text for failure in verdict.all_failures())
    return verdict


def rules(verdict: Verdict) -> set[str]:
    assert verdict.outcome is Outcome.INVALID
    return {failure.rule for failure in verdict.all_failures()}


def update(pdf: bytes, number: int, body: bytes, *, extra: bytes = b"", xref: bool = True) -> bytes:
    """An incremental update that redefines one object, as any PDF tool would save it."""
    previous = int(re.findall(rb"startxref\n(\d+)", pdf)[-1])
    at = len(pdf)
    text = b"%d 0 obj\n%b\nendobj\n" % (number, body) + extra
    if not xref:
        return pdf + text
    size = shape.read(pdf).count + 1
    table = b"xref\n%d 1\n%010d 00000 n\r\n" % (number, at)
    trailer = b"trailer\n<</Size %d/Root 1 0 R/Info 9 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    return pdf + text + table + trailer % (size, previous, at + len(text))


def test_the_untouched_file_is_valid(pdf: bytes, signers: Signers):
    assert judged(pdf, signers).outcome is Outcome.VALID


CONTENT = b"<</Length 27>>\nstream\n1 0 0 rg 72 700 100 20 re f\nendstream"
ANNOTATION = b"<</Type/Annot/Subtype/FreeText/Rect[72 700 200 720]/Contents(9.9)/F 4>>"
UPDATES = {
    "page content": (5, CONTENT),
    "annotation": (4, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 6 0 R/Annots[8 0 R 11 0 R]>>"),
    "resources": (3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<<>>>>/Contents 6 0 R>>"),
    "page removed": (2, b"<</Type/Pages/Count 1/Kids[3 0 R]>>"),
    "page rotated": (3, b"<</Type/Page/Parent 2 0 R/Rotate 180/MediaBox[0 0 595 842]/Contents 5 0 R>>"),
    "pages swapped": (2, b"<</Type/Pages/Count 2/Kids[4 0 R 3 0 R]>>"),
    "catalog": (1, b"<</Type/Catalog/Pages 2 0 R>>"),
    "script": (1, b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>"),
    "value removed": (8, b"<</Type/Annot/Subtype/Widget/FT/Sig/T(phat-hanh)/F 132/Rect[200 100 360 170]/P 4 0 R>>"),
    "field moved": (8, b"<</Type/Annot/Subtype/Widget/FT/Sig/T(phat-hanh)/F 132/Rect[0 0 0 0]/P 4 0 R/V 10 0 R>>"),
    "information": (9, b"<</Title(Another)>>"),
    "metadata object revived": (7, b"null"),
}


@pytest.mark.parametrize("name", UPDATES)
def test_an_incremental_update_is_refused(name: str, pdf: bytes, signers: Signers):
    number, body = UPDATES[name]

    assert rules(judged(update(pdf, number, body), signers)) == {"pdf_modified"}


def test_an_update_without_a_table_is_refused(pdf: bytes, signers: Signers):
    assert rules(judged(update(pdf, 5, CONTENT, xref=False), signers)) == {"pdf_modified"}


def test_an_update_that_carries_a_copy_of_the_signature_is_refused(pdf: bytes, signers: Signers):
    signature = shape.read(pdf).body(10)

    assert rules(judged(update(pdf, 5, CONTENT, extra=b"11 0 obj\n" + signature + b"\nendobj\n"), signers))


def test_a_second_signed_revision_is_refused(pdf: bytes, signers: Signers):
    twice = pdf + pdf[len(shape.HEADER) :]

    assert rules(judged(twice, signers)) <= {"pdf_modified", "pdf_parse"}


@pytest.mark.parametrize("tail", [b"\n", b" ", b"\0", b"%%EOF\n", b"junk", b"\n%%EOF\n", b"0" * 4096])
def test_anything_after_the_end_is_refused(tail: bytes, pdf: bytes, signers: Signers):
    assert rules(judged(pdf + tail, signers)) <= {"pdf_modified", "pdf_parse"}


def test_anything_before_the_beginning_is_refused(pdf: bytes, signers: Signers):
    assert rules(judged(b"\n" + pdf, signers))
    assert rules(judged(b"%PDF-1.4\n" + pdf, signers))


def test_a_cut_file_is_refused_wherever_it_is_cut(pdf: bytes, signers: Signers):
    for length in [0, 1, 8, 100, *range(200, len(pdf), 997), len(pdf) - 7, len(pdf) - 1]:
        assert rules(judged(pdf[:length], signers))


def test_any_changed_byte_is_noticed(pdf: bytes, signers: Signers):
    """All bytes near the signature and the tables, and a sample of the rest."""
    hole = pdf.index(b"/Contents<")
    chance = random.Random(2026)
    near = [*range(hole - 400, hole + 80), *range(len(pdf) - 700, len(pdf))]
    for at in {*near, *(chance.randrange(len(pdf)) for _ in range(1500))}:
        for bit in (0x01, 0x20, 0x80):
            changed = pdf[:at] + bytes((pdf[at] ^ bit,)) + pdf[at + 1 :]
            assert rules(judged(changed, signers)), at


def test_an_inserted_or_removed_byte_is_noticed(pdf: bytes, signers: Signers):
    for at in range(0, len(pdf), 61):
        assert rules(judged(pdf[:at] + b" " + pdf[at:], signers)), at
        assert rules(judged(pdf[:at] + pdf[at + 1 :], signers)), at


def test_zeros_after_the_cms_hide_nothing(pdf: bytes, signers: Signers):
    p256 = signers.seal_ca.issue_school("Trường THCS Mẫu", "0100000001", key="p256")
    for _ in range(30):
        file = sealed(small_form(), p256, signers.now)
        end = file.index(b">/ByteRange")
        if file[end - 2 : end] == b"00":
            break
    assert judged(file, signers).outcome is Outcome.VALID

    assert rules(judged(file[: end - 2] + b"01" + file[end:], signers)) == {"pdf_form"}


def test_the_signature_of_one_file_is_worth_nothing_in_another(pdf: bytes, signers: Signers):
    other = sealed(small_form("0100000002"), signers.seal, signers.now)
    start, end = (pdf.index(mark) for mark in (b"/Contents<", b">/ByteRange"))
    there = other.index(b"/Contents<")
    moved = other[:there] + pdf[start:end] + other[there + end - start :]

    assert rules(judged(moved, signers)) >= {"digest"}


def test_a_form_that_was_never_sealed_has_no_signature(signers: Signers):
    assert rules(judged(small_form(), signers)) == {"pdf_no_signature"}
    assert rules(judged(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n", signers)) == {"pdf_no_signature"}
    assert rules(judged(b"not a PDF", signers)) == {"pdf_parse"}


def test_a_huge_file_is_refused_before_it_is_read(signers: Signers):
    assert rules(judged(b"%PDF-1.7\n" + bytes(9 * 1024 * 1024), signers)) == {"too_large"}
