"""A class package before and after its seal, as signing needs it. Is a desk.Manifests."""

from __future__ import annotations

from datetime import datetime

from hocba_core import package
from hocba_core.trust import TrustStore
from hocba_core.verify.package import verify_package


class ClassPackages:
    def digest(self, manifest: bytes) -> bytes:
        """SHA-256 of #goi, which the seal does not change."""
        return package.digest(manifest)

    def seal(self, manifest: bytes, signature: bytes) -> bytes:
        return package.seal(manifest, signature)

    def problem(self, sealed: bytes, trust: TrustStore, now: datetime) -> str:
        """ "" when a stranger calls the package and every record in it valid, else the first rule that failed."""
        return next((failure.rule for failure in verify_package(sealed, trust, now).all_failures()), "")
