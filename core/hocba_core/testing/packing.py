"""A class package of invented pupils, sealed: for tests, portals' simulators and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hocba_core import package
from hocba_core.certificate import Certificate
from hocba_core.package import Event, Manifest, PackedRecord
from hocba_core.testing.pki import Identity
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers
from hocba_core.transcript.record import read_skeleton
from hocba_core.xades.embed import embed
from hocba_core.xades.prepare import prepare


def manifest_of(records: Sequence[bytes], at: datetime, *, event: Event = "NEW", number: int = 1) -> Manifest:
    """`number` makes the package's uuid."""
    return Manifest(
        uuid=str(UUID(int=(0x4000 << 64) | (0x8000 << 48) | (0xF << 40) | number)),
        event=event,
        version=1,
        at=at,
        school_code="99000501",
        school_name=SCHOOL,
        tax_code=TAX_CODE,
        year="2025-2026",
        class_name="9A",
        records=tuple(PackedRecord.of(read_skeleton(record).uuid, record) for record in records),
    )


def sealed_package(signers: Signers, manifest: Manifest, *, seal: Identity | None = None) -> bytes:
    """Sealed at `manifest.at` by the school's certificate, or another."""
    identity = seal or signers.seal
    xml = package.build_manifest(manifest)
    prepared = prepare(package.SLOT, package.references(xml), Certificate.read(identity.certificate), manifest.at)
    value = identity.sign_digest(prepared.digest)
    return package.seal(xml, embed(prepared, value, identity.certificate, identity.chain))
