"""Before anyone is asked: references, certificate and time -> the bytes to be signed, and their digest."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from hocba_core.certificate import Certificate
from hocba_core.errors import BadInput, CertificateRefused
from hocba_core.xades import template

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Reference:
    """One signed part of the document."""

    target: str
    """Its Id."""
    digest: bytes
    """SHA-256 of its exclusive C14N, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A signature but for its value. Kept with the intent; embed() needs nothing else of the document."""

    slot: str
    info: str = field(repr=False)
    properties: str = field(repr=False)
    digest: bytes
    """What the key is asked to sign: SHA-256 of canonical SignedInfo, 32 bytes."""

    def to_bytes(self) -> bytes:
        return json.dumps([self.slot, self.info, self.properties]).encode()

    @staticmethod
    def from_bytes(data: bytes) -> Prepared:
        slot, info, properties = json.loads(data)
        return Prepared(slot, info, properties, _digest_of(info))


def prepare(slot: str, references: Sequence[Reference], certificate: Certificate, signing_time: datetime) -> Prepared:
    """`signing_time` is cut to seconds, UTC. Raises CertificateRefused for a key that may not sign.

    The slot's name is the ClaimedRole and makes every Id: sig-<slot>, sp-<slot>, ref-<slot>-<n>.
    """
    if certificate.key_kind is None:
        raise CertificateRefused(reason="usage")
    if any(len(reference.digest) != 32 for reference in references):
        raise BadInput(field="digest", expected="32 bytes of SHA-256")
    numbered = list(enumerate(references, 1))
    properties = template.signed_properties(
        slot,
        signing_time.astimezone(UTC).strftime(TIME_FORMAT),
        _certificate_digest(certificate.der),
        "".join(template.data_object_format(slot, number) for number, _ in numbered),
    )
    properties_digest = sha256(template.canonical_properties(properties).encode()).digest()
    parts = [template.data_reference(slot, number, part.target, _b64(part.digest)) for number, part in numbered]
    parts.append(template.properties_reference(slot, _b64(properties_digest)))
    info = template.signed_info(template.METHODS[certificate.key_kind], "".join(parts))
    return Prepared(slot, info, properties, _digest_of(info))


def _digest_of(info: str) -> bytes:
    return sha256(template.canonical_info(info).encode()).digest()


def _b64(data: bytes) -> str:
    return b64encode(data).decode()


@lru_cache(maxsize=1024)
def _certificate_digest(der: bytes) -> str:
    return _b64(sha256(der).digest())
