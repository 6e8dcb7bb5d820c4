"""Values came back: each is verified against its item and the chosen certificate, and kept before it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from hocba_core.audit import Event
from hocba_core.errors import OutcomeUnknown, SignatureWrong
from sqlalchemy import bindparam, select, update

from hocba_gateway.signing.job import FREE, Job, attempt_states, change, close_confirmation, end_attempts
from hocba_gateway.signing.match import match
from hocba_gateway.signing.states import OVER, AttemptState, RequestState
from hocba_gateway.store import kill
from hocba_gateway.store.schema import items, requests
from hocba_gateway.store.store import Scope, Tx

_CLOSED = (AttemptState.FAILED, AttemptState.ORPHAN)
"""A value that comes for such an attempt is kept for evidence only."""


async def keep(
    scope: Scope, job: Job, values: Mapping[str, bytes], owner: str | None, poll_millis: int, *, last: bool = False
) -> bool:
    """Stores what verifies; True when there is something to embed now.

    A wrong value fails its attempt and is not stored; a missing one leaves its attempt alive, and the request
    goes on asking for status every `poll_millis`, unless this was the `last` look. `owner`: who holds the lease, or
    held it when the vendor was asked; None for the page of a token.
    """
    wanted = {item.id: item.digest for item in job.items if not item.has_value}
    held = {item.id for item in job.items if item.has_value}
    fresh = {name: value for name, value in values.items() if name not in held}
    matched = await asyncio.to_thread(match, job.account.certificate, wanted, fresh)
    kill.point("before-store")
    async with scope.write() as tx:
        over = await _is_over(tx, job)
        states = await attempt_states(tx, job.request.id)
        await _store(tx, matched.good)
        await _alarm(tx, job, matched.wrong, matched.extra)
        late = [item for item in job.items if item.id in matched.good and states[item.attempt_id] in _CLOSED]
        if late:
            ended = [[_attempt(job, item).subject_id, _attempt(job, item).slot] for item in late]
            await tx.audit(Event.ORPHAN, {"request": job.request.id, "subjects": ended})
        came = {*matched.good, *matched.wrong}
        missing = [
            item
            for item in job.items
            if not item.has_value and item.id not in came and states[item.attempt_id] == AttemptState.ALIVE
        ]
        if last and missing:
            lost = OutcomeUnknown(what="fewer_values")
            await end_attempts(tx, [item.attempt_id for item in missing], AttemptState.FAILED, lost)
            missing = []
        has_values = bool(matched.good) or any(item.has_value for item in job.items)
        if over:
            return False
        await _go_on(tx, job, owner, has_values=has_values, missing=bool(missing), poll_millis=poll_millis)
    kill.point("after-store")
    return has_values


async def _is_over(tx: Tx, job: Job) -> bool:
    """Locks the row: whether the request ends, and what came for it, is decided by one after the other."""
    row = await tx.row(
        select(requests.c.state).where(tx.of(requests), requests.c.id == job.request.id).with_for_update()
    )
    return row is None or row.state in OVER


async def _store(tx: Tx, good: Mapping[str, bytes]) -> None:
    if good:
        change_value = (
            update(items)
            .where(tx.of(items), items.c.id == bindparam("item"), items.c.value.is_(None))
            .values(value=bindparam("kept"))
        )
        await tx.execute(change_value, [{"item": item, "kept": value} for item, value in good.items()])


async def _alarm(tx: Tx, job: Job, wrong: Mapping[str, SignatureWrong], extra: int) -> None:
    """A value that must not be believed is always on record, though never itself."""
    if not wrong and not extra:
        return
    by_item = {item.id: item for item in job.items}
    await tx.audit(
        Event.WRONG_VALUE,
        {
            "request": job.request.id,
            "source": job.request.source,
            "extra": extra,
            "items": [
                [_attempt(job, by_item[item]).subject_id, _attempt(job, by_item[item]).slot, error.code]
                for item, error in wrong.items()
            ],
        },
    )
    for item, error in wrong.items():
        await end_attempts(tx, [by_item[item].attempt_id], AttemptState.FAILED, error)


async def _go_on(tx: Tx, job: Job, owner: str | None, *, has_values: bool, missing: bool, poll_millis: int) -> None:
    now = tx.now()
    if has_values:
        await change(tx, job.request.id, owner, state=RequestState.ANSWERED, next_at=now)
    elif missing:
        state = RequestState.WAITING if owner is None else RequestState.UNKNOWN
        later = job.request.next_at if owner is None else now + poll_millis
        await change(tx, job.request.id, owner, state=state, next_at=later, **FREE)
    else:
        over = {"state": RequestState.FAILED, "error": SignatureWrong.code, "next_at": None, **FREE}
        await change(tx, job.request.id, owner, **over)
        await close_confirmation(tx, job.confirmation.id)


def _attempt(job: Job, item: Any) -> Any:
    return job.attempts[item.attempt_id]
