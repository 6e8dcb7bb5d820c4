"""The one form that our CMS has: PAdES baseline B-B, one signer, SHA-256, nothing that is not needed.

Written directly, because a general ASN.1 library takes 20 ms to say the same (facts, feasibility appendix B).
The verifier reads certificates and value out of a CMS, builds it again and demands the same bytes: so two
signers, other algorithms, missing, extra or repeated attributes, enclosed content and BER never pass.
RFC 5652; ETSI EN 319 142-1 §6; RFC 5035 (ESSCertIDv2: SHA-256 is the default and left out).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hocba_core.pades.der import CONTEXT_0, INTEGER, OCTETS, SEQUENCE, SET, members, read, set_of, tlv
from hocba_core.provider import KeyKind

_OID_DATA = bytes.fromhex("06092a864886f70d010701")
_OID_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_OID_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_OID_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_OID_SIGNING_CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
_SHA256 = tlv(SEQUENCE, bytes.fromhex("0609608648016503040201"))
_METHODS = {
    KeyKind.RSA: tlv(SEQUENCE, bytes.fromhex("06092a864886f70d01010b0500")),  # sha256WithRSAEncryption
    KeyKind.P256: tlv(SEQUENCE, bytes.fromhex("06082a8648ce3d040302")),  # ecdsa-with-SHA256
}
_VERSION_1 = tlv(INTEGER, b"\1")
_CONTENT_TYPE = tlv(SEQUENCE, _OID_CONTENT_TYPE, tlv(SET, _OID_DATA))


@dataclass(frozen=True, slots=True)
class ReadCms:
    """What a CMS of our form says; nothing of it is believed yet."""

    key_kind: KeyKind
    certificate: bytes
    """DER: the one that signing-certificate-v2 and the signer's identifier name."""
    chain: tuple[bytes, ...]
    message_digest: bytes
    value: bytes
    """Raw: RSA's length, or r‖s."""


def signed_attributes(message_digest: bytes, certificate: bytes) -> bytes:
    """The DER SET whose SHA-256 the key signs (RFC 5652 §5.4)."""
    return set_of(
        _CONTENT_TYPE,
        tlv(SEQUENCE, _OID_MESSAGE_DIGEST, tlv(SET, tlv(OCTETS, message_digest))),
        _signing_certificate(certificate),
    )


def build(message_digest: bytes, certificate: bytes, chain: Sequence[bytes], kind: KeyKind, value: bytes) -> bytes:
    """The DER ContentInfo. `value` is raw: RSA's bytes, or r‖s."""
    if kind is KeyKind.P256:
        half = len(value) // 2
        value = encode_dss_signature(int.from_bytes(value[:half]), int.from_bytes(value[half:]))
    attributes = signed_attributes(message_digest, certificate)
    signer = tlv(
        SEQUENCE,
        _VERSION_1,
        _signer_identifier(certificate),
        _SHA256,
        bytes((CONTEXT_0,)) + attributes[1:],
        _METHODS[kind],
        tlv(OCTETS, value),
    )
    signed = tlv(SEQUENCE, _before_signer(certificate, tuple(chain)), tlv(SET, signer))
    return tlv(SEQUENCE, _OID_SIGNED_DATA, tlv(CONTEXT_0, signed))


@lru_cache(maxsize=1024)
def reserved_bytes(certificate: bytes, chain: tuple[bytes, ...], kind: KeyKind, key_bytes: int) -> int:
    """How long build() may get for that key."""
    # the longest numbers of P-256 are those that begin with a set bit
    longest = bytes(key_bytes) if kind is KeyKind.RSA else (b"\x80" + bytes(31)) * 2
    return len(build(bytes(32), certificate, chain, kind, longest))


def read_cms(der: bytes) -> ReadCms | None:
    """None when it is not, to the byte, the form that build() writes."""
    try:
        found = _read(der)
        again = build(found.message_digest, found.certificate, found.chain, found.key_kind, found.value)
    except (ValueError, IndexError, OverflowError):
        return None
    return found if again == der else None


def _read(der: bytes) -> ReadCms:
    kind_and_signed = members(der, *read(der, 0, SEQUENCE))
    _, explicit = kind_and_signed
    signed_data = explicit[read(explicit, 0, CONTEXT_0)[0] :]
    _, _, _, certificates, signers = members(signed_data, *read(signed_data, 0, SEQUENCE))
    (signer,) = members(signers, *read(signers, 0, SET))
    _, identifier, _, attributes, method, octets = members(signer, *read(signer, 0, SEQUENCE))
    kind = next((kind for kind, known in _METHODS.items() if known == method), None)
    if kind is None:
        raise ValueError("method")
    kept = members(certificates, *read(certificates, 0, CONTEXT_0))
    own = [der for der in kept if _signer_identifier(der) == identifier]
    if len(own) != 1 or len(set(kept)) != len(kept):
        raise ValueError("certificates")
    digest = attributes.index(_OID_MESSAGE_DIGEST) + len(_OID_MESSAGE_DIGEST) + 4
    start, end = read(octets, 0, OCTETS)
    value = octets[start:end]
    if kind is KeyKind.P256:
        r, s = (_positive(part) for part in members(value, *read(value, 0, SEQUENCE)))
        value = r.to_bytes(32) + s.to_bytes(32)
    chain = tuple(der for der in kept if der is not own[0])
    return ReadCms(kind, own[0], chain, attributes[digest : digest + 32], value)


def _positive(integer: bytes) -> int:
    start, end = read(integer, 0, INTEGER)
    return int.from_bytes(integer[start:end])


@lru_cache(maxsize=1024)
def _signing_certificate(certificate: bytes) -> bytes:
    identifier = tlv(SEQUENCE, tlv(OCTETS, sha256(certificate).digest()))
    value = tlv(SEQUENCE, tlv(SEQUENCE, identifier))
    return tlv(SEQUENCE, _OID_SIGNING_CERTIFICATE_V2, tlv(SET, value))


@lru_cache(maxsize=1024)
def _before_signer(certificate: bytes, chain: tuple[bytes, ...]) -> bytes:
    return b"".join(
        (
            _VERSION_1,
            tlv(SET, _SHA256),
            tlv(SEQUENCE, _OID_DATA),
            set_of(certificate, *chain, tag=CONTEXT_0),
        )
    )


@lru_cache(maxsize=1024)
def _signer_identifier(certificate: bytes) -> bytes:
    """IssuerAndSerialNumber of a certificate (RFC 5280: TBSCertificate begins version, serial, algorithm, issuer)."""
    start, _ = read(certificate, 0, SEQUENCE)
    fields = members(certificate, *read(certificate, start, SEQUENCE))
    if fields[0][0] == CONTEXT_0:
        fields = fields[1:]
    serial, _, issuer = fields[:3]
    return tlv(SEQUENCE, issuer, serial)
