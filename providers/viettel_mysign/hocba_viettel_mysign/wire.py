"""Viettel's JSON, to and from our values.

Follows the MySign gateway API as working clients use it (`/vtss/service/…`, versions 1.8 and 1.9 of Viettel's
document, seen second-hand, 2026-11). Vendor words live here and nowhere else. Knows nothing of HTTP
(client.py) and decides nothing (provider.py). Every reader raises `answer.trouble(…)` for what it cannot read.
"""

from __future__ import annotations

import base64
import binascii
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hocba_core.errors import BadInput, ProviderTrouble, RefusesUs, SessionEnded
from hocba_core.provider import Credential, KeyKind, SignatureRequest
from hocba_core.vendor_http import Answer

from hocba_viettel_mysign import faults
from hocba_viettel_mysign.settings import Settings, key_of

LOGIN: Final = "/vtss/service/ras/v1/login"
CERTIFICATES: Final = "/vtss/service/certificates/info"
SIGN: Final = "/vtss/service/signHash"
STATUS: Final = "/vtss/service/requests/status"

SHA256: Final = "2.16.840.1.101.3.4.2.1"
_RSA_OIDS: Final = ("1.2.840.113549.1.1.",)
_ASYNC: Final = 1
"""Answer with a transaction at once, then poll. 0 blocks until the person confirms, 3 calls us back."""
_TITLE_BYTES: Final = 72
"""Base64 of a title stays below 100 characters: 72 bytes make 96."""
_DESCRIPTION_BYTES: Final = 300


# --- what we send ------------------------------------------------------------------------------


def login_body(settings: Settings, user_id: str) -> dict[str, Any]:
    return {**_our_account(settings), "profile_id": settings.profile_id, "user_id": user_id}


def certificates_body(settings: Settings, user_id: str) -> dict[str, Any]:
    return {**login_body(settings, user_id), "certificates": "chain", "certInfo": True, "authInfo": True}


def sign_body(settings: Settings, request: SignatureRequest) -> dict[str, Any]:
    """`credentialID` with a capital ID here, though the list says `credential_id`."""
    return {
        **_our_account(settings),
        "credentialID": request.credential.ref,
        "numSignatures": len(request.items),
        "description": _text(request.description, _DESCRIPTION_BYTES),
        "documents": [
            {"document_id": item.item, "document_name": _text(item.title, _TITLE_BYTES)} for item in request.items
        ],
        "hash": [_digest(item.digest) for item in request.items],
        "hashAlgo": SHA256,
        "signAlgo": settings.sign_algorithm,
        "async": _ASYNC,
    }


def status_body(transaction: str) -> dict[str, Any]:
    return {"transactionId": transaction}


def _our_account(settings: Settings) -> dict[str, Any]:
    return {"client_id": settings.client_id, "client_secret": settings.client_secret.reveal()}


def _digest(digest: bytes) -> str:
    """A wrong length is often accepted there and comes back as a value that verifies nowhere."""
    if len(digest) != 32:
        raise BadInput(field="digest", expected="32 bytes")
    return base64.b64encode(digest).decode()


def _text(text: str, limit: int) -> str:
    """Base64 of UTF-8: composed, without control characters, cut between two characters."""
    clean = "".join(
        " " if unicodedata.category(letter).startswith("C") else letter for letter in unicodedata.normalize("NFC", text)
    )
    short = clean.encode()[:limit].decode(errors="ignore").strip()
    return base64.b64encode(short.encode()).decode()


# --- what they answer --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Login:
    token: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class Status:
    code: str
    message: str = field(repr=False)
    values: tuple[bytes, ...] | None = field(repr=False)
    """In the order of the request; only with faults.DONE."""


def read_login(answer: Answer) -> Login:
    """`expires_in` is a text of digits; `refresh_token` is always empty, so it is not read."""
    try:
        said = _object(answer)
    except SessionEnded as error:  # a 401 without a number: there is no session yet, so it means our account
        raise RefusesUs(setting=key_of("client_secret"), **error.facts) from error
    token = said.get("access_token")
    if not isinstance(token, str) or not token:
        raise answer.trouble("no_access_token")
    try:
        return Login(token, int(str(said.get("expires_in", "3600"))))
    except ValueError as error:
        raise answer.trouble("expires_in") from error


def read_certificates(answer: Answer) -> list[Credential]:
    """A bare array when all is well, an object when not."""
    said = _checked(answer)
    if not isinstance(said, list):
        raise answer.trouble("certificates_not_a_list")
    try:
        return [_credential(entry) for entry in said]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise answer.trouble("certificate_entry") from error


def _credential(entry: Mapping[str, Any]) -> Credential:
    key, cert = entry["key"], entry["cert"]
    leaf, *chain = [base64.b64decode(_packed(text), validate=True) for text in cert["certificates"]]
    is_rsa = any(str(oid).startswith(_RSA_OIDS) for oid in key["algo"])
    usable = str(key["status"]).lower() == "enabled" and str(cert["status"]).lower() == "valid"
    return Credential(
        ref=str(entry["credential_id"]),
        certificate=leaf,
        chain=tuple(chain),
        key_kind=KeyKind.RSA,
        usable=usable and is_rsa,
        label=str(entry.get("description") or ""),
    )


def read_transaction(answer: Answer) -> str:
    said = _object(answer)
    transaction = said.get("transactionId")
    if not isinstance(transaction, str) or not transaction:
        raise answer.trouble("no_transaction")
    return transaction


def read_status(answer: Answer) -> Status:
    said = _object(answer)
    if "status" not in said:
        raise answer.trouble("no_status")
    code = str(said["status"])
    message = str(said.get("description") or said.get("message") or "")
    if code != faults.DONE:
        return Status(code, message, None)
    signatures = said.get("signatures")
    if not isinstance(signatures, list) or not signatures:
        raise answer.trouble("done_without_signatures")
    return Status(code, message, tuple(_value(one) for one in signatures))


def _value(signature: object) -> bytes:
    """Base64 with CRLF inside. What cannot be decoded is handed on as it came: it is a wrong value of that
    item, which core refuses, and not a missing one, which would be asked for again."""
    text = str(signature)
    try:
        return base64.b64decode(_packed(text), validate=True)
    except (binascii.Error, ValueError):
        return text.encode()


def _packed(text: str) -> str:
    return "".join(text.split())


def _object(answer: Answer) -> Mapping[str, Any]:
    said = _checked(answer)
    if not isinstance(said, dict):
        raise answer.trouble("not_an_object")
    return said


def _checked(answer: Answer) -> Any:
    """The body, unless it is an error object. It is looked at before the status: errors come with 200 too."""
    try:
        said = answer.json()
    except ProviderTrouble:
        if answer.status != 401:
            raise
        said = None  # some 401 have no body, or a proxy's page
    if isinstance(said, dict) and said.get("error") not in (None, "", 0, "0"):
        raise faults.refusal(answer, str(said["error"]), str(said.get("error_description") or ""))
    if answer.status == 401:
        raise faults.refusal(answer, "", "")
    if answer.status >= 400:
        raise answer.trouble("status_without_error")
    return said


__all__: Sequence[str] = (
    "CERTIFICATES", "LOGIN", "SIGN", "STATUS", "Login", "Status", "certificates_body", "login_body",
    "read_certificates", "read_login", "read_status", "read_transaction", "sign_body", "status_body",
)  # fmt: skip
