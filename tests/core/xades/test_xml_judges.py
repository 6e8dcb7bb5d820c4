"""Other people's verifiers accept every signature that we make."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hocba_core.testing.judges import DS, xmlsec1_complaints
from hocba_core.testing.sample import Signers, signed_record
from lxml import etree

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)
PROFILES = ["th_tt27_1", "thcs_tt22_1", "thpt_tt22_1"]


@pytest.fixture(scope="module")
def signers() -> Signers:
    return Signers.create(NOW)


@pytest.mark.feature("V1")
@pytest.mark.parametrize("profile", PROFILES)
def test_xmlsec1_accepts_every_signature_with_every_id_registered(
    profile: str, signers: Signers, tmp_path: Path
) -> None:
    xml = signed_record(signers, profile)
    record = tmp_path / "record.xml"
    record.write_bytes(xml)
    (tmp_path / "people.pem").write_bytes(signers.people_ca.root_pem)
    (tmp_path / "seal.pem").write_bytes(signers.seal_ca.root_pem)
    if profile == "th_tt27_1":
        assert xml.count(b"<ds:Signature ") == 3
    # the certificates are of the test's own day, which xmlsec1 must be told
    assert list(xmlsec1_complaints(record, [tmp_path / "people.pem", tmp_path / "seal.pem"], NOW)) == []


@pytest.mark.feature("V1")
@pytest.mark.parametrize("profile", PROFILES)
def test_python_xmlsec_accepts_every_signature(profile: str, signers: Signers) -> None:
    root = etree.fromstring(signed_record(signers, profile))
    xmlsec.tree.add_ids(root, ["Id"])
    for signature in root.iter(f"{{{DS}}}Signature"):
        context = xmlsec.SignatureContext()
        leaf = signature.findtext(f".//{{{DS}}}X509Certificate")
        assert leaf is not None
        pem = x509.load_der_x509_certificate(b64decode(leaf)).public_bytes(Encoding.PEM)
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
        context.verify(signature)
