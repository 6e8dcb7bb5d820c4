"""How a SHA-256 digest is given to a token, by the kind of its key."""

from __future__ import annotations

from typing import Any

from hocba_core.errors import DriverFailed
from hocba_core.provider import KeyKind
from pkcs11 import Mechanism

DIGEST_INFO_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""RFC 8017 §9.2, note 1: the DER before the digest. CKM_RSA_PKCS signs what it is given, so we put it there."""


def signing_input(kind: KeyKind, digest: bytes) -> tuple[Mechanism, bytes]:
    """For RSA 51 bytes, for P-256 the 32 of the digest. The value comes back as PKCS#1 v1.5, or as r‖s.

    Raises ValueError for a digest of another length: a longer one could be a DigestInfo of somebody's choice.
    """
    if len(digest) != 32:
        raise ValueError("digest")
    if kind is KeyKind.RSA:
        return Mechanism.RSA_PKCS, DIGEST_INFO_SHA256 + digest
    return Mechanism.ECDSA, digest


def require(kind: KeyKind, offered: set[Any], module: str) -> None:
    """Raises DriverFailed(what="mechanism") before a PIN is asked. An empty list says nothing: some drivers do that."""
    wanted, _ = signing_input(kind, bytes(32))
    if offered and wanted not in offered:
        raise DriverFailed(module=module, what="mechanism")
