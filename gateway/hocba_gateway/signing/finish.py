"""Values that are kept become signatures on record: embed, judge, store, in chunks. May be run again at any time.

The only place that fills a slot. What a chunk has stored stays stored whatever happens to the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from hocba_core.audit import Event
from hocba_core.errors import CertificateEnded, DoesNotVerify, HocbaError
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import Delivery
from sqlalchemy import select, update

from hocba_gateway.signing.commit import commit
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.job import FREE, Job, attempt_states, change, close_confirmation, end_attempts
from hocba_gateway.signing.load import load_signatures, load_skeletons, load_targets
from hocba_gateway.signing.made import Made, Ready, Spoiled, make, package_signature
from hocba_gateway.signing.states import PACKAGE, TOKEN, AttemptState, PackageState, RequestState
from hocba_gateway.store import kill
from hocba_gateway.store.schema import attempts, items, package_records, packages, transcripts
from hocba_gateway.store.store import Scope, Tx

CHUNK = 50
"""Transcripts per transaction."""


async def finish(desk: Desk, scope: Scope, job: Job, owner: str | None) -> None:
    """Embeds whatever is ready of this request, then says how the request goes on."""
    async with scope.read() as tx:
        ready = await _ready(tx, job)
    for start in range(0, len(ready), CHUNK):
        chunk = ready[start : start + CHUNK]
        if job.confirmation.slot_kind == PACKAGE:
            await _finish_packages(desk, scope, job, chunk)
        else:
            await _finish_transcripts(desk, scope, job, chunk)
    async with scope.write() as tx:
        await _settle(tx, job, owner)


async def _ready(tx: Tx, job: Job) -> list[Ready]:
    # not a join: SQLite would begin at the items, and read those of the whole school
    alive = select(attempts.c.id).where(
        tx.of(attempts), attempts.c.request_id == job.request.id, attempts.c.state == AttemptState.ALIVE
    )
    rows = await tx.rows(select(items).where(tx.of(items), items.c.attempt_id.in_(alive)))
    by_attempt: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_attempt.setdefault(row.attempt_id, {})[row.kind] = row
    return [
        Ready(job.attempts[attempt], own)
        for attempt, own in sorted(by_attempt.items())
        if all(item.value is not None for item in own.values())
    ]


async def _finish_transcripts(desk: Desk, scope: Scope, job: Job, chunk: Sequence[Ready]) -> None:
    ids = [one.subject for one in chunk]
    kind = SlotKind(job.confirmation.slot_kind)
    async with scope.read() as tx:
        targets = await load_targets(tx, ids, sorted({one.slot for one in chunk}))
        signatures = await load_signatures(tx, ids) if kind is not SlotKind.GVBM else {}
    skeletons = await load_skeletons(scope, [target.skeleton for target in targets.values()])
    chunk = await _with_pdf(scope, chunk)
    kill.point("before-embed")
    now = scope.store.clock()

    def work() -> list[Made | Spoiled]:
        return [
            make(
                one,
                targets[one.subject],
                skeletons[targets[one.subject].skeleton],
                signatures.get(one.subject, {}),
                job.account,
                desk.trust,
                desk.face,
                now,
            )
            for one in chunk
        ]

    results = await asyncio.to_thread(work)
    made = [one for one in results if isinstance(one, Made)]
    spoiled = [one for one in results if isinstance(one, Spoiled)]
    kill.point("before-blob")
    files = [data for one in made for data in (one.record, one.face) if data is not None]
    names = dict(zip(files, await scope.blobs.put_all(files), strict=True))
    kill.point("after-blob")
    async with scope.write() as tx:
        await commit(tx, job, made, spoiled, names)
        kill.point("before-commit")
    kill.point("after-commit")


async def _with_pdf(scope: Scope, chunk: Sequence[Ready]) -> list[Ready]:
    names = [item.prepared_blob for one in chunk for item in one.items.values() if item.prepared_blob]
    files = await scope.blobs.get_all(names)
    return [
        Ready(one.attempt, one.items, files[one.items["pdf"].prepared_blob]) if "pdf" in one.items else one
        for one in chunk
    ]


async def _finish_packages(desk: Desk, scope: Scope, job: Job, chunk: Sequence[Ready]) -> None:
    ids = [one.subject for one in chunk]
    async with scope.read() as tx:
        rows = await tx.rows(select(packages).where(tx.of(packages), packages.c.id.in_(ids)))
    manifest = {row.id: row.manifest for row in rows}
    files = await scope.blobs.get_all(manifest.values())
    now = scope.store.clock()

    def work(one: Ready) -> bytes:
        sealed = desk.manifests.seal(files[manifest[one.subject]], package_signature(one, job.account, now))
        if rule := desk.manifests.problem(sealed, desk.trust, now):
            raise DoesNotVerify(reason=rule)
        return sealed

    for one in chunk:
        try:
            sealed = await asyncio.to_thread(work, one)
        except (DoesNotVerify, CertificateEnded) as error:
            async with scope.write() as tx:
                await _package_failed(tx, job, one, error)
            continue
        name = await scope.blobs.put(sealed)
        kill.point("after-blob")
        async with scope.write() as tx:
            await _package_sealed(tx, job, one, name)
            kill.point("before-commit")


async def _package_failed(tx: Tx, job: Job, one: Ready, error: HocbaError) -> None:
    await end_attempts(tx, [one.attempt.id], AttemptState.FAILED, error)
    await tx.audit(Event.FAILED, {"request": job.request.id, "subjects": [[one.subject, PACKAGE, error.code]]})


async def _package_sealed(tx: Tx, job: Job, one: Ready, name: str) -> None:
    done = await tx.execute(
        update(packages)
        .where(tx.of(packages), packages.c.id == one.subject, packages.c.state == PackageState.SEAL)
        .values(state=PackageState.SENDING, sealed=name, next_at=tx.now())
    )
    if done.rowcount != 1:
        await end_attempts(tx, [one.attempt.id], AttemptState.ORPHAN)
        await tx.audit(Event.ORPHAN, {"request": job.request.id, "subjects": [[one.subject, PACKAGE, name]]})
        return
    inside = select(package_records.c.transcript_id).where(
        tx.of(package_records), package_records.c.package_id == one.subject
    )
    await tx.execute(
        update(transcripts)
        .where(tx.of(transcripts), transcripts.c.id.in_(inside), transcripts.c.delivery == Delivery.SEAL)
        .values(delivery=Delivery.SENDING)
    )
    await end_attempts(tx, [one.attempt.id], AttemptState.SIGNED)
    await tx.audit(Event.PACKAGE_SEALED, {"package": one.subject, "sha256": name, "request": job.request.id})


async def _settle(tx: Tx, job: Job, owner: str | None) -> None:
    """Done when nothing lives; what still waits for its value is asked for again, by status only.

    Done is done, whoever holds the lease by now: an answer may come after its owner was given up.
    """
    identity = job.request.id
    if AttemptState.ALIVE not in (await attempt_states(tx, identity)).values():
        await change(tx, identity, None, state=RequestState.DONE, next_at=None, needs=None, **FREE)
        await close_confirmation(tx, job.confirmation.id)
    elif job.request.source == TOKEN:
        await change(tx, identity, owner, state=RequestState.WAITING, next_at=job.request.expires_at, **FREE)
    else:
        again = tx.now() + (job.request.poll_millis or 1000)
        await change(tx, identity, owner, state=RequestState.UNKNOWN, next_at=again, **FREE)
