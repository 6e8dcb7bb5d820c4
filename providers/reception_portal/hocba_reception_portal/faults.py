"""The portal's refusals, turned into our errors, in one table. The codes are our proposal, as the contract is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hocba_core.errors import (
    HocbaError,
    RefusesUs,
    RequestRefused,
    RequestUnknown,
    SessionEnded,
)
from hocba_core.redaction import redacted_text
from hocba_core.vendor_http import Answer

from hocba_reception_portal.settings import KEY, key_of

Maker = Callable[..., HocbaError]


def _refuses(setting: str) -> Maker:
    return lambda **facts: RefusesUs(setting=key_of(setting), **facts)


ERRORS: Final[dict[str, Maker]] = {
    # of the token, as OAuth 2 names them; it does not say which of the two is wrong
    "invalid_client": _refuses("client_secret"),
    "unauthorized_client": _refuses("client_id"),
    "invalid_scope": _refuses("scope"),
    # of everything else
    "KHONG_DUOC_QUYEN": _refuses("client_id"),
    "KHONG_CO_BIEN_NHAN": RequestUnknown,
}


def refusal(answer: Answer, code: str, message: str) -> HocbaError:
    """The error for any answer but success; `code` is "" where the portal gave none that we can read."""
    facts: dict[str, object] = {"provider": KEY, "status": answer.status, "request": answer.request}
    if code:
        facts["vendor_code"] = redacted_text(code, limit=40)
    if message:
        facts["vendor_message"] = redacted_text(message)
    if made := ERRORS.get(code):
        return made(**facts)
    if answer.status == 401:
        return SessionEnded(**facts)
    if answer.status == 403:
        return RefusesUs(setting=key_of("client_id"), **facts)
    if answer.status == 413:
        return RequestRefused(**{"vendor_code": "413", "vendor_message": "Gói tin quá lớn"} | facts)
    if 400 <= answer.status < 500 and code:
        return RequestRefused(**facts)  # in the portal's own form of a refusal: understood, and not done
    return answer.trouble("unknown_answer")
