"""What signing leans on, put together once where the gateway starts. Tests put together their own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hocba_core.certificate import Certificate
from hocba_core.provider import SigningProvider
from hocba_core.trust import TrustStore

from hocba_gateway.signing.states import Patience
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope, Store


class Providers(Protocol):
    def use(self, scope: Scope, year: str, key: str) -> AbstractAsyncContextManager[SigningProvider]:
        """The vendor as that school set it up for that year, open until it is given back.

        Raises NotFound(kind="provider"), PluginBroken, SettingWrong.
        """


class PreparedFace(Protocol):
    """hocba_core.pades.prepare.PreparedPdf."""

    @property
    def digest(self) -> bytes: ...

    @property
    def pdf(self) -> bytes: ...

    def to_bytes(self) -> bytes: ...


class Face(Protocol):
    """The PDF of a record: rendered and prepared before the seal is asked for, finished with its value."""

    async def prepare(
        self, record: bytes, certificate: Certificate, chain: Sequence[bytes], signing_time: datetime
    ) -> PreparedFace: ...

    def embed(self, prepared: bytes, pdf: bytes, value: bytes) -> bytes:
        """`prepared` is to_bytes(), `pdf` the file with the hole."""

    def problem(self, pdf: bytes, trust: TrustStore, now: datetime) -> str:
        """ "" when a stranger would call the finished file valid, else the first rule that failed."""


class Manifests(Protocol):
    """A class package before and after its seal (hocba_core.package)."""

    def digest(self, manifest: bytes) -> bytes:
        """SHA-256 of #goi as it will stand in the sealed file."""

    def seal(self, manifest: bytes, signature: bytes) -> bytes: ...

    def problem(self, package: bytes, trust: TrustStore, now: datetime) -> str: ...


@dataclass(frozen=True, slots=True)
class Desk:
    store: Store
    sealer: Sealer
    providers: Providers
    trust: TrustStore
    face: Face
    manifests: Manifests
    patience: Patience = field(default_factory=Patience)
    callback_url: str | None = None
    """Where vendors that call back reach this gateway; the request's id is added after a slash."""
