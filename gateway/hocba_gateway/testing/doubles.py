"""Stand-ins for the gateway's neighbours, each as small as its contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from hocba_core.certificate import Certificate
from hocba_core.errors import NotFound
from hocba_core.provider import SigningProvider
from hocba_core.signature_value import fits
from hocba_core.trust import TrustStore

from hocba_gateway.store.store import Scope


class OneVendor:
    """Is a signing.desk.Providers: the same vendor for every school and year."""

    def __init__(self, provider: SigningProvider) -> None:
        self._provider = provider

    @asynccontextmanager
    async def use(self, scope: Scope, year: str, key: str) -> AsyncIterator[SigningProvider]:
        if key != self._provider.key:
            raise NotFound(kind="provider", provider=key)
        yield self._provider


@dataclass(frozen=True, slots=True)
class PlainPdf:
    pdf: bytes = field(repr=False)
    certificate: bytes = field(repr=False)

    @property
    def digest(self) -> bytes:
        return sha256(self.pdf).digest()

    def to_bytes(self) -> bytes:
        return self.certificate


class PlainFace:
    """Is a signing.desk.Face: a "PDF" that is a line of text, its hole at the end."""

    async def prepare(
        self, record: bytes, certificate: Certificate, chain: Sequence[bytes], signing_time: datetime
    ) -> PlainPdf:
        return PlainPdf(b"%PDF of " + sha256(record).hexdigest().encode() + b"\n", certificate.der)

    def embed(self, prepared: bytes, pdf: bytes, value: bytes) -> bytes:
        good = fits(Certificate.read(prepared), sha256(pdf).digest(), value)
        return pdf + (b"signed " + value.hex().encode() if good else b"spoiled")

    def problem(self, pdf: bytes, trust: TrustStore, now: datetime) -> str:
        return "value" if pdf.endswith(b"spoiled") else ""


class PlainManifests:
    """Is a signing.desk.Manifests."""

    def digest(self, manifest: bytes) -> bytes:
        return sha256(manifest).digest()

    def seal(self, manifest: bytes, signature: bytes) -> bytes:
        return manifest + signature

    def problem(self, package: bytes, trust: TrustStore, now: datetime) -> str:
        return ""
