"""Judges a raw signature value against the digest that was asked for and the certificate that was chosen."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from hocba_core.certificate import Certificate
from hocba_core.errors import DoesNotVerify

_SHA256 = Prehashed(SHA256())
_HALF = 32
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def check_value(certificate: Certificate, digest: bytes, value: bytes) -> bytes:
    """Return the value in its one form (RSA: modulus' length; P-256: r‖s, 64 bytes).

    Tolerates what vendors do to good values: a stripped leading zero of RSA, DER instead of r‖s.
    Raises DoesNotVerify(reason=length | malformed | not_this_digest). RFC 8017 §8.2; FIPS 186-5.
    """
    key = certificate.public_key
    if certificate.key_kind is None or key is None or len(digest) != 32:
        raise DoesNotVerify(reason="malformed")
    if isinstance(key, RSAPublicKey):
        return _check_rsa(key, certificate.key_bytes, digest, value)
    return _check_p256(key, digest, value)


def fits(certificate: Certificate, digest: bytes, value: bytes) -> bool:
    """Is `value` this digest's signature? For finding which of a batch a value belongs to."""
    try:
        check_value(certificate, digest, value)
    except DoesNotVerify:
        return False
    return True


def _check_rsa(key: RSAPublicKey, length: int, digest: bytes, value: bytes) -> bytes:
    if not length - 2 <= len(value) <= length:
        raise DoesNotVerify(reason="length")
    value = value.rjust(length, b"\0")
    try:
        key.verify(value, digest, PKCS1v15(), _SHA256)
    except InvalidSignature as error:
        raise DoesNotVerify(reason="not_this_digest") from error
    return value


def _check_p256(key: EllipticCurvePublicKey, digest: bytes, value: bytes) -> bytes:
    try:
        if len(value) == 2 * _HALF:
            r, s = int.from_bytes(value[:_HALF]), int.from_bytes(value[_HALF:])
        else:
            r, s = decode_dss_signature(value)
    except ValueError as error:
        raise DoesNotVerify(reason="malformed") from error
    if not (0 < r < _P256_ORDER and 0 < s < _P256_ORDER):
        raise DoesNotVerify(reason="malformed")
    try:
        key.verify(encode_dss_signature(r, s), digest, ECDSA(_SHA256))
    except InvalidSignature as error:
        raise DoesNotVerify(reason="not_this_digest") from error
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)
