"""A dishonest signer's real signature in another form: everything holds, and the form says something else.

The seal is forged, because nothing else covers it: all other signatures stay good.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha1, sha256, sha512

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from hocba_core.testing.forge import Change, Workshop, signature
from hocba_core.xades import template
from hocba_core.xades.prepare import Reference

XMLDSIG_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
TRANSFORM = f'<ds:Transform Algorithm="{template.C14N}"></ds:Transform>'


def changed(old: str, new: str, count: int = -1) -> Change:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, count)

    return change


def method(algorithm: str) -> Change:
    return changed(template.METHODS[next(iter(template.METHODS))], algorithm)


def seal_with(workshop: Workshop, **how: object) -> bytes:
    prepared, signer = workshop.prepared("phat-hanh")
    return workshop.with_seal(signature(prepared, signer, **how))  # type: ignore[arg-type]


def transform(algorithm: str, inner: str = "") -> Change:
    """Beside the allowed one, on the first reference."""
    return changed(TRANSFORM, f'<ds:Transform Algorithm="{algorithm}">{inner}</ds:Transform>{TRANSFORM}', 1)


INFO = {
    "XSLT": transform("http://www.w3.org/TR/1999/REC-xslt-19991116"),
    "XPath": transform("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>not(ancestor::KET_QUA)</ds:XPath>"),
    "XPath filter 2": transform("http://www.w3.org/2002/06/xmldsig-filter2"),
    "base64": transform("http://www.w3.org/2000/09/xmldsig#base64"),
    "enveloped": transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
    "inclusive C14N": changed(template.C14N, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
    "C14N with comments": changed(template.C14N, f"{template.C14N}WithComments", 2),
    "C14N 1.1": changed(template.C14N, "http://www.w3.org/2006/12/xml-c14n11", 1),
    "whole document": changed('URI="#data"', 'URI=""'),
    "another file": changed('URI="#data"', 'URI="http://127.0.0.1/data.xml"'),
    "a file of the disk": changed('URI="#data"', 'URI="file:///etc/hostname"'),
    "XPointer": changed('URI="#data"', "URI=\"#xpointer(id('data'))\""),
    "no URI": changed(' URI="#data"', ""),
    "another part": changed('URI="#data"', 'URI="#thongtinhocba"'),
    "digest by SHA-1": changed(template.SHA256, "http://www.w3.org/2000/09/xmldsig#sha1", 1),
    "digest by MD5": changed(template.SHA256, f"{XMLDSIG_MORE}md5", 1),
    "digest by SHA-512": changed(template.SHA256, "http://www.w3.org/2001/04/xmlenc#sha512", 1),
    "other type of the properties": changed("01903#SignedProperties", "01903/v1.1.1#SignedProperties"),
    "attribute on SignedInfo": changed("<ds:SignedInfo", '<ds:SignedInfo Id="x"'),
    "PSS": method("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
    "DSA": method("http://www.w3.org/2009/xmldsig11#dsa-sha256"),
    "unknown method": method("urn:none"),
    "ECDSA named for an RSA key": method(f"{XMLDSIG_MORE}ecdsa-sha256"),
}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("name", INFO)
def test_a_signed_info_of_another_form_is_refused(name: str, workshop: Workshop) -> None:
    forged = seal_with(workshop, info=INFO[name])

    assert workshop.rules_broken(forged) & {"form", "coverage", "key"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("bits", [0, 40, 256])
@pytest.mark.parametrize("key", ["nothing", "the public key"])
def test_a_mac_is_no_signature(key: str, bits: int, workshop: Workshop) -> None:
    """HMAC keyed with what everybody knows, whole or cut short."""
    secret = b"" if key == "nothing" else workshop.signers.seal.certificate
    length = f"<ds:HMACOutputLength>{bits}</ds:HMACOutputLength>" if bits < 256 else ""

    def info(text: str) -> str:
        text = method(f"{XMLDSIG_MORE}hmac-sha256")(text)
        return text.replace("</ds:SignatureMethod>", f"{length}</ds:SignatureMethod>")

    forged = seal_with(workshop, info=info, value=lambda d: hmac.new(secret, d, sha256).digest()[: bits // 8] or b"\0")

    assert "form" in workshop.rules_broken(forged)


@pytest.mark.feature("V2")
def test_a_value_by_sha1_is_refused(workshop: Workshop) -> None:
    key = workshop.signers.seal.key
    assert isinstance(key, RSAPrivateKey)
    forged = seal_with(
        workshop,
        info=method("http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        value=lambda digest: key.sign(sha1(digest).digest(), padding.PKCS1v15(), Prehashed(SHA1())),
    )

    assert "form" in workshop.rules_broken(forged)


@pytest.mark.feature("V2")
def test_a_pss_value_under_the_name_of_pkcs1_is_refused(workshop: Workshop) -> None:
    key = workshop.signers.seal.key
    assert isinstance(key, RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(SHA256()), 32)
    forged = seal_with(workshop, value=lambda digest: key.sign(digest, pss, Prehashed(SHA256())))

    assert workshop.rules_broken(forged) == {"value"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize(
    "value",
    [b"\0" * 256, b"\xff" * 256, b"\0" * 255 + b"\1", b"\1", b"\0" * 257, b"x" * 64],
    ids=["zero", "more than the modulus", "one", "short", "long", "P-256's length"],
)
def test_a_value_that_is_none_is_refused(value: bytes, workshop: Workshop) -> None:
    assert workshop.rules_broken(seal_with(workshop, value=lambda _: value)) == {"value"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("place", ["value", "certificate"])
def test_base64_with_stray_bits_or_blanks_is_refused(place: str, workshop: Workshop) -> None:
    """The unused bits of the last letter are covered by nothing."""
    element = {"value": "SignatureValue", "certificate": "X509Certificate"}[place]

    def with_stray_bits(text: str) -> str:
        match = re.search(rf"([A-Za-z0-9+/])(=+)</ds:{element}>", text)
        if match is None:  # a certificate whose length is a multiple of three has no unused bits
            return text.replace(f"</ds:{element}>", f"\n</ds:{element}>", 1)
        return text[: match.start(1)] + chr(ord(match[1]) + 1) + text[match.end(1) :]

    assert "form" in workshop.rules_broken(seal_with(workshop, whole=with_stray_bits))


WHOLE = {
    "KeyValue that contradicts the certificate": changed(
        "<ds:X509Data>",
        "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue>"
        "</ds:KeyValue><ds:X509Data>",
    ),
    "KeyName": changed("<ds:X509Data>", "<ds:KeyName>seal</ds:KeyName><ds:X509Data>"),
    "no KeyInfo": lambda text: re.sub("<ds:KeyInfo>.*</ds:KeyInfo>", "", text),
    "RetrievalMethod": lambda text: re.sub(
        "<ds:X509Data>.*</ds:X509Data>", '<ds:RetrievalMethod URI="http://127.0.0.1/"></ds:RetrievalMethod>', text
    ),
    "no certificate": lambda text: re.sub("<ds:X509Certificate>.*</ds:X509Certificate>", "", text),
    "second object": changed("</ds:Signature>", "<ds:Object></ds:Object></ds:Signature>"),
    "properties of another target": changed('Target="#sig-phat-hanh"', 'Target="#sig-cbql"'),
    "another Id": changed('Id="sig-phat-hanh"', 'Id="sig-dau"'),
    "no Id": changed(' Id="sig-phat-hanh"', ""),
    "Id on the value": changed("<ds:SignatureValue>", '<ds:SignatureValue Id="v">'),
    "other prefix": lambda text: text.replace("ds:", "dsig:"),
    "namespace declared again inside": changed("<ds:KeyInfo>", f"<ds:KeyInfo{template.NS_DS}>"),
    "white space": changed("<ds:KeyInfo>", "\n<ds:KeyInfo>"),
    "comment": changed("<ds:KeyInfo>", "<!--x--><ds:KeyInfo>"),
    "text": changed("</ds:KeyInfo>", "</ds:KeyInfo>x"),
}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("name", WHOLE)
def test_a_signature_with_anything_else_in_it_is_refused(name: str, workshop: Workshop) -> None:
    assert workshop.rules_broken(seal_with(workshop, whole=WHOLE[name]))


PROPERTIES = {
    "no signing certificate": lambda text: re.sub(
        "<xades:SigningCertificateV2>.*</xades:SigningCertificateV2>", "", text
    ),
    "old signing certificate": changed("SigningCertificateV2", "SigningCertificate"),
    "no time": lambda text: re.sub("<xades:SigningTime>.*</xades:SigningTime>", "", text),
    "local time": lambda text: re.sub("Z</xades:SigningTime>", "+07:00</xades:SigningTime>", text),
    "a day that is none": lambda text: re.sub(r"SigningTime>\d{4}-\d\d-\d\d", "SigningTime>2026-02-30", text),
    "no role": lambda text: re.sub("<xades:SignerRoleV2>.*</xades:SignerRoleV2>", "", text),
    "another role": changed("ClaimedRole>phat-hanh<", "ClaimedRole>cbql<"),
    "two roles": changed(
        "</xades:ClaimedRoles>", "<xades:ClaimedRole>cbql</xades:ClaimedRole></xades:ClaimedRoles>"
    ),
    "format of nothing": changed('ObjectReference="#ref-phat-hanh-1"', 'ObjectReference="#none"'),
    "no formats": lambda text: re.sub("<xades:DataObjectFormat.*</xades:DataObjectFormat>", "", text),
    "policy": changed(
        "<xades:SignerRoleV2>",
        "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied></xades:SignaturePolicyImplied>"
        "</xades:SignaturePolicyIdentifier><xades:SignerRoleV2>",
    ),
}  # fmt: skip


@pytest.mark.feature("V2")
@pytest.mark.parametrize("name", PROPERTIES)
def test_properties_of_another_form_are_refused(name: str, workshop: Workshop) -> None:
    assert "form" in workshop.rules_broken(seal_with(workshop, properties=PROPERTIES[name]))


@pytest.mark.feature("V2")
def test_properties_that_are_not_signed_are_refused(workshop: Workshop) -> None:
    dropped = re.compile(f'<ds:Reference Type="{re.escape(template.SIGNED_PROPERTIES_TYPE)}".*?</ds:Reference>')

    assert "form" in workshop.rules_broken(seal_with(workshop, info=lambda text: dropped.sub("", text)))


@pytest.mark.feature("V2")
def test_properties_changed_after_signing_are_refused(workshop: Workshop) -> None:
    forged = seal_with(workshop, whole=lambda text: re.sub(r"Time>2026-", "Time>2025-", text, count=1))

    assert "digest" in workshop.rules_broken(forged)


@pytest.mark.feature("V2")
@pytest.mark.parametrize("chosen", [[], [0], [1], [1, 0], [0, 1, 1], [0, 0]])
def test_a_seal_over_other_parts_is_refused(chosen: list[int], workshop: Workshop) -> None:
    """Too few, too many, in another order."""
    usual = workshop.references("phat-hanh")
    prepared, signer = workshop.prepared("phat-hanh", references=[usual[n] for n in chosen])

    assert workshop.rules_broken(workshop.with_seal(signature(prepared, signer))) & {"form", "coverage"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("slot", ["gvbm-1", "gvcn", "cbql"])
def test_a_person_who_signs_another_part_is_refused(slot: str, workshop: Workshop) -> None:
    """Each step after it is signed as usual: only the part is wrong."""
    other = workshop.references("gvbm-2")
    prepared, signer = workshop.prepared(slot, references=other, at=workshop.now - timedelta(minutes=3))

    assert "coverage" in workshop.rules_broken(workshop.signed_again(slot, signature(prepared, signer)))


@pytest.mark.feature("V2")
def test_a_good_reference_with_a_wrong_digest_is_refused(workshop: Workshop) -> None:
    usual = workshop.references("phat-hanh")
    usual[1] = Reference(usual[1].target, sha256(b"").digest())
    prepared, signer = workshop.prepared("phat-hanh", references=usual)

    assert workshop.rules_broken(workshop.with_seal(signature(prepared, signer))) == {"digest"}


@pytest.mark.feature("V2")
def test_a_digest_of_another_length_is_refused(workshop: Workshop) -> None:
    long = b64encode(sha512(b"").digest()).decode()
    forged = seal_with(
        workshop,
        info=lambda text: re.sub("<ds:DigestValue>[^<]*<", f"<ds:DigestValue>{long}<", text, count=1),
    )

    assert "form" in workshop.rules_broken(forged)


@pytest.mark.feature("V2")
@pytest.mark.parametrize("made", ["DER", "r = 0", "s = 0", "r of the order", "short"])
def test_a_p256_value_of_another_form_is_refused(made: str, workshop: Workshop) -> None:
    """Wycheproof's kinds; only r and s of 32 bytes each stand in a record."""
    seal = workshop.signers.seal_ca.issue_school("Trường THCS Mẫu", "0100000001", key="p256")
    prepared, _ = workshop.prepared("phat-hanh", signer=seal)
    good = seal.sign_digest(prepared.digest)
    key = seal.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    values = {
        "DER": key.sign(prepared.digest, ec.ECDSA(Prehashed(SHA256()))),
        "r = 0": b"\0" * 32 + good[32:],
        "s = 0": good[:32] + b"\0" * 32,
        "r of the order": order.to_bytes(32) + good[32:],
        "short": good[:63],
    }

    assert workshop.rules_broken(workshop.with_seal(signature(prepared, seal))) == set()
    forged = signature(prepared, seal, value=lambda _: values[made])
    assert workshop.rules_broken(workshop.with_seal(forged)) == {"value"}
