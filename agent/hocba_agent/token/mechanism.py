"""How a SHA-256 digest is given to a token, by the kind of its key and by what the token offers."""

from __future__ import annotations

from collections.abc import Set

from hocba_core.errors import DriverFailed
from hocba_core.provider import KeyKind

from hocba_agent.token.codes import ECDSA, RSA_PKCS, RSA_X_509

DIGEST_INFO_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""RFC 8017 §9.2, note 1: the DER before the digest. CKM_RSA_PKCS signs what it is given, so we put it there."""

_FIRST_CHOICE = {KeyKind.RSA: (RSA_PKCS, RSA_X_509), KeyKind.P256: (ECDSA,)}


def choose(kind: KeyKind, offered: Set[int], module: str) -> int:
    """Raises DriverFailed(what="mechanism") before a PIN is asked.

    Mechanisms that hash by themselves (CKM_SHA256_RSA_PKCS) are of no use: only the digest is here.
    An empty list says nothing, some drivers do that.
    """
    wanted = _FIRST_CHOICE[kind]
    if not offered:
        return wanted[0]
    found = next((one for one in wanted if one in offered), None)
    if found is None:
        raise DriverFailed(module=module, what="mechanism")
    return found


def signing_input(mechanism: int, digest: bytes, key_bytes: int) -> bytes:
    """51 bytes for CKM_RSA_PKCS, a whole padded block for CKM_RSA_X_509, the bare digest for CKM_ECDSA.

    The value comes back as PKCS#1 v1.5, or as r‖s. Raises ValueError for a digest of another length: a longer one
    could be a DigestInfo of somebody's choice.
    """
    if len(digest) != 32:
        raise ValueError("digest")
    if mechanism == ECDSA:
        return digest
    info = DIGEST_INFO_SHA256 + digest
    if mechanism == RSA_PKCS:
        return info
    return b"\0\1" + b"\xff" * (key_bytes - len(info) - 3) + b"\0" + info  # RFC 8017 §9.2
