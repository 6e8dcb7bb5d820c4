"""Whoever holds the lease of one request: what it can always do with the row and the vendor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Final, TypeVar

from hocba_core.audit import Event
from hocba_core.clock import from_millis, to_millis
from hocba_core.errors import (
    Busy,
    HocbaError,
    Nonsense,
    NotFound,
    PluginBroken,
    SessionEnded,
    SettingWrong,
    StoreTrouble,
    Unavailable,
)
from hocba_core.provider import Approval, Completed, Pending, Session, SigningProvider

from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.finish import finish
from hocba_gateway.signing.job import FREE, Job, change, fail, plain, waits
from hocba_gateway.signing.keep import keep
from hocba_gateway.signing.sessions import open_again
from hocba_gateway.signing.states import NEEDS_LOGIN, TOKEN_LIVES, RequestState
from hocba_gateway.store import kill
from hocba_gateway.store.store import Scope

T = TypeVar("T")
log = logging.getLogger(__name__)

_MOST_RENEWALS: Final = 8
"""A vendor that calls every fresh session over is asked no more until the person logs in."""
_CODES: Final = (Approval.OTP, Approval.PIN, Approval.TOTP)
QUESTION_FAILED: Final = (Unavailable, Busy, Nonsense)
"""A question for status that came to nothing: asked again, later."""


class Hand:
    """One request in the hands of one owner."""

    def __init__(self, desk: Desk, scope: Scope, request_id: str, owner: str) -> None:
        self._desk = desk
        self._scope = scope
        self._id = request_id
        self._owner = owner
        self._patience = desk.patience
        self._lent = AsyncExitStack()

    @asynccontextmanager
    async def _lending(self) -> AsyncIterator[None]:
        """The vendors that are taken inside stay open until its end."""
        async with AsyncExitStack() as self._lent:
            yield

    # --- what came ------------------------------------------------------------------------------------

    async def _took(self, job: Job, answer: Completed | Pending) -> bool:
        if isinstance(answer, Completed):
            wait = max(job.request.poll_millis or 1000, 1)
            deadline = job.request.expires_at
            last = deadline is not None and self._scope.store.clock() > from_millis(deadline) + self._patience.skew
            if await keep(self._scope, job, answer.values, self._owner, wait, last=last):
                await finish(self._desk, self._scope, job, self._owner)
            return False
        kill.point("before-store")
        async with self._scope.write() as tx:
            first = job.request.handle is None
            columns = waits(answer)
            wait = answer.poll_after if answer.needs not in _CODES else answer.expires_at - self._scope.store.clock()
            mine = await change(
                tx,
                self._id,
                self._owner,
                error=None,
                tries=0,
                next_at=self._at(max(wait, timedelta(0))),
                **columns,
                **FREE,
            )
            if mine and first:
                facts = {"request": self._id, "source": job.request.source, "items": len(job.items)}
                await tx.audit(Event.ASKED, facts)
        kill.point("after-store")
        return False

    async def _bounded(self, question: Awaitable[T]) -> T:
        async with asyncio.timeout(self._patience.call.total_seconds()):
            return await question

    # --- the small things -------------------------------------------------------------------------------

    async def _provider(self, job: Job) -> SigningProvider | None:
        try:
            year, source = job.account.rules.year, job.request.source
            return await self._lent.enter_async_context(self._desk.providers.use(self._scope, year, source))
        except (NotFound, PluginBroken, SettingWrong) as error:
            if job.request.state == RequestState.NEW:
                await self._fail(job, error)
            else:  # its operator may bring it back; what was asked must not be forgotten
                told = {"error": error.code, "error_facts": plain(error.facts)}
                await self._change(**told, next_at=self._at(self._patience.longest_wait), **FREE)
            return None

    async def _open(self, job: Job) -> tuple[SigningProvider, Session] | None:
        """None when it cannot go on now; the row says why."""
        provider = await self._provider(job)
        if provider is None:
            return None
        try:
            session = await open_again(self._scope, self._desk.sealer, provider, job.request.session_id, None)
        except SessionEnded as error:
            await self._needs_login(job, RequestState(job.request.state), error)
            return None
        except StoreTrouble:
            raise  # the row stays as it is
        except HocbaError as error:
            if job.request.state == RequestState.NEW and not isinstance(error, QUESTION_FAILED):
                await self._fail(job, error)
            else:
                await self._change(
                    tries=job.request.tries + 1,
                    error=error.code,
                    next_at=self._at(retry_after(error) or self._patience.backoff(job.request.tries)),
                    **FREE,
                )
            return None
        return provider, session

    async def _session_over(self, job: Job, provider: SigningProvider, used: Session, state: RequestState) -> bool:
        """One refresh for all who need it; then the same request goes on."""
        try:
            if job.request.tries > _MOST_RENEWALS:
                raise SessionEnded(provider=provider.key)
            await open_again(self._scope, self._desk.sealer, provider, job.request.session_id, used)
        except SessionEnded as error:
            await self._needs_login(job, state, error)
            return False
        except StoreTrouble:
            raise  # the row stays as it is
        except HocbaError as error:
            await self._change(
                state=state, error=error.code, next_at=self._at(self._patience.backoff(job.request.tries)), **FREE
            )
            return False
        return await self._change(state=state, tries=job.request.tries + 1, next_at=self._now())

    async def _needs_login(self, job: Job, state: RequestState, error: SessionEnded) -> None:
        """Waits for the person; not for ever, because the slots are taken meanwhile."""
        over = from_millis(job.confirmation.created_at) + TOKEN_LIVES
        if self._scope.store.clock() >= over:
            await self._fail(job, error)
        else:
            await self._change(state=state, needs=NEEDS_LOGIN, next_at=to_millis(over), **FREE)

    async def _fail(self, job: Job, error: HocbaError) -> bool:
        async with self._scope.write() as tx:
            await fail(tx, job, error, self._owner)
        return False

    async def _change(self, **values: Any) -> bool:
        async with self._scope.write() as tx:
            return await change(tx, self._id, self._owner, **values)

    def _now(self) -> int:
        return to_millis(self._scope.store.clock())

    def _at(self, later: timedelta) -> int:
        return to_millis(self._scope.store.clock() + later)


def retry_after(error: BaseException) -> timedelta | None:
    seconds: object = error.facts.get("retry_after") if isinstance(error, Busy) else None
    return timedelta(seconds=min(seconds, 600)) if isinstance(seconds, int) else None
