from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from hocba_core.certificate import Certificate
from hocba_core.errors import OurFault
from hocba_core.pades.field import Place
from hocba_core.testing.pdf import sealed
from hocba_core.testing.sample import TAX_CODE, Signers, signed_record
from hocba_core.verify.pdf import same_record, verify_pdf
from hocba_core.verify.record import verify_record
from hocba_core.verify.verdict import Outcome
from hocba_gateway.rendering.render import Renderer, Seal
from hocba_gateway.rendering.typst_pdf import with_planned_field
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


@pytest.fixture
def pdf(key: str, records: Mapping[str, bytes], seal: Seal, signers: Signers, renderer: Renderer) -> bytes:
    return sealed(renderer.sealable(records[key], seal), signers.seal, signers.now)


@pytest.mark.feature("T8")
@pytest.mark.feature("V1")
def test_we_and_pdfsig_accept_the_sealed_form(pdf: bytes, signers: Signers, tmp_path: Path):
    assert verify_pdf(pdf, signers.trust, signers.now).outcome is Outcome.VALID

    (tmp_path / "a.pdf").write_bytes(pdf)
    said = subprocess.run(["pdfsig", "-nocert", tmp_path / "a.pdf"], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid." in said and "Total document signed" in said


@pytest.mark.feature("V1")
async def test_pyhanko_accepts_the_sealed_form(pdf: bytes, signers: Signers):
    context = ValidationContext(trust_roots=[asn1_x509.Certificate.load(signers.trust.seal[0])], moment=signers.now)
    (signature,) = PdfFileReader(BytesIO(pdf), strict=True).embedded_signatures
    status = await async_validate_pdf_signature(signature, context)
    assert status.bottom_line
    assert status.summary() == "INTACT:TRUSTED,UNTOUCHED"


def test_the_sealed_pdf_names_its_record_and_no_other(
    key: str, pdf: bytes, records: Mapping[str, bytes], signers: Signers
):
    record = verify_record(records[key], signers.trust, signers.now)
    other = verify_record(signed_record(signers, key, number=2), signers.trust, signers.now)
    verdict = verify_pdf(pdf, signers.trust, signers.now)

    assert record.outcome is other.outcome is Outcome.VALID
    assert same_record(verdict, record)
    assert not same_record(verdict, other)
    assert verdict.facts == {
        "data_digest": record.facts["data_digest"],
        "tax_code": TAX_CODE,
        "profile": key,
    }


def test_the_file_says_that_it_is_pdf_a_2b_before_and_after_the_seal(
    pdf: bytes, key: str, records: Mapping[str, bytes], seal: Seal, renderer: Renderer
):
    for file in (pdf, renderer.sealable(records[key], seal)):
        assert b"<pdfaid:part>2</pdfaid:part>" in file
        assert b"<pdfaid:conformance>B</pdfaid:conformance>" in file
        assert b"/OutputIntents" in file
        assert b"/Encrypt" not in file


def test_every_font_is_embedded(pdf: bytes, tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(pdf)
    said = subprocess.run(["pdffonts", tmp_path / "a.pdf"], capture_output=True, text=True, check=True).stdout

    lines = said.splitlines()[2:]
    assert lines
    assert all("BeVietnamPro" in line and " yes yes yes " in line for line in lines)


def test_the_same_record_seal_and_time_give_the_same_bytes(
    key: str, records: Mapping[str, bytes], seal: Seal, renderer: Renderer
):
    first = renderer.sealable(records[key], seal)

    assert Renderer().sealable(records[key], seal) == first
    later = Seal(seal.name, seal.tax_code, seal.time + timedelta(minutes=1))
    assert renderer.sealable(records[key], later) != first


def test_a_file_that_typst_did_not_write_is_our_fault():
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R/Info 1 0 R>>\nstartxref\n9\n%%EOF"
    for pdf in (b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + table):
        with pytest.raises(OurFault):
            with_planned_field(pdf, Place(0, 0, 9, 9))


def test_a_school_with_a_long_name_has_its_name_in_the_signature(
    records: Mapping[str, bytes], signers: Signers, renderer: Renderer
):
    name = "Trường PTDT bán trú TH và THCS Nà Mẫu"
    identity = signers.seal_ca.issue_school(name, TAX_CODE)
    form = renderer.sealable(records["thcs_tt22_1"], Seal(name, TAX_CODE, signers.now))

    verdict = verify_pdf(sealed(form, identity, signers.now), signers.trust, signers.now)

    assert verdict.outcome is Outcome.VALID
    assert verdict.signatures[0].name == Certificate.read(identity.certificate).name == name
