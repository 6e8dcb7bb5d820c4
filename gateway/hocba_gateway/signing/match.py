"""Which value belongs to which item: found by verifying, never by position or by the vendor's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from hocba_core.certificate import Certificate
from hocba_core.errors import DoesNotVerify, NotThePromisedCertificate, SignatureWrong
from hocba_core.signature_value import check_value

_MOST_STRAYS = 64
"""Values in a wrong place that are tried against every open item; a vendor that sends more is not sane."""


@dataclass(frozen=True, slots=True)
class Matched:
    good: Mapping[str, bytes] = field(repr=False)
    """Item -> value in its one form."""
    wrong: Mapping[str, SignatureWrong]
    """Item -> what is wrong with the value that came for it."""
    extra: int
    """Values that belong to no item."""


def match(certificate: Certificate, digests: Mapping[str, bytes], values: Mapping[str, bytes]) -> Matched:
    """`digests`: item -> what was to be signed. Items without any value are in neither mapping."""
    good: dict[str, bytes] = {}
    strays: dict[str, bytes] = {}
    wrong: dict[str, SignatureWrong] = {}
    for name, value in values.items():
        try:
            good[name] = check_value(certificate, digests[name], value)
        except KeyError:
            strays[name] = value
        except DoesNotVerify as error:
            strays[name] = value
            wrong[name] = error
    open_items = [item for item in digests if item not in good]
    placed: set[str] = set()
    for name, value in list(strays.items())[:_MOST_STRAYS]:
        for item in open_items:
            if item in good:
                continue
            try:
                good[item] = check_value(certificate, digests[item], value)
            except DoesNotVerify:
                continue
            placed.add(name)
            break
    # a value that was found to be another item's says nothing bad about the item whose name it bore
    wrong = {
        name: _reason(certificate, strays[name], error)
        for name, error in wrong.items()
        if name not in placed and name not in good
    }
    extra = len(set(strays) - placed - set(wrong))
    return Matched(good, wrong, extra)


def _reason(certificate: Certificate, value: bytes, error: SignatureWrong) -> SignatureWrong:
    """An RSA value of another key, and one of our key over something else, are told apart."""
    key = certificate.public_key
    if not isinstance(key, RSAPublicKey) or error.facts.get("reason") != "not_this_digest":
        return error
    try:
        key.recover_data_from_signature(value.rjust(certificate.key_bytes, b"\0"), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return NotThePromisedCertificate()
    return DoesNotVerify(reason="other_digest")
