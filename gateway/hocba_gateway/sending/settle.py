"""What a portal answered, written down: the package, each record, each transcript, and the audit, together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hocba_core.audit import Event
from hocba_core.clock import to_millis
from hocba_core.errors import Nonsense
from hocba_core.portal import Receipt, ReceiptState, RecordOutcome
from hocba_core.workflow.states import Delivery
from sqlalchemy import select, update

from hocba_gateway.signing.job import FREE
from hocba_gateway.signing.states import PackageState
from hocba_gateway.store.schema import package_records, packages, transcripts
from hocba_gateway.store.store import Tx

_OUT = (Delivery.SENDING.value, Delivery.WAITING.value)
"""workflow.table: only these may become sent or refused."""
_CODE_CHARS = 40
_ID_CHARS = 100


def outcomes_of(receipt: Receipt, records: Sequence[str]) -> tuple[RecordOutcome, ...]:
    """One for each record of the package, once the portal has decided; none before.

    Raises Nonsense for a receipt that is silent about a record but not about others, or whose id is of no use.
    """
    waits = receipt.state is ReceiptState.WAITING
    if len(receipt.id) > _ID_CHARS or (waits and not receipt.id):
        raise Nonsense(what="receipt_id")
    if waits:
        return ()
    if receipt.state is ReceiptState.REFUSED:
        said = {one.uuid: one for one in receipt.records if not one.accepted}
        whole = (receipt.code, receipt.message)
        return tuple(said.get(uuid, RecordOutcome(uuid, False, *whole)) for uuid in records)
    if not receipt.records:
        return tuple(RecordOutcome(uuid, True) for uuid in records)
    said = {one.uuid: one for one in receipt.records}
    if any(uuid not in said for uuid in records):
        raise Nonsense(what="receipt_lacks_a_record")
    return tuple(said[uuid] for uuid in records)


async def change(tx: Tx, package_id: str, owner: str, **values: Any) -> bool:
    """False when `owner` no longer holds its lease."""
    mine = packages.c.lease_owner == owner
    done = await tx.execute(update(packages).where(tx.of(packages), packages.c.id == package_id, mine).values(**values))
    return done.rowcount == 1


async def still_waits(tx: Tx, row: Any, owner: str, receipt: Receipt, next_at: int, tries: int) -> None:
    """Taken, not decided. `tries` counts the questions."""
    first = row.state == PackageState.SENDING
    values = {"state": PackageState.WAITING, "receipt_id": receipt.id, "receipt": _kept(receipt), "next_at": next_at}
    if not await change(tx, row.id, owner, tries=tries, **values, **FREE) or not first:
        return
    inside = select(package_records.c.transcript_id).where(
        tx.of(package_records), package_records.c.package_id == row.id
    )
    await tx.execute(
        update(transcripts)
        .where(tx.of(transcripts), transcripts.c.id.in_(inside), transcripts.c.delivery.in_(_OUT))
        .values(delivery=Delivery.WAITING.value)
    )
    await tx.audit(Event.PACKAGE_SENT, {"package": row.id, "sha256": row.sealed, "receipt": receipt.id})


async def settle(tx: Tx, row: Any, owner: str, receipt: Receipt, outcomes: Sequence[RecordOutcome]) -> None:
    """The end: nothing happens to this package any more."""
    over = {"state": PackageState.DONE, "receipt_id": receipt.id or None, "receipt": _kept(receipt), "next_at": None}
    if not await change(tx, row.id, owner, tries=0, **over, **FREE):
        return
    at = to_millis(receipt.at)
    for outcome in outcomes:
        await _record(tx, row.id, outcome)
        if not outcome.accepted:
            reason = outcome.message or outcome.code or receipt.message or receipt.code
            await _transcripts(tx, [outcome.uuid], Delivery.REFUSED, at, reason)
    accepted = [outcome.uuid for outcome in outcomes if outcome.accepted]
    await _transcripts(tx, accepted, Delivery.SENT, at, None)
    if row.state == PackageState.SENDING and receipt.id:
        await tx.audit(Event.PACKAGE_SENT, {"package": row.id, "sha256": row.sealed, "receipt": receipt.id})
    await tx.audit(
        Event.PACKAGE_ANSWERED,
        {
            "package": row.id,
            "receipt": receipt.id,
            "state": receipt.state.value,
            "code": receipt.code,
            "accepted": accepted,
            "refused": [[one.uuid, one.code] for one in outcomes if not one.accepted],
        },
    )


def _kept(receipt: Receipt) -> dict[str, str]:
    """Outcomes of records stand in their own rows."""
    return {
        "state": receipt.state.value,
        "at": receipt.at.isoformat(),
        "code": receipt.code,
        "message": receipt.message,
    }


async def _record(tx: Tx, package_id: str, outcome: RecordOutcome) -> None:
    here = (package_records.c.package_id == package_id) & (package_records.c.transcript_id == outcome.uuid)
    values = {"accepted": outcome.accepted, "code": outcome.code[:_CODE_CHARS], "message": outcome.message}
    await tx.execute(update(package_records).where(tx.of(package_records), here).values(**values))


async def _transcripts(tx: Tx, ids: Sequence[str], delivery: Delivery, at: int, reason: str | None) -> None:
    if ids:
        await tx.execute(
            update(transcripts)
            .where(tx.of(transcripts), transcripts.c.id.in_(ids), transcripts.c.delivery.in_(_OUT))
            .values(delivery=delivery.value, delivered_at=at, delivery_reason=reason)
        )
