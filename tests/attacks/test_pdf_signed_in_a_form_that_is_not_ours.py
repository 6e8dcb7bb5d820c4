"""Attacks by someone who got a good key to sign a prepared file: form alone must refuse it. facts, signing §5.2."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hocba_core.certificate import Certificate
from hocba_core.pades import cms
from hocba_core.pades import field as seal
from hocba_core.pades import layout as shape
from hocba_core.pades.der import tlv
from hocba_core.pades.prepare import PreparedPdf, prepare
from hocba_core.provider import KeyKind
from hocba_core.testing.pdf import Forger, form_objects, plan_objects, small_form
from hocba_core.testing.sample import Signers
from hocba_core.verify.pdf import verify_pdf
from hocba_core.verify.verdict import Outcome, Verdict

pytestmark = pytest.mark.feature("V2")


@pytest.fixture(scope="module")
def forger(signers: Signers) -> Forger:
    return Forger(signers.seal)


@pytest.fixture(scope="module")
def prepared(signers: Signers) -> PreparedPdf:
    return prepare(small_form(), Certificate.read(signers.seal.certificate), signers.seal.chain, signers.now)


def judged(pdf: bytes, signers: Signers) -> Verdict:
    return verify_pdf(pdf, signers.trust, signers.now)


def rules(pdf: bytes, signers: Signers) -> set[str]:
    verdict = judged(pdf, signers)
    assert verdict.outcome is Outcome.INVALID
    assert all(failure.text for failure in verdict.all_failures())
    return {failure.rule for failure in verdict.all_failures()}


def test_the_forger_makes_a_valid_file_when_he_changes_nothing(forger: Forger, prepared: PreparedPdf, signers: Signers):
    assert judged(forger.sign(prepared.pdf), signers).outcome is Outcome.VALID


# --- ByteRange ------------------------------------------------------------------------------------------------


def ranged(prepared: PreparedPdf, text: bytes) -> bytes:
    """The file with another ByteRange, in as many bytes."""
    at = prepared.pdf.index(b"/ByteRange[")
    end = prepared.pdf.index(b">>\nendobj", at)
    return prepared.pdf[:at] + text.ljust(end - at) + prepared.pdf[end:]


def ranges(prepared: PreparedPdf) -> dict[str, tuple[int, int, int, int]]:
    hole, after, size = prepared.hole_at, prepared.hole_at + prepared.hole_bytes, len(prepared.pdf)
    return {
        "starts later": (9, hole - 9, after, size - after),
        "stops early": (0, hole, after, size - after - 20),
        "first part only": (0, hole, size, 0),
        "nothing at all": (0, 0, 0, 0),
        "zero tail": (0, hole, after, 0),
        "gap wider than the value": (0, hole - 60, after, size - after),
        "gap wider after the value": (0, hole, after + 60, size - after - 60),
        "overlap": (0, after, hole, size - hole),
        "beyond the end": (0, hole, after, size - after + 1000),
        "parts swapped": (after, size - after, 0, hole),
    }


@pytest.mark.parametrize("name", ranges(PreparedPdf(b"", 0, 0, b"", None, b"", ())))  # type: ignore[arg-type]
def test_a_byte_range_that_leaves_something_out_is_refused(
    name: str, forger: Forger, prepared: PreparedPdf, signers: Signers
):
    pdf = forger.sign(ranged(prepared, b"/ByteRange[%d %d %d %d]" % ranges(prepared)[name]))

    assert rules(pdf, signers) == {"pdf_byte_range"}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"/ByteRange null",
        b"/ByteRange[]",
        b"/ByteRange[0 10 20]",
        b"/ByteRange[0 10 20 30 40 50]",
        b"/ByteRange[0 -10 20 30]",
        b"/ByteRange[0 10.5 20 30]",
        b"/ByteRange(0 10 20 30)",
        b"/ByteRange[0 10 20 30]/ByteRange[0 10 20 40]",
        b"/ByteRange 5 0 R",
    ],
)
def test_a_byte_range_that_is_no_byte_range_is_refused(
    text: bytes, forger: Forger, prepared: PreparedPdf, signers: Signers
):
    pdf = forger.fill(ranged(prepared, text), prepared.message_digest)

    assert rules(pdf, signers) <= {"pdf_form", "pdf_no_signature", "pdf_byte_range", "pdf_many_signatures"}


# --- the signature's dictionary and the CMS ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "old, new",
    [
        (b"/ETSI.CAdES.detached", b"/adbe.pkcs7.detached"),
        (b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 "),
        (b"/ETSI.CAdES.detached", b"/ETSI.CAdES.nothing!"),
        (b"/TransformMethod/DocMDP", b"/TransformMethod/FieldM"),
        (b"/P 1/V/1.2", b"/P 3/V/1.2"),
        (b"/P 1/V/1.2", b"/P 2/V/1.2"),
        (b"/Filter/Adobe.PPKLite", b"/Filter/Adobe.Another"),
        (b"/M(D:2026", b"/M(D:20x6"),
        (b"/M(D:20260525", b"/M(D:20261399"),
    ],
)
def test_another_kind_of_signature_is_refused(
    old: bytes, new: bytes, forger: Forger, prepared: PreparedPdf, signers: Signers
):
    assert prepared.pdf.count(old) == 1

    assert rules(forger.sign(prepared.pdf.replace(old, new.ljust(len(old)))), signers) == {"pdf_form"}


def test_empty_and_missing_values_are_refused(prepared: PreparedPdf, signers: Signers):
    assert rules(prepared.pdf, signers) == {"pdf_form"}  # all zero
    start, end = prepared.hole_at, prepared.hole_at + prepared.hole_bytes
    for value in (b"<>", b"null", b"()", b"<30>", b"<3000>"):
        filled = prepared.pdf[:start] + value.ljust(end - start) + prepared.pdf[end:]
        assert rules(filled, signers) <= {"pdf_form", "pdf_byte_range"}


Build = Callable[..., bytes]


def _altered(change: Callable[[bytes], bytes]) -> Build:
    def build(*given: object) -> bytes:
        der = cms.build(*given)  # type: ignore[arg-type]
        changed = change(der)
        assert changed != der
        return changed

    return build


def _swapped(old: str, new: str) -> Build:
    return _altered(lambda der: der.replace(bytes.fromhex(old), bytes.fromhex(new)))


def _without(attribute: bytes) -> Build:
    """A CMS whose signer has one attribute less, rightly signed by nobody: the form is refused first."""

    def change(der: bytes) -> bytes:
        at = der.index(attribute)
        start = at - 2
        return der[:start] + der[at + len(attribute) :]

    return _altered(change)


SHA256 = "0609608648016503040201"
# the algorithm of the value stands just before the value: an OCTET STRING of 256 bytes
RSA_AND_VALUE = "06092a864886f70d01010b050004820100"

CMS = {
    "sha-1": _swapped(SHA256, "06052b0e03021a"),
    "md5": _swapped(SHA256, "06082a864886f70d0205"),
    "sha-384 named": _swapped(SHA256, "0609608648016503040202"),
    "rsaEncryption named": _swapped(RSA_AND_VALUE, "06092a864886f70d010101050004820100"),
    "sha1WithRSA named": _swapped(RSA_AND_VALUE, "06092a864886f70d010105050004820100"),
    "no content type": _without(bytes.fromhex("06092a864886f70d010903")),
    "no message digest": _without(bytes.fromhex("06092a864886f70d010904")),
    "no signing certificate": _without(bytes.fromhex("060b2a864886f70d010910022f")),
    "not signed data": _swapped("2a864886f70d010702", "2a864886f70d010703"),
    "version 3": _swapped("020101", "020103"),
    "bytes after the end": _altered(lambda der: der[:-1]),
    "cut": _altered(lambda der: der[: len(der) // 2]),
    "nothing": _altered(lambda der: b""),
    "indefinite length": _altered(lambda der: b"\x30\x80" + der[4:]),
    "an empty sequence": _altered(lambda der: tlv(0x30)),
}


@pytest.mark.parametrize("name", CMS)
def test_a_cms_of_another_form_is_refused(name: str, forger: Forger, prepared: PreparedPdf, signers: Signers):
    assert rules(forger.sign(prepared.pdf, CMS[name]), signers) <= {"pdf_form", "value", "certificate_unreadable"}


def _with_wider_hole(prepared: PreparedPdf, size: int) -> bytes:
    """The prepared file with room for a CMS of `size` bytes, its ByteRange and its table right."""
    pdf, start, end = prepared.pdf, prepared.hole_at, prepared.hole_at + prepared.hole_bytes
    more = 2 * size + 2 - prepared.hole_bytes
    tail = pdf[end:]
    at = int(tail[tail.index(b"startxref\n") + 10 : tail.index(b"\n%%EOF")])
    ranged = seal.signature_end((0, start, end + more, len(tail)))
    tail = ranged + tail[len(ranged) :].replace(b"startxref\n%d" % at, b"startxref\n%d" % (at + more))
    assert len(tail) == len(pdf) - end
    return pdf[:start] + b"<" + b"0" * (2 * size) + b">" + tail


def test_two_signers_in_one_cms_are_refused(forger: Forger, signers: Signers):
    certificate = Certificate.read(signers.seal.certificate)
    room = _with_wider_hole(prepare(small_form(), certificate, signers.seal.chain, signers.now), 4096)

    def twice(*given: object) -> bytes:
        der = cms.build(*given)  # type: ignore[arg-type]
        outer = der.rindex(b"\x31\x82")
        signer = der[outer + 4 :]
        return der[:outer] + b"\x31\x82" + (2 * len(signer)).to_bytes(2) + signer + signer

    assert rules(forger.sign(room, twice), signers) == {"pdf_form"}


def test_content_inside_the_cms_is_refused(forger: Forger, signers: Signers):
    certificate = Certificate.read(signers.seal.certificate)
    room = _with_wider_hole(prepare(small_form(), certificate, signers.seal.chain, signers.now), 4096)
    enclosed = bytes.fromhex("3015" + "06092a864886f70d010701" + "a0080406") + b"secret"

    def build(*given: object) -> bytes:
        der = cms.build(*given)  # type: ignore[arg-type]
        return der.replace(bytes.fromhex("300b06092a864886f70d010701"), enclosed, 1)

    assert rules(forger.sign(room, build), signers) == {"pdf_form"}


def test_a_stranger_among_the_certificates_is_refused(forger: Forger, signers: Signers):
    """The CMS holds the path that was judged and nothing else."""
    own, *_ = given = (signers.seal.certificate, signers.people_ca.issue_person("Người Lạ", "099100000001").certificate)
    size = cms.reserved_bytes(own, (*signers.seal.chain, given[1]), KeyKind.RSA, 256)
    prepared = prepare(small_form(), Certificate.read(own), signers.seal.chain, signers.now)
    pdf = _with_wider_hole(prepared, size)

    def build(digest: bytes, own: bytes, chain: tuple[bytes, ...], kind: KeyKind, value: bytes) -> bytes:
        return cms.build(digest, own, (*chain, given[1]), kind, value)

    assert rules(forger.sign(pdf, build), signers) == {"chain_extra"}


# --- the file's shape -------------------------------------------------------------------------------------------


def test_a_signed_file_with_a_second_field_for_the_same_value_is_refused(forger: Forger, signers: Signers):
    objects = form_objects()
    objects.append(b"<</Type/Annot/Subtype/Widget/FT/Sig/T(khac)/F 132/Rect[1 1 99 99]/P 3 0 R/V 11 0 R>>")

    assert rules(_signed(forger, objects, signers), signers) == {"pdf_many_signatures"}


def _signed(forger: Forger, objects: list[bytes], signers: Signers) -> bytes:
    certificate = Certificate.read(forger.identity.certificate)
    return forger.sign(prepare(plan_objects(objects), certificate, forger.identity.chain, signers.now).pdf)


CONTENT = {
    "script on opening": (1, b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(x)>>>>", "pdf_content"),
    "script by an escaped name": (1, b"<</Type/Catalog/Pages 2 0 R/Open#41ction<<>>>>", "pdf_content"),
    "additional actions": (
        3,
        b"<</Type/Page/AA<<>>/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R>>",
        "pdf_content",
    ),
    "optional content": (1, b"<</Type/Catalog/Pages 2 0 R/OCProperties<<>>>>", "pdf_content"),
    "embedded file": (1, b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<<>>>>>>", "pdf_content"),
    "forms in XML": (1, b"<</Type/Catalog/Pages 2 0 R/X<</XFA 5 0 R>>>>", "pdf_content"),
    "object stream": (5, b"<</Type/ObjStm/N 1/First 4/Length 4>>\nstream\n1 0 \nendstream", "pdf_content"),
    "reference outside": (5, b"<</F<</URI(http)>>/Length 1>>\nstream\n1\nendstream", "pdf_content"),
    "another page": (2, b"<</Type/Pages/Count 3/Kids[3 0 R 4 0 R 3 0 R]>>", "pdf_content"),
    "the same page twice": (2, b"<</Type/Pages/Count 2/Kids[4 0 R 4 0 R]>>", "pdf_content"),
    "pages in a loop": (2, b"<</Type/Pages/Count 2/Kids[2 0 R 2 0 R]>>", "pdf_content"),
    "page that is not there": (2, b"<</Type/Pages/Count 2/Kids[3 0 R 99 0 R]>>", "pdf_parse"),
    "annotation over a mark": (
        3,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Annots[7 0 R]>>",
        "pdf_content",
    ),
    "a second page tree": (6, b"<</Type/Pages/Count 2/Kids[4 0 R 3 0 R]>>", "pdf_content"),
    "a second catalog": (6, b"<</Type/Catalog/Pages 2 0 R>>", "pdf_content"),
    "a bracket left open": (6, b"<</X(/Y>>", "pdf_content"),
    "stream longer than it says": (5, b"<</Length 1>>\nstream\nq Q\nendstream", "pdf_parse"),
    "two lengths": (5, b"<</Length 1/Length 3>>\nstream\nq Q\nendstream", "pdf_parse"),
    "object in an object": (5, b"<<>>\nendobj\n99 0 obj\n<<>>", "pdf_parse"),
    "comment in a value": (5, b"<<%x\n>>", "pdf_parse"),
    "keywords twice": (9, form_objects()[8] + form_objects()[8], "pdf_binding"),
    "no keywords": (9, b"<</Title(A form)>>", "pdf_binding"),
}


@pytest.mark.parametrize("name", CONTENT)
def test_a_signed_file_with_other_content_is_refused(name: str, forger: Forger, signers: Signers):
    number, body, rule = CONTENT[name]
    objects = form_objects()
    objects[number - 1] = body

    assert rule in rules(_signed(forger, objects, signers), signers)


@pytest.mark.parametrize(
    "place",
    [
        seal.Place(200, 100, 200, 100),  # nothing to see
        seal.Place(200, 100, 210, 105),
        seal.Place(580, 100, 740, 170),  # off the page
        seal.Place(200, 840, 360, 900),
    ],
)
def test_a_seal_that_cannot_be_seen_is_refused(place: seal.Place, forger: Forger, signers: Signers):
    form = seal.plan(form_objects(), 1, 9, page=4, field=8, appearance=7, place=place)
    prepared = prepare(form, Certificate.read(signers.seal.certificate), signers.seal.chain, signers.now)

    assert rules(forger.sign(prepared.pdf), signers) == {"pdf_form"}


@pytest.mark.parametrize(
    "old, new",
    [
        (b"/F 132", b"/F 002"),  # hidden
        (b"/FT/Sig", b"/FT/Btn"),
        (b"/T(phat-hanh)", b"/T(phat_hanh)"),
        (b"/SigFlags 3", b"/SigFlags 0"),
        (b"/DocMDP 10 0 R", b"/DocMDP 05 0 R"),
        (b"/V 10 0 R", b"/V 05 0 R"),
        (b"/Subtype/Form", b"/Subtype/Imag"),
        (b"/AP<</N 7 0 R>>", b"/AP<</N 5 0 R>>"),
    ],
)
def test_a_field_that_differs_from_the_plan_is_refused(
    old: bytes, new: bytes, forger: Forger, prepared: PreparedPdf, signers: Signers
):
    assert prepared.pdf.count(old) == 1

    assert rules(forger.sign(prepared.pdf.replace(old, new)), signers) == {"pdf_form"}


@pytest.mark.parametrize(
    "old, new",
    [
        (b"%PDF-1.7", b"%PDF-1.4"),
        (b" 00000 n\r\n", b" 00001 n\r\n"),
        (b" 00000 n\r\n", b" 00000 f\r\n"),
        (b"/Info 9 0 R", b"/Prev 9    "),
        (b"\nstartxref\n", b"\nstartxref "),
        (b"trailer\n<</Size 11", b"trailer\n<</Size 10"),
    ],
)
def test_a_signed_file_with_another_table_is_refused(
    old: bytes, new: bytes, forger: Forger, prepared: PreparedPdf, signers: Signers
):
    changed = prepared.pdf.replace(old, new)
    assert changed != prepared.pdf and len(changed) == len(prepared.pdf)

    assert rules(forger.sign(changed), signers) == {"pdf_parse"}


def test_a_table_that_points_into_another_object_is_refused(forger: Forger, prepared: PreparedPdf, signers: Signers):
    layout = shape.read(prepared.pdf)
    fifth, sixth = (b"%010d" % offset for offset in layout.offsets[4:6])
    changed = prepared.pdf.replace(fifth + b" 00000 n", b"XXXXXXXXXX 00000 n").replace(
        sixth + b" 00000 n", fifth + b" 00000 n"
    )

    assert rules(forger.sign(changed.replace(b"XXXXXXXXXX", sixth)), signers) == {"pdf_parse"}
