"""Class packages out of what is completed and signed: cut, built, stored, audited. Nothing is sent here."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from hocba_core.audit import Event
from hocba_core.errors import Conflict, NotFound
from hocba_core.package import MAX_RECORDS, Manifest, PackedRecord, build_manifest
from hocba_core.portal import PortalCapabilities
from hocba_core.workflow.states import Delivery, Life
from hocba_core.workflow.table import Action, may
from sqlalchemy import select, update

from hocba_gateway.school.profile import SchoolProfile
from hocba_gateway.school.profile_row import require_profile
from hocba_gateway.sending.window import require_window
from hocba_gateway.signing.command import Left
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.load import Loaded, load_transcripts
from hocba_gateway.signing.states import PackageState
from hocba_gateway.store.schema import classes, package_records, packages, pupils, transcripts
from hocba_gateway.store.store import Scope, Tx
from hocba_gateway.store.table import refers

_TRIES = 3


@dataclass(frozen=True, slots=True)
class MadePackage:
    id: str
    transcripts: tuple[str, ...]
    """In the order of the class's list."""


@dataclass(frozen=True, slots=True)
class Made:
    packages: tuple[MadePackage, ...]
    needs_seal: bool
    """They wait for whoever holds the school's token; else they are on their way."""
    left: tuple[Left, ...] = ()
    """Live transcripts of the class that are in none of them, and why: facts["reason"] is the workflow's code."""


@dataclass(frozen=True, slots=True)
class _Draft:
    id: str
    version: int
    records: Mapping[str, str]
    """transcripts.id -> blob of the record, in the order of the list."""
    manifest: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True)
class _Class:
    row: Any = field(repr=False)
    school: SchoolProfile
    ready: Sequence[Loaded] = field(repr=False)
    left: tuple[Left, ...]


async def make_packages(desk: Desk, scope: Scope, class_id: str, actor: str, *, portal_can: PortalCapabilities) -> Made:
    """What of the class may be sent now goes into packages, in the order of its list. `actor`: accounts.id.

    A transcript goes into one package at a time, so pressing twice makes them once; after a refusal it may go again.
    Raises Conflict(state="before_window" | "after_window", …), NotFound(kind="class"), Incomplete.
    """
    for _ in range(_TRIES):
        async with scope.read() as tx:
            await require_window(tx)
            found = await _load(tx, class_id)
        drafts = await _built(scope, found, min(portal_can.records_per_package, MAX_RECORDS), desk.store.clock())
        names = await scope.blobs.put_all([draft.manifest for draft in drafts])
        async with scope.write() as tx:
            if await _still_ready(tx, found.ready):
                for draft, name in zip(drafts, names, strict=True):
                    await _store(tx, class_id, draft, name, actor, portal_can.sealed_packages)
                made = tuple(MadePackage(draft.id, tuple(draft.records)) for draft in drafts)
                return Made(made, portal_can.sealed_packages, found.left)
    raise Conflict(state="busy", needs="again")  # somebody else works on the class in the same moment


async def _load(tx: Tx, class_id: str) -> _Class:
    row = await tx.row(select(classes).where(tx.of(classes), classes.c.id == class_id))
    if row is None:
        raise NotFound(kind="class")
    school = await require_profile(tx)
    same = refers(transcripts.c.pupil_id, pupils)
    listed = await tx.rows(
        select(transcripts.c.id)
        .join_from(transcripts, pupils, same)
        .where(tx.of(transcripts), transcripts.c.class_id == class_id, transcripts.c.life == Life.LIVE.value)
        .order_by(pupils.c.position, pupils.c.id)
    )
    loaded = await load_transcripts(tx, [one.id for one in listed])
    in_order = [loaded[one.id] for one in listed]
    refused = {one.row.id: reason for one in in_order if (reason := may(Action.SEND, one.state))}
    left = tuple(
        Left(one, Conflict.code, {"action": Action.SEND.value, "reason": reason}) for one, reason in refused.items()
    )
    return _Class(row, school, [one for one in in_order if one.row.id not in refused], left)


async def _built(scope: Scope, found: _Class, limit: int, now: datetime) -> list[_Draft]:
    drafts = list(_cut(found.ready, limit))
    files = await scope.blobs.get_all(name for draft in drafts for name in draft.records.values())

    def build(draft: _Draft) -> _Draft:
        manifest = Manifest(
            uuid=draft.id,
            event="NEW" if draft.version == 1 else "UPDATE",
            version=draft.version,
            at=now.replace(microsecond=0),
            school_code=found.school.code,
            school_name=found.school.name,
            tax_code=found.school.tax_number,
            year=found.row.year,
            class_name=found.row.name,
            records=tuple(PackedRecord.of(uuid, files[name]) for uuid, name in draft.records.items()),
        )
        return _Draft(draft.id, draft.version, draft.records, build_manifest(manifest))

    return await asyncio.to_thread(lambda: [build(draft) for draft in drafts])


def _cut(ready: Sequence[Loaded], limit: int) -> Iterator[_Draft]:
    """A package has one PHIEN_BAN, so records of different versions go apart."""
    by_version: dict[int, dict[str, str]] = defaultdict(dict)
    for one in ready:
        by_version[one.row.version][one.row.id] = one.row.record
    for version, records in sorted(by_version.items()):
        listed = list(records.items())
        for start in range(0, len(listed), limit):
            yield _Draft(str(uuid4()), version, dict(listed[start : start + limit]))


async def _still_ready(tx: Tx, ready: Sequence[Loaded]) -> bool:
    """Nothing that goes into a package has changed since it was read. Locks them."""
    now = await load_transcripts(tx, [one.row.id for one in ready], lock=True)
    return all(
        (same := now.get(one.row.id)) is not None
        and not may(Action.SEND, same.state)
        and same.row.record == one.row.record
        for one in ready
    )


async def _store(tx: Tx, class_id: str, draft: _Draft, name: str, actor: str, seals: bool) -> None:
    row = {
        "id": draft.id,
        "class_id": class_id,
        "event": "NEW" if draft.version == 1 else "UPDATE",
        "version": draft.version,
        "manifest": name,
        "sealed": None if seals else name,
        "state": PackageState.SEAL if seals else PackageState.SENDING,
        "created_by": actor,
        "created_at": tx.now(),
        "next_at": None if seals else tx.now(),
    }
    await tx.insert(packages, [row])
    await tx.insert(package_records, [{"package_id": draft.id, "transcript_id": one} for one in draft.records])
    delivery = Delivery.SEAL if seals else Delivery.SENDING
    await tx.execute(
        update(transcripts)
        .where(tx.of(transcripts), transcripts.c.id.in_(list(draft.records)))
        .values(delivery=delivery.value, delivered_at=None, delivery_reason=None)
    )
    await tx.audit(
        Event.PACKED,
        {"package": draft.id, "sha256": name, "class": class_id, "transcripts": list(draft.records)},
        actor,
    )
