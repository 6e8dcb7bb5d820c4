"""Which private key of a token belongs to a certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hocba_core.certificate import Certificate

from hocba_agent.token.codes import CERTIFICATE, EC_POINT, ID, MODULUS, PRIVATE_KEY, PUBLIC_KEY, VALUE
from hocba_agent.token.cryptoki import Cryptoki


def key_of(library: Cryptoki, session: int, certificate: Certificate) -> int | None:
    """By the certificate's CKA_ID, else by the key's own numbers, else the only key there is. Needs a login.

    A wrong one would show in its first value, which is checked before anybody gets it.
    """
    keys = library.find(session, PRIVATE_KEY)
    return next(iter(_candidates(library, session, certificate, keys)), None)


def _candidates(library: Cryptoki, session: int, certificate: Certificate, keys: list[int]) -> Iterator[int]:
    def with_value(things: list[int], kind: int, is_it: Callable[[bytes], bool]) -> list[int]:
        return [one for one in things if (value := library.attribute(session, one, kind)) and is_it(value)]

    number = _number(certificate)

    def is_number(value: bytes) -> bool:
        return value.lstrip(b"\0").endswith(number) if len(number) == _POINT else value.lstrip(b"\0") == number

    place = EC_POINT if len(number) == _POINT else MODULUS
    own = with_value(library.find(session, CERTIFICATE), VALUE, lambda value: value == certificate.der)
    ids = [value for one in own if (value := library.attribute(session, one, ID))]
    matched = with_value(keys, ID, ids.__contains__)
    # two keys of one identity (signing and login): the one with the right numbers
    yield from with_value(matched, place, is_number) if len(matched) > 1 else matched
    yield from with_value(keys, place, is_number)
    # a private P-256 key seldom tells its point; its public twin does, and shares its CKA_ID
    twins = with_value(library.find(session, PUBLIC_KEY), place, is_number)
    twin_ids = [value for one in twins if (value := library.attribute(session, one, ID))]
    yield from with_value(keys, ID, twin_ids.__contains__)
    if len(keys) == 1:
        yield keys[0]


_POINT = 65
"""Bytes of an uncompressed P-256 point; a modulus is never so short."""


def _number(certificate: Certificate) -> bytes:
    """What tells the key pair: modulus, or uncompressed point (tokens wrap it in an OCTET STRING, or do not)."""
    key = certificate.public_key
    if isinstance(key, RSAPublicKey):
        return key.public_numbers().n.to_bytes(certificate.key_bytes)
    assert isinstance(key, EllipticCurvePublicKey)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
