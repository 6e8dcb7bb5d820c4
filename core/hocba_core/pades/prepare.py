"""Before anyone is asked: a form with its planned field -> the file with a hole, and the digest to be signed."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from hocba_core.certificate import Certificate, issuers_in_order
from hocba_core.errors import CertificateRefused
from hocba_core.pades import cms
from hocba_core.pades import field as seal
from hocba_core.provider import KeyKind

TIME_FORMAT = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class PreparedPdf:
    """A signed PDF but for its CMS. The file with the hole and to_bytes() are all that embed() needs."""

    pdf: bytes = field(repr=False)
    """With zeros where the CMS will stand."""
    hole_at: int
    """Offset of the hole's `<`."""
    hole_bytes: int
    """Length of the hole with `<` and `>`."""
    message_digest: bytes
    """SHA-256 of the file without the hole."""
    key_kind: KeyKind
    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    """DER, without the root."""

    @property
    def digest(self) -> bytes:
        """What the key is asked to sign: SHA-256 of the DER signed attributes (RFC 5652 §5.4), never of the file."""
        return sha256(cms.signed_attributes(self.message_digest, self.certificate)).digest()

    def to_bytes(self) -> bytes:
        """Without the file, which is kept as a blob."""
        certificates = [b64encode(der).decode() for der in (self.certificate, *self.chain)]
        facts = [self.hole_at, self.hole_bytes, self.message_digest.hex(), self.key_kind.value, certificates]
        return json.dumps(facts).encode()

    @staticmethod
    def from_bytes(data: bytes, pdf: bytes) -> PreparedPdf:
        hole_at, hole_bytes, digest, kind, certificates = json.loads(data)
        certificate, *chain = (b64decode(text) for text in certificates)
        return PreparedPdf(pdf, hole_at, hole_bytes, bytes.fromhex(digest), KeyKind(kind), certificate, tuple(chain))


def prepare(pdf: bytes, certificate: Certificate, chain: Sequence[bytes], signing_time: datetime) -> PreparedPdf:
    """`pdf` has the planned field; `chain` its issuers as they were given: put in order, without the root.

    `signing_time` is cut to seconds and stands as /M; baseline B-B forbids it a second time as an attribute.
    The hole is just as large as the longest CMS of this certificate. Raises CertificateRefused for a key that
    may not sign, Conflict for a file without an empty field of ours.
    """
    kind = certificate.key_kind
    if kind is None:
        raise CertificateRefused(reason="usage")
    issuers = issuers_in_order(certificate.der, tuple(chain))
    planned = seal.read_planned(pdf)
    layout = planned.layout
    start = b"%d 0 obj\n" % planned.signature + seal.signature_start(
        signing_time.astimezone(UTC).strftime(TIME_FORMAT).encode(), seal.text_string(certificate.name)
    )
    hole_bytes = 2 * cms.reserved_bytes(certificate.der, issuers, kind, certificate.key_bytes) + 2
    hole_at = layout.offsets[planned.signature - 1] + len(start)
    tail = pdf[layout.xref_at : pdf.rindex(b"startxref\n")] + b"startxref\n%d\n%%%%EOF\n"
    after = hole_at + hole_bytes
    # the end of the dictionary has one length for every range
    xref_at = after + len(seal.signature_end((0, 0, 0, 0))) + len(b"\nendobj\n")
    tail %= xref_at
    end = seal.signature_end((0, hole_at, after, xref_at + len(tail) - after)) + b"\nendobj\n" + tail
    head = bytearray(pdf[: layout.offsets[planned.signature - 1]])
    for at, text in (
        (planned.value_at, seal.value_reference(planned.signature)),
        (planned.perms_at, seal.perms_reference(planned.signature)),
    ):
        head[at : at + len(text)] = text
    before = bytes(head) + start
    digest = sha256(before)
    digest.update(end)
    hole = b"<%b>" % (b"0" * (hole_bytes - 2))
    return PreparedPdf(before + hole + end, hole_at, hole_bytes, digest.digest(), kind, certificate.der, issuers)
