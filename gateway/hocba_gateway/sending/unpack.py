"""A package that nobody can seal is taken apart again; its transcripts are as they were before."""

from __future__ import annotations

from hocba_core.audit import Event
from hocba_core.errors import Conflict, NotFound
from hocba_core.workflow.states import Delivery
from sqlalchemy import select, update

from hocba_gateway.signing.job import end_attempts
from hocba_gateway.signing.states import AttemptState, PackageState
from hocba_gateway.store.schema import attempts, package_records, packages, transcripts
from hocba_gateway.store.store import Scope


async def unpack(scope: Scope, package: str, actor: str) -> None:
    """Only while it waits for its seal: afterwards it may be on its way. `actor`: accounts.id.

    A seal that comes later is kept as an orphan. Raises NotFound(kind="package"), Conflict(state="sealed").
    """
    async with scope.write() as tx:
        here = (tx.of(packages), packages.c.id == package)
        row = await tx.row(select(packages.c.state).where(*here).with_for_update())
        if row is None or row.state == PackageState.DROPPED:
            raise NotFound(kind="package")
        if row.state != PackageState.SEAL:
            raise Conflict(state="sealed", needs="recall")
        await tx.execute(update(packages).where(*here).values(state=PackageState.DROPPED))
        inside = select(package_records.c.transcript_id).where(
            tx.of(package_records), package_records.c.package_id == package
        )
        waiting = (tx.of(transcripts), transcripts.c.id.in_(inside), transcripts.c.delivery == Delivery.SEAL.value)
        await tx.execute(update(transcripts).where(*waiting).values(delivery=Delivery.NONE.value))
        asked = select(attempts.c.id).where(
            tx.of(attempts), attempts.c.subject_id == package, attempts.c.state == AttemptState.ALIVE
        )
        await end_attempts(tx, list((await tx.execute(asked)).scalars()), AttemptState.ORPHAN)
        await tx.audit(Event.UNPACKED, {"package": package}, actor)
