"""What a fake vendor, or the line to it, can be told to do wrong, and how each wrong answer looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache

from aiohttp import web

from hocba_core.testing.phone import Transaction
from hocba_core.testing.pki import Key, new_key, sign_raw


class Operation(StrEnum):
    """The contract's words for what a vendor's addresses do."""

    OPEN_SESSION = "open_session"
    CREDENTIALS = "credentials"
    START = "start"
    POLL = "poll"
    FIND = "find"  # what became of a request, by our reference
    SUBMIT_CODE = "submit_code"  # handing in a code or a PIN: acts, as START does


class Fault(StrEnum):
    """What a vendor, or the line to it, may do wrong."""

    # before anything was done
    REFUSED_401 = "refused_401"  # the session is over
    BUSY_429 = "busy_429"
    BROKEN_500 = "broken_500"
    # after all was done; the answer is what breaks
    DROP = "drop"
    LATE_500 = "late_500"
    EMPTY = "empty"
    HTML = "html"
    HALF = "half"
    GARBAGE = "garbage"  # JSON, but nothing that the manual knows
    # in the values
    SWAP_TWO = "swap_two"
    OTHER_DIGEST = "other_digest"  # the first item's value signs something else
    OTHER_KEY = "other_key"  # every value is another person's
    ONE_MISSING = "one_missing"
    UNDECODABLE = "undecodable"  # the first value is no encoding of anything; made by the vendor's own fake


VALUES = frozenset({Fault.SWAP_TWO, Fault.OTHER_DIGEST, Fault.OTHER_KEY, Fault.ONE_MISSING})
"""Made in the values; those of EARLY, LATE, DROP and HALF are made on the line."""


def _answer(status: int, text: str, content_type: str = "application/json") -> Callable[[], web.Response]:
    return lambda: web.Response(status=status, text=text, content_type=content_type)


async def half(request: web.Request) -> web.StreamResponse:
    """Promises more than it sends, then hangs up."""
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    response.force_close()
    await response.prepare(request)
    await response.write(b'{"transactionId": "')
    assert request.transport is not None
    request.transport.close()
    return response


_HTML = "<!DOCTYPE html><html><body>Vui lòng đăng nhập mạng Wi-Fi của trường</body></html>"
EARLY: Mapping[Fault, Callable[[], web.StreamResponse]] = {
    Fault.REFUSED_401: _answer(401, ""),
    Fault.BUSY_429: lambda: web.Response(status=429, headers={"Retry-After": "7"}),
    Fault.BROKEN_500: _answer(500, "<h1>Internal Server Error</h1>", "text/html"),
}
LATE: Mapping[Fault, Callable[[], web.StreamResponse]] = {
    Fault.LATE_500: _answer(500, "<h1>Internal Server Error</h1>", "text/html"),
    Fault.EMPTY: _answer(200, ""),
    Fault.HTML: _answer(200, _HTML, "text/html"),
    Fault.GARBAGE: _answer(200, '{"ket_qua": ["?"]}'),
}


def signed(transaction: Transaction, fault: Fault | None) -> tuple[bytes, ...]:
    """Real signatures, spoiled by a fault of VALUES."""
    digests = list(transaction.digests)
    key = transaction.identity.key
    if fault is Fault.OTHER_KEY:
        key = _strangers_key()
    if fault is Fault.OTHER_DIGEST:
        digests[0] = bytes(32)
    values = [sign_raw(key, digest) for digest in digests]
    if fault is Fault.SWAP_TWO and len(values) > 1:
        values[0], values[1] = values[1], values[0]
    if fault is Fault.ONE_MISSING:
        values.pop()
    return tuple(values)


@lru_cache(maxsize=1)
def _strangers_key() -> Key:
    return new_key("rsa")
