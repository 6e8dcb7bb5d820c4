"""The intent: everything of a press, written and audited in one transaction before anyone is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from hocba_core.audit import Event
from hocba_core.clock import span_millis
from hocba_core.errors import Conflict
from hocba_core.provider import Approval
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import Life
from sqlalchemy import select

from hocba_gateway.signing.command import Pressed, SignCommand
from hocba_gateway.signing.load import SigningAccount
from hocba_gateway.signing.plan import Planned, PlannedItem
from hocba_gateway.signing.states import (
    PACKAGE,
    TOKEN,
    TOKEN_LIVES,
    AttemptState,
    ConfirmationState,
    PackageState,
    RequestState,
)
from hocba_gateway.store.schema import (
    attempts,
    confirmations,
    items,
    packages,
    requests,
    slots,
    transcripts,
)
from hocba_gateway.store.store import Tx
from hocba_gateway.store.table import refers


async def write_intent(
    tx: Tx,
    command: SignCommand,
    account: SigningAccount,
    source: str,
    batches: Sequence[Sequence[Planned]],
    blobs: Mapping[bytes, str],
) -> Pressed:
    """`source`: a vendor's key, or TOKEN. A batch becomes a request. `blobs`: a prepared PDF's bytes → its name.

    Raises IntegrityError where the key was used, or a slot is being asked for, in the same moment.
    """
    confirmation = str(uuid4())
    request_rows: list[dict[str, Any]] = []
    attempt_rows: list[dict[str, Any]] = []
    item_rows: list[dict[str, Any]] = []
    for number, batch in enumerate(batches, 1):
        request = str(uuid4())
        of = {"id": request, "confirmation_id": confirmation, "number": number, "session_id": command.session}
        request_rows.append(of | _begins(source, tx.now()))
        for plan in batch:
            attempt = str(uuid4())
            row = {"id": attempt, "request_id": request, "state": AttemptState.ALIVE}
            attempt_rows.append(row | {"subject_id": plan.subject, "slot": plan.slot})
            item_rows += [_item(item, attempt, blobs) for item in plan.items]
    await tx.insert(confirmations, [_confirmation(confirmation, command, account, tx.now())])
    await tx.insert(requests, request_rows)
    await tx.insert(attempts, attempt_rows)
    await tx.insert(items, item_rows)
    plans = [plan for batch in batches for plan in batch]
    facts = {
        "confirmation": confirmation,
        "kind": command.kind,
        "source": source,
        "fingerprint": account.certificate.fingerprint,
        "items": [[plan.subject, plan.slot, *(item.digest.hex() for item in plan.items)] for plan in plans],
    }
    await tx.audit(Event.INTENT, facts, command.actor)
    return Pressed(confirmation, tuple(row["id"] for row in request_rows), tuple(plan.subject for plan in plans))


def _confirmation(identity: str, command: SignCommand, account: SigningAccount, now: int) -> dict[str, Any]:
    return {
        "id": identity,
        "key": command.key,
        "person_id": command.person,
        "slot_kind": command.kind,
        "account_id": account.id,
        "state": ConfirmationState.OPEN,
        "created_at": now,
    }


def _begins(source: str, now: int) -> dict[str, Any]:
    """A vendor is asked by the loop, now. A token's page fetches the job; the loop only ends what nobody finished."""
    if source != TOKEN:
        return {
            "source": source, "state": RequestState.NEW, "needs": None,
            "asked_at": None, "expires_at": None, "next_at": now,
        }  # fmt: skip
    over = now + span_millis(TOKEN_LIVES)
    return {
        "source": TOKEN, "state": RequestState.WAITING, "needs": Approval.PIN,
        "asked_at": now, "expires_at": over, "next_at": over,
    }  # fmt: skip


def _item(item: PlannedItem, attempt: str, blobs: Mapping[bytes, str]) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "attempt_id": attempt,
        "kind": item.kind,
        "title": item.title,
        "digest": item.digest,
        "prepared": item.prepared,
        "prepared_blob": blobs[item.blob] if item.blob is not None else None,
    }


async def has_changed(tx: Tx, command: SignCommand, subjects: Sequence[str]) -> bool:
    """Did anything that the plan was made from change since it was read?"""
    if command.kind == PACKAGE:
        row = await tx.row(
            select(packages.c.id).where(
                tx.of(packages), packages.c.id.in_(subjects), packages.c.state != PackageState.SEAL
            )
        )
        return row is not None
    stopped = select(transcripts.c.id).where(
        tx.of(transcripts),
        transcripts.c.id.in_(subjects),
        (transcripts.c.life != Life.LIVE) | transcripts.c.hold_by.is_not(None),
    )
    mine = slots.c.kind == command.kind
    if command.kind == SlotKind.GVBM:
        mine = mine & (slots.c.person_id == command.person)
    signed = select(slots.c.transcript_id).where(
        tx.of(slots), slots.c.transcript_id.in_(subjects), mine, slots.c.signature.is_not(None)
    )
    return await tx.row(stopped.limit(1)) is not None or await tx.row(signed.limit(1)) is not None


async def asked_already(tx: Tx, command: SignCommand) -> dict[str, str]:
    """Subject -> confirmation, of those that are being asked for already: by whomever, but for subject teachers, who
    have a slot each, by this person."""
    rows = await tx.rows(
        select(attempts.c.subject_id, requests.c.confirmation_id)
        .join_from(
            attempts,
            requests,
            refers(attempts.c.request_id, requests),
        )
        .join(
            confirmations,
            refers(requests.c.confirmation_id, confirmations),
        )
        .where(
            tx.of(attempts),
            attempts.c.state == AttemptState.ALIVE,
            attempts.c.subject_id.in_(command.subjects),
            confirmations.c.slot_kind == command.kind,
            (confirmations.c.person_id == command.person) | (command.kind != SlotKind.GVBM),
        )
    )
    return {row.subject_id: row.confirmation_id for row in rows}


async def pressed_before(tx: Tx, command: SignCommand) -> Pressed | None:
    """What the same key did the first time. Raises Conflict when it was another press."""
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
            refers(attempts.c.request_id, requests),
        )
        .where(tx.of(requests), requests.c.confirmation_id == row.id)
        .order_by(requests.c.number)
    )
    return Pressed(row.id, tuple(dict.fromkeys(one.id for one in found)), tuple(one.subject_id for one in found))
