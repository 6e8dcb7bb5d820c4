"""What was made goes on record: signatures, consequences and one audit line, in one transaction per chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from hocba_core.audit import Event
from hocba_core.errors import OurFault
from hocba_core.transcript.route import SlotKind
from sqlalchemy import bindparam, update
from sqlalchemy.exc import DBAPIError

from hocba_gateway.signing.job import Job, attempt_states, end_attempts
from hocba_gateway.signing.load import Target, load_targets
from hocba_gateway.signing.made import Made, Spoiled
from hocba_gateway.signing.states import AttemptState
from hocba_gateway.store.schema import slots, transcripts
from hocba_gateway.store.store import Tx
from hocba_gateway.store.trouble import trouble_of


async def commit(
    tx: Tx, job: Job, made: Sequence[Made], spoiled: Sequence[Spoiled], blobs: Mapping[bytes, str]
) -> None:
    """Runs inside the caller's transaction. What is no longer current becomes an orphan: kept, never embedded."""
    wanted = sorted({one.ready.slot for one in made})
    targets = await load_targets(tx, [one.ready.subject for one in made], wanted, lock=True)
    states = await attempt_states(tx, job.request.id)
    made = [one for one in made if states[one.ready.attempt.id] == AttemptState.ALIVE]
    spoiled = [one for one in spoiled if states[one.ready.attempt.id] == AttemptState.ALIVE]
    current = [one for one in made if _is_current(one, targets)]
    orphans = [one for one in made if not _is_current(one, targets)]
    broken: list[Made] = []
    try:
        async with tx.connection.begin_nested():
            await _write(tx, job, current, blobs)
    except DBAPIError as error:
        if trouble_of(error) is not None:  # the database's, not a row's: the values are kept, and go on record later
            raise
        # one row that the database refuses must not cost the others their signatures
        written = []
        for one in current:
            try:
                async with tx.connection.begin_nested():
                    await _write(tx, job, [one], blobs)
                written.append(one)
            except DBAPIError as error:
                if trouble_of(error) is not None:
                    raise
                broken.append(one)
        current = written
    await end_attempts(tx, [one.ready.attempt.id for one in orphans], AttemptState.ORPHAN)
    for bad in spoiled:
        await end_attempts(tx, [bad.ready.attempt.id], AttemptState.FAILED, bad.error)
    await end_attempts(tx, [one.ready.attempt.id for one in broken], AttemptState.FAILED, OurFault(what="row_refused"))
    await _audit(tx, job, current, orphans, spoiled)


def _is_current(one: Made, targets: Mapping[str, Target]) -> bool:
    """Live, its slot still empty, and what it covers unchanged since the signature was judged.

    A hold does not stop a value that was already asked for; a void does.
    """
    now = targets.get(one.ready.subject)
    if now is None or not now.live or one.ready.slot not in now.digests:
        return False
    if one.block_digest is not None:
        return now.digests[one.ready.slot] == one.block_digest
    return now.skeleton == one.skeleton


async def _write(tx: Tx, job: Job, made: Sequence[Made], blobs: Mapping[bytes, str]) -> None:
    if not made:
        return
    now = tx.now()
    fill = (
        update(slots)
        .where(tx.of(slots), slots.c.transcript_id == bindparam("of_transcript"), slots.c.slot == bindparam("of_slot"))
        .values(
            signature=bindparam("made"),
            signed_at=now,
            signed_by=job.confirmation.person_id,
            fingerprint=job.account.certificate.fingerprint,
            attempt_id=bindparam("of_attempt"),
        )
    )
    rows: list[dict[str, Any]] = [
        {
            "of_transcript": one.ready.subject,
            "of_slot": one.ready.slot,
            "made": one.signature,
            "of_attempt": one.ready.attempt.id,
        }
        for one in made
    ]
    await tx.execute(fill, rows)
    await end_attempts(tx, [one.ready.attempt.id for one in made], AttemptState.SIGNED)
    await _consequences(tx, job.confirmation.slot_kind, made, blobs)


async def _consequences(tx: Tx, kind: str, made: Sequence[Made], blobs: Mapping[bytes, str]) -> None:
    of_transcript = (tx.of(transcripts), transcripts.c.id == bindparam("of_transcript"))
    if kind == SlotKind.GVCN:
        freeze = update(transcripts).where(*of_transcript).values(data_digest=bindparam("digest"))
        await tx.execute(freeze, [{"of_transcript": one.ready.subject, "digest": one.data_digest} for one in made])
    if kind == SlotKind.SEAL:
        files = (
            update(transcripts).where(*of_transcript).values(record=bindparam("of_record"), face=bindparam("of_face"))
        )
        names = [
            {
                "of_transcript": one.ready.subject,
                "of_record": blobs[one.record or b""],
                "of_face": blobs[one.face or b""],
            }
            for one in made
        ]
        await tx.execute(files, names)


async def _audit(tx: Tx, job: Job, made: Sequence[Made], orphans: Sequence[Made], spoiled: Sequence[Spoiled]) -> None:
    if made:
        signed = [[one.ready.subject, one.ready.slot, sha256(one.signature).hexdigest()] for one in made]
        facts = {
            "request": job.request.id,
            "kind": job.confirmation.slot_kind,
            "person": job.confirmation.person_id,
            "fingerprint": job.account.certificate.fingerprint,
            "signed": signed,
        }
        await tx.audit(Event.SIGNED, facts)
    if orphans:
        kept = [[one.ready.subject, one.ready.slot, sha256(one.signature).hexdigest()] for one in orphans]
        await tx.audit(Event.ORPHAN, {"request": job.request.id, "subjects": kept})
    if spoiled:
        lost = [[one.ready.subject, one.ready.slot, one.error.code] for one in spoiled]
        await tx.audit(Event.FAILED, {"request": job.request.id, "subjects": lost})
