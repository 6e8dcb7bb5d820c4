"""After the answer: a value and what was prepared -> the whole signed PDF."""

from __future__ import annotations

from hocba_core.errors import Conflict, ReserveTooSmall
from hocba_core.pades import cms
from hocba_core.pades.prepare import PreparedPdf


def embed(prepared: PreparedPdf, value: bytes) -> bytes:
    """Fill the hole. `value` must have passed signature_value.check_value(): raw RSA, or r‖s.

    What the CMS leaves of the hole stays zero. Raises Conflict when `prepared.pdf` is not the file with the hole,
    ReserveTooSmall when the CMS is longer than prepare() foresaw.
    """
    pdf, start, room = prepared.pdf, prepared.hole_at, prepared.hole_bytes
    end = start + room
    if pdf[start : start + 2] != b"<0" or pdf[end - 2 : end] != b"0>":
        raise Conflict(state="no_hole", needs="the file that prepare() returned")
    der = cms.build(prepared.message_digest, prepared.certificate, prepared.chain, prepared.key_kind, value)
    if 2 * len(der) > room - 2:
        raise ReserveTooSmall()
    return b"".join((pdf[: start + 1], der.hex().encode().ljust(room - 2, b"0"), pdf[end - 1 :]))
