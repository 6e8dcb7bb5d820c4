"""A person pressed Ký: what will be signed is stored with its digests, and audited, before anyone is asked.

Nothing here talks to a vendor; the loop takes the stored requests from the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from hocba_core.audit import Event
from hocba_core.errors import CertificateRefused, Conflict, HocbaError, NotFound, NotYourTurn
from hocba_core.transcript.record import assemble
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.turn import Signer, check_signer, check_turn
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.load import (
    Loaded,
    SigningAccount,
    load_account,
    load_signatures,
    load_signer,
    load_skeletons,
    load_transcripts,
)
from hocba_gateway.signing.plan import (
    LEADER,
    Planned,
    add_faces,
    check_certificate,
    plan_package,
    plan_slot,
    split,
    title_of,
)
from hocba_gateway.signing.states import PACKAGE, TOKEN, TOKEN_LIVES, AttemptState, RequestState
from hocba_gateway.store import kill
from hocba_gateway.store.schema import (
    attempts,
    classes,
    confirmations,
    items,
    packages,
    pupils,
    requests,
    slots,
    transcripts,
)
from hocba_gateway.store.store import Scope, Tx

TOKEN_ITEMS = 200
"""Items of one agent job: some three minutes on a slow token, then the page fetches the next."""


@dataclass(frozen=True, slots=True)
class SignCommand:
    key: str
    """One-time key that the page made; the same key is the same press."""
    actor: str
    """accounts.id, for the audit."""
    person: str
    """people.id of who pressed."""
    may_seal: bool
    account: str
    """signing_accounts.id."""
    kind: str
    """A SlotKind's value, or "goi" to seal packages."""
    subjects: tuple[str, ...]
    """transcripts.id, or packages.id."""
    session: str | None = None
    """provider_sessions.id; None for a token."""


@dataclass(frozen=True, slots=True)
class Left:
    """A transcript or package that was left out, and why."""

    subject: str
    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Pressed:
    confirmation: str
    requests: tuple[str, ...]
    """Each is one confirmation on the phone, or one job for the agent."""
    taken: tuple[str, ...]
    left: tuple[Left, ...] = field(default=())


async def press(desk: Desk, scope: Scope, command: SignCommand) -> Pressed:
    """Raises NotYourTurn or CertificateRefused when nothing at all may be signed, Conflict(state="key_used").

    What cannot be signed is named in `left`; the rest goes on.
    """
    for _ in range(3):
        if found := await _pressed_before(scope, command):
            return found
        try:
            return await _press(desk, scope, command)
        except IntegrityError:
            continue  # the same key, or the same slot, in the same moment: look again
    raise Conflict(state="busy", needs="again")


async def _press(desk: Desk, scope: Scope, command: SignCommand) -> Pressed:
    at = scope.store.clock()
    async with scope.read() as tx:
        account = await load_account(tx, command.account)
        signer = await load_signer(tx, command.person, may_seal=command.may_seal)
        taken = await _alive(tx, command)
    if command.kind == PACKAGE:
        planned, left = await _plan_packages(desk, scope, command, account, signer, at)
    else:
        planned, left = await _plan_transcripts(desk, scope, command, account, signer, at)
    left += [_asked(plan.subject, taken[plan.subject]) for plan in planned if plan.subject in taken]
    planned = [plan for plan in planned if plan.subject not in taken]
    if not planned:
        raise _refusal(left)
    source = account.provider or TOKEN
    limit: int | None = TOKEN_ITEMS
    if account.provider:
        provider = await desk.providers.get(scope, account.rules.year, account.provider)
        limit = provider.can.batch_limit
    batches = list(split(planned, limit))
    blobs = [item.blob for plan in planned for item in plan.items if item.blob is not None]
    names = dict(zip(blobs, await scope.blobs.put_all(blobs), strict=True))
    async with scope.write() as tx:
        stale = await _changed(tx, command, [plan.subject for plan in planned])
        if stale:
            raise Conflict(state="changed", needs="again")
        pressed = await _store(tx, command, account, source, batches, names)
    kill.point("after-intent")
    return Pressed(pressed.confirmation, pressed.requests, pressed.taken, tuple(left))


async def _plan_transcripts(
    desk: Desk, scope: Scope, command: SignCommand, account: SigningAccount, signer: Signer, at: datetime
) -> tuple[list[Planned], list[Left]]:
    kind = SlotKind(command.kind)
    async with scope.read() as tx:
        loaded = await load_transcripts(tx, command.subjects)
        titles = await _titles(tx, command.subjects)
        seal = kind is SlotKind.SEAL
        signatures = await load_signatures(tx, command.subjects) if seal else {}
    skeletons = await load_skeletons(scope, [one.row.skeleton for one in loaded.values()])
    planned: list[Planned] = []
    left: list[Left] = []
    for subject in dict.fromkeys(command.subjects):
        try:
            if subject not in loaded:
                raise NotFound(kind="transcript")
            one = loaded[subject]
            skeleton = skeletons[one.row.skeleton]
            for slot in _own_slots(one, kind, signer):
                check_turn(one.state, slot, signer, account.rules, one.row.year, at)
                check_certificate(account, skeleton.slot(slot).number, desk.trust, at)
                leader = signatures.get(subject, {}).get(LEADER)
                planned.append(plan_slot(skeleton, one, slot, account, titles[subject], at, leader))
        except (NotFound, NotYourTurn, CertificateRefused) as error:
            left.append(Left(subject, error.code, error.facts))
    if seal and planned:
        records = {
            plan.subject: assemble(skeletons[loaded[plan.subject].row.skeleton], signatures[plan.subject])
            for plan in planned
        }
        planned = await add_faces(planned, records, desk.face, account, at)
    return planned, left


def _own_slots(loaded: Loaded, kind: SlotKind, signer: Signer) -> list[str]:
    """The person's slots of that kind; when there is none, any, so that the refusal says why."""
    of_kind = [slot for slot in loaded.state.slots if slot.kind is kind]
    own = [slot.id for slot in of_kind if kind is SlotKind.SEAL or slot.person == signer.person]
    if own:
        return own
    if not of_kind:
        raise NotYourTurn(reason="no_such_slot", mend="")
    return [of_kind[0].id]


async def _plan_packages(
    desk: Desk, scope: Scope, command: SignCommand, account: SigningAccount, signer: Signer, at: datetime
) -> tuple[list[Planned], list[Left]]:
    async with scope.read() as tx:
        rows = await tx.rows(
            select(packages, classes.c.name, classes.c.year).where(
                tx.of(packages),
                tx.of(classes),
                packages.c.class_id == classes.c.id,
                packages.c.id.in_(command.subjects),
            )
        )
    manifests = await scope.blobs.get_all([row.manifest for row in rows])
    planned: list[Planned] = []
    left: list[Left] = []
    for row in rows:
        try:
            check_signer(signer, account.rules, row.year, at)
            if not signer.may_seal:
                raise NotYourTurn(reason="no_seal_right", mend="")
            if account.rules.owner is not None:
                raise NotYourTurn(reason="personal_certificate", mend="")
            if row.state != "seal":
                raise NotYourTurn(reason="already_signed", mend="")
            check_certificate(account, "", desk.trust, at)
        except (NotYourTurn, CertificateRefused) as error:
            left.append(Left(row.id, error.code, error.facts))
            continue
        digest = desk.manifests.digest(manifests[row.manifest])
        planned.append(plan_package(row.id, PACKAGE, digest, account, f"Gói {row.name}", at))
    left += [
        Left(subject, NotFound.code, {"kind": "package"})
        for subject in set(command.subjects) - {row.id for row in rows}
    ]
    return planned, left


async def _titles(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    rows = await tx.rows(
        select(transcripts.c.id, classes.c.name.label("class_name"), pupils.c.position, pupils.c.name).where(
            tx.of(transcripts),
            tx.of(classes),
            tx.of(pupils),
            transcripts.c.class_id == classes.c.id,
            transcripts.c.pupil_id == pupils.c.id,
            transcripts.c.id.in_(ids),
        )
    )
    return {row.id: title_of(row.class_name, row.position, row.name) for row in rows}


async def _alive(tx: Tx, command: SignCommand) -> dict[str, str]:
    """Subject -> confirmation, of those that this kind of slot is being asked for already, by this person."""
    rows = await tx.rows(
        select(attempts.c.subject_id, requests.c.confirmation_id)
        .join_from(
            attempts,
            requests,
            (attempts.c.request_id == requests.c.id) & (attempts.c.school_id == requests.c.school_id),
        )
        .join(
            confirmations,
            (requests.c.confirmation_id == confirmations.c.id) & (requests.c.school_id == confirmations.c.school_id),
        )
        .where(
            tx.of(attempts),
            attempts.c.state == AttemptState.ALIVE,
            attempts.c.subject_id.in_(command.subjects),
            confirmations.c.slot_kind == command.kind,
            (confirmations.c.person_id == command.person) | (command.kind not in (SlotKind.GVBM,)),
        )
    )
    return {row.subject_id: row.confirmation_id for row in rows}


def _asked(subject: str, confirmation: str) -> Left:
    return Left(subject, Conflict.code, {"state": "asked_already", "confirmation": confirmation})


def _refusal(left: Sequence[Left]) -> HocbaError:
    """The first reason, when nothing may be signed."""
    if not left:
        return NotFound(kind="transcript")
    kinds: dict[str, type[HocbaError]] = {
        kind.code: kind for kind in (NotFound, NotYourTurn, CertificateRefused, Conflict)
    }
    first = left[0]
    return kinds[first.code](**first.facts)


async def _changed(tx: Tx, command: SignCommand, subjects: Sequence[str]) -> bool:
    """Did anything that the plan was made from change since it was read?"""
    if command.kind == PACKAGE:
        row = await tx.row(
            select(packages.c.id).where(tx.of(packages), packages.c.id.in_(subjects), packages.c.state != "seal")
        )
        return row is not None
    stopped = select(transcripts.c.id).where(
        tx.of(transcripts),
        transcripts.c.id.in_(subjects),
        (transcripts.c.life != "live") | transcripts.c.hold_by.is_not(None),
    )
    mine = slots.c.kind == command.kind
    if command.kind == SlotKind.GVBM:
        mine = mine & (slots.c.person_id == command.person)
    signed = select(slots.c.transcript_id).where(
        tx.of(slots), slots.c.transcript_id.in_(subjects), mine, slots.c.signature.is_not(None)
    )
    return await tx.row(stopped.limit(1)) is not None or await tx.row(signed.limit(1)) is not None


async def _store(
    tx: Tx,
    command: SignCommand,
    account: SigningAccount,
    source: str,
    batches: Sequence[Sequence[Planned]],
    blobs: Mapping[bytes, str],
) -> Pressed:
    now = tx.now()
    confirmation = str(uuid4())
    await tx.insert(
        confirmations,
        [
            {
                "id": confirmation,
                "key": command.key,
                "person_id": command.person,
                "slot_kind": command.kind,
                "account_id": account.id,
                "state": "open",
                "created_at": now,
            }
        ],
    )
    token = source == TOKEN
    lives = int(TOKEN_LIVES.total_seconds() * 1000)
    request_rows: list[dict[str, Any]] = []
    attempt_rows: list[dict[str, Any]] = []
    item_rows: list[dict[str, Any]] = []
    for number, batch in enumerate(batches, 1):
        request = str(uuid4())
        request_rows.append(
            {
                "id": request,
                "confirmation_id": confirmation,
                "number": number,
                "source": source,
                "session_id": command.session,
                "state": RequestState.WAITING if token else RequestState.NEW,
                "needs": "pin" if token else None,
                "expires_at": now + lives if token else None,
                "asked_at": now if token else None,
                "next_at": now + lives if token else now,
            }
        )
        for plan in batch:
            attempt = str(uuid4())
            attempt_rows.append(
                {
                    "id": attempt,
                    "request_id": request,
                    "subject_id": plan.subject,
                    "slot": plan.slot,
                    "state": AttemptState.ALIVE,
                }
            )
            item_rows += [
                {
                    "id": str(uuid4()),
                    "attempt_id": attempt,
                    "kind": item.kind,
                    "title": item.title,
                    "digest": item.digest,
                    "prepared": item.prepared,
                    "prepared_blob": blobs[item.blob] if item.blob is not None else None,
                }
                for item in plan.items
            ]
    await tx.insert(requests, request_rows)
    await tx.insert(attempts, attempt_rows)
    await tx.insert(items, item_rows)
    await tx.audit(
        Event.INTENT,
        {
            "confirmation": confirmation,
            "kind": command.kind,
            "source": source,
            "fingerprint": account.certificate.fingerprint,
            "items": [
                [plan.subject, plan.slot, *(item.digest.hex() for item in plan.items)]
                for batch in batches
                for plan in batch
            ],
        },
        command.actor,
    )
    taken = tuple(plan.subject for batch in batches for plan in batch)
    return Pressed(confirmation, tuple(row["id"] for row in request_rows), taken)


async def _pressed_before(scope: Scope, command: SignCommand) -> Pressed | None:
    """What the same key did the first time. Raises Conflict when it was another press."""
    async with scope.read() as tx:
        row = await tx.row(select(confirmations).where(tx.of(confirmations), confirmations.c.key == command.key))
        if row is None:
            return None
        if (row.person_id, row.slot_kind, row.account_id) != (command.person, command.kind, command.account):
            raise Conflict(state="key_used", needs="new_key")
        found = await tx.rows(
            select(requests.c.id, attempts.c.subject_id)
            .join_from(
                requests,
                attempts,
                (attempts.c.request_id == requests.c.id) & (attempts.c.school_id == requests.c.school_id),
            )
            .where(tx.of(requests), requests.c.confirmation_id == row.id)
            .order_by(requests.c.number)
        )
    return Pressed(row.id, tuple(dict.fromkeys(one.id for one in found)), tuple(one.subject_id for one in found))
