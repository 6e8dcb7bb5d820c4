"""After the answer: a value and what was prepared -> the whole ds:Signature element."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache

from hocba_core.certificate import issuers_in_order
from hocba_core.xades import template
from hocba_core.xades.prepare import Prepared


def embed(prepared: Prepared, value: bytes, certificate: bytes, chain: Sequence[bytes]) -> bytes:
    """The element's bytes, ready for its slot. `value` must have passed signature_value.check_value().

    `certificate` is the one given to prepare(), DER; `chain` what the vendor gave of its issuers, in any order:
    what leads upwards is written, the root never.
    """
    return template.signature(
        prepared.slot,
        prepared.info,
        b64encode(value).decode(),
        _certificates(certificate, tuple(chain)),
        prepared.properties,
    ).encode()


@lru_cache(maxsize=1024)
def _certificates(certificate: bytes, chain: tuple[bytes, ...]) -> str:
    return "".join(
        template.x509(b64encode(der).decode()) for der in (certificate, *issuers_in_order(certificate, chain))
    )
