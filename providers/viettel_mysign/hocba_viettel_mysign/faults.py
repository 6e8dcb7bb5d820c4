"""Viettel's numbers, turned into our errors, in one table.

Numbers in `error` stand in an object `{error, error_description}` that comes with status 200, 400 or 401; the
numbers of a transaction's `status` are in the second table. What stands in neither is treated by rule, below.
Each number was seen in one working client or more; Viettel's own list was not at hand (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hocba_core.errors import (
    AccountUnknown,
    CertificateEnded,
    HocbaError,
    Lapsed,
    OutcomeUnknown,
    OutOfTurns,
    RefusesUs,
    Rejected,
    RequestRefused,
    SessionEnded,
    Unavailable,
)
from hocba_core.redaction import redacted_text
from hocba_core.vendor_http import Answer

from hocba_viettel_mysign.settings import KEY, key_of

Maker = Callable[..., HocbaError]


def _refuses(setting: str) -> Maker:
    return lambda **facts: RefusesUs(setting=key_of(setting), **facts)


ERRORS: Final[dict[str, Maker]] = {
    "58007": _refuses("client_id"),  # client unknown
    "86024": _refuses("client_secret"),  # secret wrong
    "86002": _refuses("client_id"),  # the client's TLS certificate was revoked at Viettel
    "58008": AccountUnknown,  # no such user_id
    "59033": AccountUnknown,  # "user id or password"; this API sends no password
    "58038": SessionEnded,  # token or certificate not valid: log in again
    "4005": OutOfTurns,
    "13004": CertificateEnded,
}

STATUSES: Final[dict[str, Maker]] = {
    "4001": Lapsed,
    "4002": Rejected,
    "4004": RequestRefused,  # signing failed at Viettel: nothing was signed
    "4005": OutOfTurns,  # no turns left in the package, or no money
    "13004": CertificateEnded,
    "50000": Unavailable,  # internal error: may pass, so the question is asked again until the deadline
}
WAITING: Final = frozenset({"4000", "0", "6000"})
"""Not answered yet ("0" contradicts the manual, two working clients accept it); confirmed and being signed."""
DONE: Final = "1"

_INTERNAL = "50000"


def refusal(answer: Answer, code: str, message: str) -> HocbaError:
    """The error for an error object, or for a 401 without one (`code` is then empty)."""
    facts = _facts(answer, code, message)
    if made := ERRORS.get(code):
        return made(**facts)
    if answer.status == 401:
        return SessionEnded(**facts)
    if code == _INTERNAL or answer.status >= 500:
        return (OutcomeUnknown if answer.acts else Unavailable)(what="internal_error", **facts)
    # A number that we do not know, in Viettel's own form of a refusal: understood, and not done.
    return RequestRefused(**facts)


def ended(answer: Answer, status: str, message: str) -> HocbaError | None:
    """The error for a transaction's status; None for one that is not over, or that nobody has described."""
    made = STATUSES.get(status)
    return made(**_facts(answer, status, message)) if made else None


def _facts(answer: Answer, code: str, message: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "provider": KEY,
        "vendor_code": redacted_text(code, limit=32),
        "status": answer.status,
        "request": answer.request,
    }
    if message:
        facts["vendor_message"] = redacted_text(message)
    return facts
