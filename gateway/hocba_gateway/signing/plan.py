"""What will be signed, planned before anyone is asked: pure but for the PDF's rendering."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from hocba_core.errors import CertificateRefused, OurFault, Refused
from hocba_core.transcript.record import LEADER, Skeleton
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import Role, TrustStore
from hocba_core.xades.prepare import Reference, prepare

from hocba_gateway.signing.desk import Face
from hocba_gateway.signing.load import Loaded, SigningAccount


@dataclass(frozen=True, slots=True)
class PlannedItem:
    kind: str
    """xml or pdf."""
    title: str
    digest: bytes
    prepared: bytes = field(repr=False)
    blob: bytes | None = field(default=None, repr=False)
    """The PDF with its hole."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One attempt: a slot of a transcript, or the seal of a package, with everything to be signed for it."""

    subject: str
    slot: str
    items: tuple[PlannedItem, ...]


def check_certificate(account: SigningAccount, role: Role, trust: TrustStore, now: datetime) -> None:
    """Early what would fail at the end: purpose and trust. Raises CertificateRefused(reason)."""
    certificate = account.certificate
    if not certificate.may_sign or certificate.key_kind is None:
        raise CertificateRefused(reason="usage")
    if not trust.judge(role, certificate.der, account.chain, now).trusted:
        raise CertificateRefused(reason="ca_not_allowed")
    if role is Role.SEAL and not certificate.tax_code:
        raise CertificateRefused(reason="personal")


def check_owner(account: SigningAccount, number: str) -> None:
    """`number`: who must sign, as the record says; "" for a seal. Raises CertificateRefused(reason)."""
    if number and account.certificate.personal_number != number:
        raise CertificateRefused(reason="not_own")


def plan_slot(
    skeleton: Skeleton,
    loaded: Loaded,
    slot_id: str,
    account: SigningAccount,
    title: str,
    at: datetime,
    leader: bytes | None,
) -> Planned:
    """The XML item. `leader`: the leader's ds:Signature, for a seal."""
    slot = skeleton.slot(slot_id)
    if slot.kind in (SlotKind.GVBM, SlotKind.GVCN):
        target = loaded.slots[slot_id].target_digest
    else:
        target = loaded.row.data_digest
    if target is None:
        raise OurFault(what="not_frozen", slot=slot_id)
    references = [Reference(slot.covers, bytes(target))]
    if slot.kind is SlotKind.SEAL:
        assert leader is not None, "the leader signs before the seal"
        references.append(Reference(f"sig-{LEADER}", sha256(leader).digest()))
    prepared = prepare(slot_id, references, account.certificate, at)
    return Planned(loaded.row.id, slot_id, (PlannedItem("xml", title, prepared.digest, prepared.to_bytes()),))


def plan_package(identity: str, slot: str, digest: bytes, account: SigningAccount, title: str, at: datetime) -> Planned:
    prepared = prepare(slot, [Reference(slot, digest)], account.certificate, at)
    return Planned(identity, slot, (PlannedItem("xml", title, prepared.digest, prepared.to_bytes()),))


async def add_faces(
    planned: Sequence[Planned],
    records: Mapping[str, bytes],
    face: Face,
    account: SigningAccount,
    at: datetime,
) -> list[Planned]:
    """Each seal gets its second item, the PDF of `records[subject]`."""

    async def one(plan: Planned) -> Planned:
        made = await face.prepare(records[plan.subject], account.certificate, account.chain, at)
        item = PlannedItem("pdf", f"{plan.items[0].title} PDF", made.digest, made.to_bytes(), made.pdf)
        return Planned(plan.subject, plan.slot, (*plan.items, item))

    return list(await asyncio.gather(*(one(plan) for plan in planned)))


def split(planned: Iterable[Planned], limit: int | None) -> Iterator[list[Planned]]:
    """Requests of at most `limit` items; the items of one attempt stay together.

    Raises Refused(reason="batch_limit") where the vendor cannot take one attempt whole.
    """
    batch: list[Planned] = []
    size = 0
    for plan in planned:
        count = len(plan.items)
        if limit is not None and count > limit:
            raise Refused(reason="batch_limit", limit=limit)
        if batch and limit is not None and size + count > limit:
            yield batch
            batch, size = [], 0
        batch.append(plan)
        size += count
    if batch:
        yield batch


def title_of(class_name: str, position: int, name: str) -> str:
    """What a phone may show of a pupil: class, number and initials, never the whole name."""
    return f"{class_name} {position:02d} {initials(name)}"


def initials(name: str) -> str:
    return "".join(f"{word[0]}." for word in name.split())
