"""Talks to the vendor about one request, for whoever holds its lease. Never inside a transaction.

The one rule: after start() may have left us, only asking for status tells what became of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, Final, TypeVar

from hocba_core.audit import Event
from hocba_core.clock import from_millis, to_millis
from hocba_core.errors import (
    AccountLocked,
    Busy,
    CodeLapsed,
    CodeWrong,
    HocbaError,
    Lapsed,
    Nonsense,
    NotFound,
    OutcomeUnknown,
    PluginBroken,
    ProviderTrouble,
    RefusesUs,
    RequestRefused,
    RequestUnknown,
    SessionEnded,
    Unavailable,
)
from hocba_core.provider import Approval, Completed, Completion, Pending, Session, SigningProvider
from hocba_core.secret import Secret

from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.finish import finish
from hocba_gateway.signing.job import FREE, Job, change, fail, load_job, waits
from hocba_gateway.signing.keep import keep
from hocba_gateway.signing.sessions import open_again
from hocba_gateway.signing.states import NEEDS_LOGIN, TOKEN, TOKEN_LIVES, RequestState
from hocba_gateway.store import kill
from hocba_gateway.store.lease import release
from hocba_gateway.store.schema import requests
from hocba_gateway.store.store import Scope

T = TypeVar("T")
log = logging.getLogger(__name__)

_MOST_RENEWALS: Final = 8
"""A vendor that calls every fresh session over is asked no more until the person logs in."""
_CODES: Final = (Approval.OTP, Approval.PIN, Approval.TOTP)
_QUESTION_FAILED: Final = (Unavailable, Busy, Nonsense)
"""A question for status that came to nothing: asked again, later."""


class Turn:
    """One request in the hands of one owner."""

    def __init__(self, desk: Desk, scope: Scope, request_id: str, owner: str) -> None:
        self._desk = desk
        self._scope = scope
        self._id = request_id
        self._owner = owner
        self._patience = desk.patience

    async def advance(self) -> None:
        """Goes on until there is something to wait for. Gives the lease back."""
        for _ in range(16):
            async with self._scope.read() as tx:
                job = await load_job(tx, self._id)
            if job is None or job.request.lease_owner != self._owner:
                return
            if not await self._step(job):
                return
        await self._change(next_at=self._at(self._patience.first_wait), **FREE)

    async def _step(self, job: Job) -> bool:
        """True: look again at once."""
        match job.request.state:
            case RequestState.NEW:
                return await self._ask(job)
            case RequestState.ASKING:
                return await self._lost_owner(job)
            case RequestState.WAITING if job.request.source == TOKEN:
                return await self._fail(job, Lapsed(provider=TOKEN))
            case RequestState.WAITING | RequestState.UNKNOWN:
                return await self._look(job)
            case RequestState.ANSWERED:
                await finish(self._desk, self._scope, self._id, self._owner)
                return False
        await self._change(next_at=None, **FREE)
        return False

    # --- asking the person: once --------------------------------------------------------------------

    async def _ask(self, job: Job) -> bool:
        opened = await self._open(job)
        if opened is None:
            return False
        provider, session = opened
        call = self._patience.call
        if provider.can.completion is Completion.BLOCKING:
            call += provider.can.lifetime
        values = {"state": RequestState.ASKING, "asked_at": self._now(), "tries": job.request.tries + 1}
        values["expires_at"] = self._at(provider.can.lifetime)
        if not await self._change(lease_until=self._at(call + self._patience.lease), **values):
            return False
        kill.point("before-send")
        request = job.asks(provider, self._desk.callback_url)
        try:
            async with asyncio.timeout(call.total_seconds()):
                answer = await provider.start(session, request)
        except (Unavailable, Busy) as error:
            return await self._not_sent(job, error)
        except SessionEnded:
            return await self._session_over(job, provider, session, RequestState.NEW)
        except TimeoutError as error:
            return await self._unknown(job, provider, OutcomeUnknown(provider=provider.key, what="deadline"), error)
        except (OutcomeUnknown, RequestUnknown, Nonsense) as error:
            return await self._unknown(job, provider, error)
        except HocbaError as error:
            return await self._fail(job, error)
        except Exception as error:  # a plugin's fault after the call may have left us: nobody knows
            what = type(error).__name__
            return await self._unknown(job, provider, OutcomeUnknown(provider=provider.key, what=what), error)
        kill.point("after-send")
        return await self._took(job, answer)

    async def _not_sent(self, job: Job, error: ProviderTrouble) -> bool:
        """Certainly nobody was asked: the same request may go again by itself."""
        if self._scope.store.clock() > from_millis(job.confirmation.created_at) + self._patience.give_up:
            return await self._fail(job, error)
        wait = _retry_after(error) or self._patience.backoff(job.request.tries)
        await self._change(state=RequestState.NEW, asked_at=None, error=error.code, next_at=self._at(wait), **FREE)
        return False

    async def _unknown(
        self, job: Job, provider: SigningProvider, error: HocbaError, cause: BaseException | None = None
    ) -> bool:
        if cause is not None:
            log.warning("request %s at %s: %s", self._id, provider.key, type(cause).__name__)
        first_look = (
            self._patience.first_wait
            if provider.can.finds_by_reference
            else provider.can.lifetime + self._patience.skew
        )
        async with self._scope.write() as tx:
            mine = await change(
                tx,
                self._id,
                self._owner,
                state=RequestState.UNKNOWN,
                error=error.code,
                expires_at=self._at(provider.can.lifetime),
                next_at=self._at(first_look),
                **FREE,
            )
            if mine:
                facts = {"request": self._id, "source": provider.key, "error": error.code}
                await tx.audit(Event.UNKNOWN, facts)
        return False

    async def _lost_owner(self, job: Job) -> bool:
        """A gateway died between intent and answer: it may have been sent."""
        opened = await self._provider(job)
        if opened is None:
            return False
        await self._unknown(job, opened, OutcomeUnknown(provider=opened.key, what="gateway_died"))
        return False

    # --- asking for status: as often as wished ------------------------------------------------------

    async def _look(self, job: Job) -> bool:
        row = job.request
        opened = await self._open(job)
        if opened is None:
            return False
        provider, session = opened
        if row.handle is not None:
            question = provider.poll(session, job.pending())
        elif provider.can.finds_by_reference:
            question = provider.find(session, job.asks(provider, self._desk.callback_url))
        else:
            return await self._nobody_can_tell(job)
        try:
            answer = await self._bounded(question)
        except SessionEnded:
            return await self._session_over(job, provider, session, RequestState(row.state))
        except RequestUnknown as error:
            return await self._not_there(job, error)
        except (*_QUESTION_FAILED, OutcomeUnknown, TimeoutError) as error:
            return await self._ask_later(job, error)
        except HocbaError as error:
            return await self._fail(job, error)
        except Exception as error:  # a plugin's fault in a question: harmless, asked again
            log.warning("status of %s at %s: %s", self._id, provider.key, type(error).__name__)
            return await self._ask_later(job, error)
        if isinstance(answer, Pending) and self._is_over(job, answer):
            return await self._fail(job, Lapsed(provider=provider.key))
        return await self._took(job, answer)

    def _is_over(self, job: Job, answer: Pending) -> bool:
        """Past its deadline and more, the vendor still says that it waits."""
        return self._scope.store.clock() > answer.expires_at + self._patience.skew

    async def _nobody_can_tell(self, job: Job) -> bool:
        """The vendor cannot be asked for what we have no handle of. Once its own deadline is well past, nothing
        can come any more, and the person may try again."""
        over = from_millis(job.request.expires_at) + self._patience.skew
        if self._scope.store.clock() < over:
            await self._change(next_at=to_millis(over), **FREE)
            return False
        return await self._fail(job, OutcomeUnknown(what="no_answer"))

    async def _not_there(self, job: Job, error: HocbaError) -> bool:
        """The vendor has no such request. At first that may mean not yet."""
        now = self._scope.store.clock()
        asked = from_millis(job.request.asked_at)
        if now <= asked + self._patience.grace:
            return await self._ask_later(job, error)
        if job.request.handle is None:
            # it never arrived, so nobody was asked: sent once more under the same reference
            await self._change(state=RequestState.NEW, asked_at=None, next_at=self._now())
            return True
        if now <= from_millis(job.request.expires_at) + self._patience.skew:
            return await self._ask_later(job, error)
        return await self._fail(job, error)

    async def _ask_later(self, job: Job, error: BaseException) -> bool:
        row = job.request
        now = self._scope.store.clock()
        deadline = from_millis(row.expires_at) + self._patience.skew
        if now > deadline + self._patience.give_up:
            return await self._fail(job, OutcomeUnknown(what="no_answer"))
        wait = self._patience.backoff(row.tries) if isinstance(error, _QUESTION_FAILED) else self._patience.first_wait
        if now > deadline:
            wait = self._patience.longest_wait
        code = error.code if isinstance(error, HocbaError) else OutcomeUnknown.code
        await self._change(tries=row.tries + 1, error=code, next_at=self._at(_retry_after(error) or wait), **FREE)
        return False

    # --- what came ------------------------------------------------------------------------------------

    async def _took(self, job: Job, answer: Completed | Pending) -> bool:
        if isinstance(answer, Completed):
            wait = max(job.request.poll_millis or 1000, 1)
            deadline = job.request.expires_at
            last = deadline is not None and self._scope.store.clock() > from_millis(deadline) + self._patience.skew
            return await keep(self._scope, job, answer.values, self._owner, wait, last=last)
        kill.point("before-store")
        async with self._scope.write() as tx:
            first = job.request.handle is None
            columns = waits(tx, answer)
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

    async def submit_code(self, code: Secret) -> None:
        """The person typed a code. Raises CodeWrong, CodeLapsed, Unavailable … for them to read."""
        async with self._scope.read() as tx:
            job = await load_job(tx, self._id)
        assert job is not None
        opened = await self._open(job)
        if opened is None:
            raise SessionEnded(provider=job.request.source)
        provider, session = opened
        try:
            answer = await self._bounded(provider.submit_code(session, job.pending(), code))
        except (CodeWrong, CodeLapsed, Unavailable, Busy, AccountLocked):
            await self._change(**FREE)
            raise
        except SessionEnded:
            await self._session_over(job, provider, session, RequestState.WAITING)
            raise
        except (ProviderTrouble, TimeoutError) as error:
            if isinstance(error, RefusesUs | RequestRefused):
                await self._fail(job, error)
                raise
            # sent and lost: the handle is known, so the next look tells
            await self._change(state=RequestState.UNKNOWN, next_at=self._at(self._patience.first_wait), **FREE)
            return
        except HocbaError as error:
            await self._fail(job, error)
            raise
        if await self._took(job, answer):
            await self.advance()

    async def resend_code(self) -> None:
        async with self._scope.read() as tx:
            job = await load_job(tx, self._id)
        assert job is not None
        opened = await self._open(job)
        if opened is None:
            raise SessionEnded(provider=job.request.source)
        provider, session = opened
        try:
            answer = await self._bounded(provider.resend_code(session, job.pending()))
        except BaseException:
            await self._change(**FREE)
            raise
        await self._took(job, answer)

    async def _bounded(self, question: Awaitable[T]) -> T:
        async with asyncio.timeout(self._patience.call.total_seconds()):
            return await question

    # --- the small things -------------------------------------------------------------------------------

    async def _provider(self, job: Job) -> SigningProvider | None:
        try:
            return await self._desk.providers.get(self._scope, job.account.rules.year, job.request.source)
        except (NotFound, PluginBroken) as error:
            if job.request.state == RequestState.NEW:
                await self._fail(job, error)
            else:  # its operator may bring it back; what was asked must not be forgotten
                await self._change(error=error.code, next_at=self._at(self._patience.longest_wait), **FREE)
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
        except HocbaError as error:
            if job.request.state == RequestState.NEW and not isinstance(error, _QUESTION_FAILED):
                await self._fail(job, error)
            else:
                await self._change(
                    tries=job.request.tries + 1,
                    error=error.code,
                    next_at=self._at(_retry_after(error) or self._patience.backoff(job.request.tries)),
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


def _retry_after(error: BaseException) -> timedelta | None:
    seconds: object = error.facts.get("retry_after") if isinstance(error, Busy) else None
    return timedelta(seconds=min(seconds, 600)) if isinstance(seconds, int) else None


async def give_back(scope: Scope, request_id: str, wait: timedelta) -> None:
    """After a fault of our own: the lease is free, the state as it was, and somebody looks again later."""
    async with scope.write() as tx:
        await release(tx, requests, request_id, to_millis(scope.store.clock() + wait))
