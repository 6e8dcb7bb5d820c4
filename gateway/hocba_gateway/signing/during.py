"""What people and vendors may do with a request that is under way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from hocba_core.clock import span_millis
from hocba_core.errors import Conflict, Lapsed, NotFound
from hocba_core.secret import Secret
from sqlalchemy import select, update

from hocba_gateway.signing.ask import Turn
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.finish import finish
from hocba_gateway.signing.job import Job, fail, load_job
from hocba_gateway.signing.keep import keep
from hocba_gateway.signing.states import NEEDS_LOGIN, OVER, TOKEN
from hocba_gateway.store.lease import take_one
from hocba_gateway.store.schema import requests
from hocba_gateway.store.store import Scope, Tx


async def submit_code(desk: Desk, scope: Scope, request_id: str, code: Secret) -> None:
    """Raises CodeWrong, CodeLapsed and whatever else the person must read; Conflict(state="busy")."""
    await (await _take(desk, scope, request_id)).submit_code(code)


async def resend_code(desk: Desk, scope: Scope, request_id: str) -> None:
    await (await _take(desk, scope, request_id)).resend_code()


async def _take(desk: Desk, scope: Scope, request_id: str) -> Turn:
    owner = f"page-{uuid4()}"
    lease = span_millis(desk.patience.call + desk.patience.lease)
    async with scope.write() as tx:
        await _open_request(tx, request_id)
        if not await take_one(tx, requests, request_id, owner, lease):
            raise Conflict(state="busy", needs="again")
    return Turn(desk, scope, request_id, owner)


async def go_on_with(scope: Scope, confirmation_id: str, session_id: str) -> int:
    """A person logged in again: the confirmation's requests that waited for it go on. Returns how many."""
    async with scope.write() as tx:
        done = await tx.execute(
            update(requests)
            .where(
                tx.of(requests),
                requests.c.confirmation_id == confirmation_id,
                requests.c.needs == NEEDS_LOGIN,
                requests.c.state.not_in(OVER),
            )
            .values(session_id=session_id, needs=None, next_at=tx.now())
        )
    return done.rowcount


async def called_back(scope: Scope, request_id: str, handle: Mapping[str, Any]) -> bool:
    """A vendor called: look at that request now. Nothing else of the call is believed. False: not its handle."""
    async with scope.write() as tx:
        row = await tx.row(
            select(requests.c.handle, requests.c.state).where(tx.of(requests), requests.c.id == request_id)
        )
        known = row.handle if row is not None and row.state not in OVER else None
        if known is None or any(known.get(key) != value for key, value in handle.items()):
            return False
        await tx.execute(update(requests).where(tx.of(requests), requests.c.id == request_id).values(next_at=tx.now()))
    return True


# --- a USB token: the page carries the job -----------------------------------------------------------


async def items_for_token(scope: Scope, request_id: str) -> list[tuple[str, str, bytes]]:
    """Item, title and digest of what still has no value, in the order of the class list."""
    async with scope.read() as tx:
        job = await _token_job(tx, request_id)
    return [(item.id, item.title, item.digest) for item in job.open_items]


async def values_from_token(desk: Desk, scope: Scope, request_id: str, values: Mapping[str, bytes]) -> None:
    """A chunk of values, as often as the page has some; the same again changes nothing.

    What came after the request was over is verified and kept as an orphan.
    """
    async with scope.read() as tx:
        job = await load_job(tx, request_id)
    if job is None or job.request.source != TOKEN:
        raise NotFound(kind="request")
    if await keep(scope, job, values, None, 0):
        await finish(desk, scope, job, None)


async def stop_token(scope: Scope, request_id: str, actor: str) -> None:
    """The rest was given up: its slots are open again, what was signed stays. `actor`: accounts.id of who did."""
    async with scope.write() as tx:
        await fail(tx, await _token_job(tx, request_id), Lapsed(provider=TOKEN), None, actor)


async def _token_job(tx: Tx, request_id: str) -> Job:
    await _open_request(tx, request_id)
    job = await load_job(tx, request_id)
    if job is None or job.request.source != TOKEN:
        raise NotFound(kind="request")
    return job


async def _open_request(tx: Tx, request_id: str) -> None:
    row = await tx.row(select(requests.c.state).where(tx.of(requests), requests.c.id == request_id))
    if row is None:
        raise NotFound(kind="request")
    if row.state in OVER:
        raise Conflict(state=row.state, needs="open")
