"""Asking a vendor for status: as often as wished, and the only way out of `unknown`."""

from __future__ import annotations

from hocba_core.clock import from_millis, to_millis
from hocba_core.errors import (
    HocbaError,
    Lapsed,
    OutcomeUnknown,
    RequestUnknown,
    SessionEnded,
)
from hocba_core.provider import Pending

from hocba_gateway.signing.hand import QUESTION_FAILED, Hand, log, retry_after
from hocba_gateway.signing.job import FREE, Job
from hocba_gateway.signing.states import RequestState


class Looking(Hand):
    """Adds to Hand what it does with a request that the vendor has, or may have."""

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
        except (*QUESTION_FAILED, OutcomeUnknown, TimeoutError) as error:
            return await self._ask_later(job, error)
        except HocbaError as error:
            return await self._fail(job, error)
        except Exception as error:  # a plugin's fault in a question: harmless, asked again
            log.warning("status of %s at %s: %s", self._id, provider.key, type(error).__name__)
            return await self._ask_later(job, error)
        if isinstance(answer, Pending) and self._is_over(answer):
            return await self._fail(job, Lapsed(provider=provider.key))
        return await self._took(job, answer)

    def _is_over(self, answer: Pending) -> bool:
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
        wait = self._patience.backoff(row.tries) if isinstance(error, QUESTION_FAILED) else self._patience.first_wait
        if now > deadline:
            wait = self._patience.longest_wait
        code = error.code if isinstance(error, HocbaError) else OutcomeUnknown.code
        await self._change(tries=row.tries + 1, error=code, next_at=self._at(retry_after(error) or wait), **FREE)
        return False
