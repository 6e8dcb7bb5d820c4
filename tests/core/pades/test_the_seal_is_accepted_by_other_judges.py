"""The same file before judges that share no code with us: poppler's pdfsig, pyHanko with the chain, openssl."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import x509 as asn1_x509
from hocba_core.testing.pdf import sealed, small_form
from hocba_core.testing.pki import Identity
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers
from hocba_core.verify.pdf import verify_pdf
from hocba_core.verify.verdict import Outcome
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


@pytest.fixture(scope="module", params=["rsa", "p256"])
def seal(request: pytest.FixtureRequest, signers: Signers) -> Identity:
    if request.param == "rsa":
        return signers.seal
    return signers.seal_ca.issue_school(SCHOOL, TAX_CODE, key="p256")


@pytest.fixture(scope="module")
def pdf(seal: Identity, signers: Signers) -> bytes:
    return sealed(small_form(), seal, signers.now)


@pytest.mark.feature("V1")
def test_we_say_valid(pdf: bytes, signers: Signers):
    verdict = verify_pdf(pdf, signers.trust, signers.now)

    assert verdict.outcome is Outcome.VALID
    assert verdict.level == "PAdES B-B"
    assert verdict.facts["tax_code"] == TAX_CODE
    assert [signature.name for signature in verdict.signatures] == [SCHOOL]


@pytest.mark.feature("V1")
def test_pdfsig_says_the_whole_document_is_signed(pdf: bytes, tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(pdf)

    said = subprocess.run(["pdfsig", "-nocert", tmp_path / "a.pdf"], capture_output=True, text=True, check=True).stdout

    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert said.count("Signature #") == 1
    assert "ETSI.CAdES.detached" in said


@pytest.mark.feature("V1")
async def test_pyhanko_trusts_the_chain_and_finds_nothing_changed(pdf: bytes, signers: Signers):
    root = asn1_x509.Certificate.load(signers.trust.seal[0])
    context = ValidationContext(trust_roots=[root], moment=signers.now)
    (signature,) = PdfFileReader(BytesIO(pdf), strict=True).embedded_signatures

    status = await async_validate_pdf_signature(signature, context)

    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.modification_level is ModificationLevel.NONE
    assert status.docmdp_ok


def test_openssl_verifies_the_cms_over_the_covered_bytes(pdf: bytes, signers: Signers, tmp_path: Path):
    start, end = pdf.index(b"/Contents<") + len(b"/Contents"), pdf.index(b">/ByteRange") + 1
    (tmp_path / "covered").write_bytes(pdf[:start] + pdf[end:])
    (tmp_path / "cms").write_bytes(bytes.fromhex(pdf[start + 1 : end - 1].decode()))
    (tmp_path / "root.pem").write_bytes(signers.seal_ca.root_pem)

    given = ["-in", tmp_path / "cms", "-content", tmp_path / "covered", "-CAfile", tmp_path / "root.pem"]
    rules = ["-cades", "-purpose", "any", "-attime", str(int(signers.now.timestamp()))]
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", *given, *rules, "-out", tmp_path / "out"],
        capture_output=True,
    )

    assert done.returncode == 0, done.stderr.decode()


def test_the_cms_has_leaf_and_issuer_and_never_the_root(pdf: bytes, seal: Identity, signers: Signers):
    hole = pdf[pdf.index(b"/Contents<") + 10 : pdf.index(b">/ByteRange")]
    signed = asn1_cms.ContentInfo.load(bytes.fromhex(hole.decode()))["content"]

    kept = {choice.chosen.dump() for choice in signed["certificates"]}
    attributes = {attribute["type"].native for attribute in signed["signer_infos"][0]["signed_attrs"]}

    assert kept == {seal.certificate, *seal.chain}
    assert attributes == {"content_type", "message_digest", "signing_certificate_v2"}
