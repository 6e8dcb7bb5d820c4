"""The one form that our signatures have, as text: XAdES baseline B-B, every byte of it canonical.

Written once as canonical SignedInfo and SignedProperties (what is digested) and, without the namespace
declarations that an ancestor already has, as it stands in the file. ETSI EN 319 132-1; XML-DSig core;
https://www.w3.org/2001/10/xml-exc-c14n#. The verifier's patterns are
made of the same text.
"""

from __future__ import annotations

from hocba_core.provider import KeyKind

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"

METHODS = {
    KeyKind.RSA: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    KeyKind.P256: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
}

NS_DS = f' xmlns:ds="{DS}"'
NS_XADES = f' xmlns:xades="{XADES}"'

_DIGEST_METHOD = f'Algorithm="{SHA256}"></ds:DigestMethod>'


def reference(attributes: str, digest: str) -> str:
    """One ds:Reference; `attributes` in C14N's order (Id, Type, URI), `digest` in base64."""
    return (
        f"<ds:Reference {attributes}><ds:Transforms>"
        f'<ds:Transform Algorithm="{C14N}"></ds:Transform></ds:Transforms>'
        f"<ds:DigestMethod {_DIGEST_METHOD}<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )


def data_reference(slot: str, number: int, target: str, digest: str) -> str:
    return reference(f'Id="ref-{slot}-{number}" URI="#{target}"', digest)


def properties_reference(slot: str, digest: str) -> str:
    return reference(f'Type="{SIGNED_PROPERTIES_TYPE}" URI="#sp-{slot}"', digest)


def signed_info(method: str, references: str) -> str:
    """As it stands in the file; canonical with NS_DS on its start tag."""
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>{references}</ds:SignedInfo>'
    )


def signed_properties(slot: str, time: str, certificate_digest: str, formats: str) -> str:
    """As it stands in the file."""
    return (
        f'<xades:SignedProperties Id="sp-{slot}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{time}</xades:SigningTime>"
        "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f"<ds:DigestMethod {_DIGEST_METHOD}<ds:DigestValue>{certificate_digest}</ds:DigestValue>"
        "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
        f"<xades:SignerRoleV2><xades:ClaimedRoles><xades:ClaimedRole>{slot}</xades:ClaimedRole>"
        "</xades:ClaimedRoles></xades:SignerRoleV2></xades:SignedSignatureProperties>"
        f"<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties>"
        "</xades:SignedProperties>"
    )


def data_object_format(slot: str, number: int) -> str:
    return (
        f'<xades:DataObjectFormat ObjectReference="#ref-{slot}-{number}">'
        "<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>"
    )


def signature(slot: str, info: str, value: str, certificates: str, properties: str) -> str:
    return (
        f'<ds:Signature{NS_DS} Id="sig-{slot}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>"
        f'<ds:Object><xades:QualifyingProperties{NS_XADES} Target="#sig-{slot}">{properties}'
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )


def x509(certificate: str) -> str:
    return f"<ds:X509Certificate>{certificate}</ds:X509Certificate>"


def canonical_info(info: str) -> str:
    """Exclusive C14N of a signed_info() in its place: the namespace is declared on the apex."""
    return f"<ds:SignedInfo{NS_DS}" + info[len("<ds:SignedInfo") :]


def canonical_properties(properties: str) -> str:
    """Exclusive C14N of a signed_properties() in its place: ds is declared wherever it first shows."""
    apex = f"<xades:SignedProperties{NS_XADES}" + properties[len("<xades:SignedProperties") :]
    return apex.replace("<ds:DigestMethod", f"<ds:DigestMethod{NS_DS}").replace(
        "<ds:DigestValue", f"<ds:DigestValue{NS_DS}"
    )
