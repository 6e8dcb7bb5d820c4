"""Talks to the vendor about one request, for whoever holds its lease. Never inside a transaction.

The one rule: after start() may have left us, only asking for status tells what became of it.
"""

from __future__ import annotations

import asyncio

from hocba_core.audit import Event
from hocba_core.clock import from_millis
from hocba_core.errors import (
    AccountLocked,
    Busy,
    CodeLapsed,
    CodeWrong,
    HocbaError,
    Lapsed,
    Nonsense,
    OutcomeUnknown,
    ProviderTrouble,
    RefusesUs,
    RequestRefused,
    RequestUnknown,
    SessionEnded,
    Unavailable,
)
from hocba_core.provider import Completion, Session, SigningProvider
from hocba_core.secret import Secret

from hocba_gateway.signing.finish import finish
from hocba_gateway.signing.hand import log, retry_after
from hocba_gateway.signing.job import FREE, Job, change, load_job
from hocba_gateway.signing.look import Looking
from hocba_gateway.signing.states import TOKEN, RequestState
from hocba_gateway.store import kill


class Turn(Looking):
    """One request, advanced by one owner until there is something to wait for."""

    async def advance(self) -> None:
        """Goes on until there is something to wait for. Gives the lease back."""
        for _ in range(16):
            async with self._scope.read() as tx:
                job = await load_job(tx, self._id)
            if job is None or job.request.lease_owner != self._owner:
                return
            async with self._lending():
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
                await finish(self._desk, self._scope, job, self._owner)
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
            return await self._unknown(provider, OutcomeUnknown(provider=provider.key, what="deadline"), error)
        except (OutcomeUnknown, RequestUnknown, Nonsense) as error:
            return await self._unknown(provider, error)
        except HocbaError as error:
            return await self._fail(job, error)
        except Exception as error:  # a plugin's fault after the call may have left us: nobody knows
            what = type(error).__name__
            return await self._unknown(provider, OutcomeUnknown(provider=provider.key, what=what), error)
        kill.point("after-send")
        return await self._took(job, answer)

    async def _not_sent(self, job: Job, error: ProviderTrouble) -> bool:
        """Certainly nobody was asked: the same request may go again by itself."""
        if self._scope.store.clock() > from_millis(job.confirmation.created_at) + self._patience.give_up:
            return await self._fail(job, error)
        wait = retry_after(error) or self._patience.backoff(job.request.tries)
        await self._change(state=RequestState.NEW, asked_at=None, error=error.code, next_at=self._at(wait), **FREE)
        return False

    async def _unknown(self, provider: SigningProvider, error: HocbaError, cause: BaseException | None = None) -> bool:
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
        await self._unknown(opened, OutcomeUnknown(provider=opened.key, what="gateway_died"))
        return False

    async def submit_code(self, code: Secret) -> None:
        """The person typed a code. Raises CodeWrong, CodeLapsed, Unavailable … for them to read."""
        async with self._lending():
            await self._submit_code(code)

    async def resend_code(self) -> None:
        async with self._lending():
            await self._resend_code()

    async def _submit_code(self, code: Secret) -> None:
        job, provider, session = await self._for_person()
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
        await self._took(job, answer)

    async def _resend_code(self) -> None:
        job, provider, session = await self._for_person()
        try:
            answer = await self._bounded(provider.resend_code(session, job.pending()))
        except BaseException:
            await self._change(**FREE)
            raise
        await self._took(job, answer)

    async def _for_person(self) -> tuple[Job, SigningProvider, Session]:
        """What submit_code() and resend_code() begin with. Raises SessionEnded when the person must log in first."""
        async with self._scope.read() as tx:
            job = await load_job(tx, self._id)
        assert job is not None, "whoever took the lease has seen the row"
        opened = await self._open(job)
        if opened is None:
            raise SessionEnded(provider=job.request.source)
        return job, *opened
