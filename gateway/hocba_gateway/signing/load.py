"""Rows -> the values that core's rules speak of: a transcript's state, who signs, with what."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from hocba_core.certificate import Certificate
from hocba_core.clock import from_millis
from hocba_core.errors import NotFound
from hocba_core.provider import Credential
from hocba_core.transcript.record import Skeleton, read_skeleton
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.accounts import AccountState, Method
from hocba_core.workflow.states import Delivery, Life, SlotState, TranscriptState
from hocba_core.workflow.turn import Account, Signer
from sqlalchemy import select

from hocba_gateway.store.schema import people, signing_accounts, slots, transcripts
from hocba_gateway.store.store import Scope, Store, Tx


@dataclass(frozen=True, slots=True)
class Loaded:
    """One transcript with its slots, but without their signatures, which are many bytes."""

    row: Any = field(repr=False)
    slots: Mapping[str, Any] = field(repr=False)
    """Slot -> row of _LIGHT, in the order of the route; `signed` instead of `signature`."""
    state: TranscriptState


_ROUTE = {kind.value: number for number, kind in enumerate(SlotKind)}
_LIGHT = (
    slots.c.transcript_id,
    slots.c.slot,
    slots.c.kind,
    slots.c.person_id,
    slots.c.target_digest,
    slots.c.signed_at,
    slots.c.signature.is_not(None).label("signed"),
)


@lru_cache(maxsize=256)
def _slot_order(kind: str, slot: str) -> tuple[int, int]:
    number = slot.rpartition("-")[2]
    return _ROUTE[kind], int(number) if number.isdigit() else 0


@lru_cache(maxsize=4096)
def _slot_state(slot: str, kind: str, person: str | None, signed: bool) -> SlotState:
    """The pupils of a class have the same signers: one object serves them all."""
    return SlotState(slot, SlotKind(kind), person, signed)


async def load_transcripts(tx: Tx, ids: Sequence[str], *, lock: bool = False) -> dict[str, Loaded]:
    """By id; unknown ids are absent. `lock`: nobody else changes them until this transaction ends."""
    wanted = select(transcripts).where(tx.of(transcripts), transcripts.c.id.in_(ids)).order_by(transcripts.c.id)
    rows = await tx.rows(wanted.with_for_update() if lock else wanted)
    found = await tx.rows(select(*_LIGHT).where(tx.of(slots), slots.c.transcript_id.in_(ids)))
    by_transcript: dict[str, list[Any]] = {}
    for slot in found:
        by_transcript.setdefault(slot.transcript_id, []).append(slot)
    loaded = {}
    for row in rows:
        own = sorted(by_transcript.get(row.id, ()), key=lambda slot: _slot_order(slot.kind, slot.slot))
        loaded[row.id] = Loaded(row, {slot.slot: slot for slot in own}, state_of(row, own))
    return loaded


@dataclass(frozen=True, slots=True)
class Target:
    """What a signature of one transcript must cover, as it stands now."""

    skeleton: str
    """Name of its blob."""
    live: bool
    digests: Mapping[str, bytes | None] = field(repr=False)
    """Of the slots that were asked for, those that are still empty; None from the leader's on."""


async def load_targets(tx: Tx, ids: Sequence[str], wanted: Sequence[str], *, lock: bool = False) -> dict[str, Target]:
    """A few columns of many transcripts: this runs for every signature. `lock` as in load_transcripts()."""
    t = transcripts.c
    query = select(t.id, t.skeleton, t.life).where(tx.of(transcripts), t.id.in_(ids)).order_by(t.id)
    rows = await tx.rows(query.with_for_update() if lock else query)
    empty = await tx.rows(
        select(slots.c.transcript_id, slots.c.slot, slots.c.target_digest).where(
            tx.of(slots), slots.c.transcript_id.in_(ids), slots.c.slot.in_(wanted), slots.c.signature.is_(None)
        )
    )
    digests: dict[str, dict[str, bytes | None]] = {row.id: {} for row in rows}
    for row in empty:
        digests[row.transcript_id][row.slot] = row.target_digest
    return {row.id: Target(row.skeleton, row.life == Life.LIVE, digests[row.id]) for row in rows}


async def load_signatures(tx: Tx, ids: Sequence[str]) -> dict[str, dict[str, bytes]]:
    """Transcript -> slot -> ds:Signature element, of the slots that are signed."""
    rows = await tx.rows(
        select(slots.c.transcript_id, slots.c.slot, slots.c.signature).where(
            tx.of(slots), slots.c.transcript_id.in_(ids), slots.c.signature.is_not(None)
        )
    )
    found: dict[str, dict[str, bytes]] = {identity: {} for identity in ids}
    for row in rows:
        found[row.transcript_id][row.slot] = row.signature
    return found


def state_of(row: Any, own: Iterable[Any]) -> TranscriptState:
    return TranscriptState(
        slots=tuple(_slot_state(slot.slot, slot.kind, slot.person_id, bool(slot.signed)) for slot in own),
        life=Life(row.life),
        held=row.hold_by is not None,
        completed=row.completed_at is not None,
        delivery=Delivery(row.delivery),
    )


@dataclass(frozen=True, slots=True)
class SigningAccount:
    """The account that was chosen, as rules and vendor need it."""

    id: str
    rules: Account
    provider: str | None
    """None: a token."""
    certificate: Certificate
    chain: tuple[bytes, ...] = field(repr=False)
    credential_ref: str = field(repr=False)

    @property
    def credential(self) -> Credential:
        kind = self.certificate.key_kind
        assert kind is not None, "no account is approved whose key may not sign"
        return Credential(self.credential_ref, self.certificate.der, self.chain, kind, usable=True)


async def load_account(tx: Tx, account_id: str) -> SigningAccount:
    """Raises NotFound(kind="signing_account")."""
    row = await tx.row(select(signing_accounts).where(tx.of(signing_accounts), signing_accounts.c.id == account_id))
    if row is None:
        raise NotFound(kind="signing_account")
    rules = Account(
        AccountState(row.state), row.year, from_millis(row.not_before), from_millis(row.not_after), row.person_id
    )
    return SigningAccount(
        id=row.id,
        rules=rules,
        provider=row.provider if row.method == Method.REMOTE else None,
        certificate=Certificate.read(row.certificate),
        chain=tuple(b64decode(text) for text in row.chain),
        credential_ref=row.credential_ref or "",
    )


async def load_signer(tx: Tx, person_id: str, *, may_seal: bool) -> Signer:
    """Raises NotFound(kind="person")."""
    row = await tx.row(select(people.c.status).where(tx.of(people), people.c.id == person_id))
    if row is None:
        raise NotFound(kind="person")
    return Signer(person_id, row.status, may_seal)


_skeletons: dict[str, Skeleton] = {}
"""Parsed, by the name of their blob, which is their digest: they never change."""
_reading: WeakKeyDictionary[Store, asyncio.Lock] = WeakKeyDictionary()
"""The teachers of a class press at about the same time: one reads its skeletons, the others wait for them."""
_MOST = 1024
"""Some 30 kB each."""


async def load_skeletons(scope: Scope, names: Iterable[str]) -> dict[str, Skeleton]:
    """By the name of the blob; those of the classes that are being signed stay in memory."""
    wanted = set(names)
    async with _reading.setdefault(scope.store, asyncio.Lock()):
        missing = wanted.difference(_skeletons)
        if len(_skeletons) + len(missing) > _MOST:
            _skeletons.clear()
            missing = wanted
        for name, xml in (await scope.blobs.get_all(missing)).items() if missing else ():
            _skeletons[name] = read_skeleton(xml)
        return {name: _skeletons[name] for name in wanted}
