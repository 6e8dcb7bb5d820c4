"""One page's connection: reads commands, runs each beside the others, and ends what belongs to it when it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hocba_core.agent_errors import AgentBusy, ForbiddenField, NotApproved
from hocba_core.agent_protocol import (
    Cancel,
    Certificates,
    Close,
    Command,
    Hello,
    Open,
    Run,
    Watch,
    command_of,
    encode_error,
    encode_event,
    encode_result,
    parse,
    request_id,
)
from hocba_core.certificate import Certificate
from hocba_core.errors import BadInput, CertificateRefused, Conflict, HocbaError, NotFound, OurFault
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from hocba_agent import __version__
from hocba_agent.desk import Desk
from hocba_agent.following import Following
from hocba_agent.job import PER_CONNECTION, Job
from hocba_agent.neighbours import program_behind
from hocba_agent.texts import text_of

log = logging.getLogger(__name__)

IN_FLIGHT = 8
_TO_STOP = 2
"""Beyond them, for cancel and close: what runs can be stopped however much else was asked."""
BAD_MESSAGES = 20
"""Then the connection is closed: whoever writes so many is no page of ours."""
WATCH_EVERY = 0.7
"""Seconds between looks at the tokens while a page watches; slot events of drivers cannot be trusted."""
_POLICY_VIOLATION = 1008
_RUN = "run"
"""Name of a run's task: never cancelled from outside, it stops within one signature and logs out."""


class Connection:
    """States: not approved → approved (hello) → jobs open → one of them running. `site` is the handshake's Origin."""

    def __init__(self, socket: ServerConnection, site: str, desk: Desk) -> None:
        self._socket = socket
        self._site = site
        self._desk = desk
        self._approved = False
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stops: set[asyncio.Event] = set()
        """Of runs that are under way."""
        self._bad = 0
        self._watching = False
        self._gone = False

    @property
    def site(self) -> str:
        return self._site

    def _program(self) -> str:
        return program_behind(self._socket.remote_address[:2], self._socket.local_address[:2])

    async def revoke(self) -> None:
        """Refused at once: what still waits to be read is answered with not_approved, if at all."""
        self._approved, self._gone = False, True
        for stop in self._stops:
            stop.set()
        await self._socket.close(_POLICY_VIOLATION)

    async def serve(self) -> None:
        """Until the page goes. Runs stop within one signature and log out; windows close."""
        try:
            async for message in self._socket:
                await self._take(message)
        except ConnectionClosed:
            pass  # a message over the limit, or a page that just went
        finally:
            self._gone = True
            self._desk.pages.discard(self)
            self._desk.front.changed()
            for stop in self._stops:
                stop.set()
            tasks = list(self._tasks.values())
            for task in tasks:
                if task.get_name() != _RUN:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, message: str | bytes) -> None:
        identity = None
        try:
            parsed = parse(message)
            identity = request_id(parsed)
            if identity in self._tasks:
                raise BadInput(field="id", expected="not in use")
            command = command_of(parsed)
            if len(self._tasks) >= IN_FLIGHT + (_TO_STOP if isinstance(command, Cancel | Close) else 0):
                raise AgentBusy(**{"with": "requests"})
        except HocbaError as error:
            await self._refuse(identity, error)
            return
        name = _RUN if isinstance(command, Run) else ""
        task = asyncio.create_task(self._answer(identity, command), name=name)
        self._tasks[identity] = task
        task.add_done_callback(lambda _: self._tasks.pop(identity, None))

    async def _refuse(self, identity: str | None, error: HocbaError) -> None:
        self._bad += 1
        # an id that is in use names another request, whose answer must stay its own
        named = identity if identity not in self._tasks else None
        await self._send(encode_error(named, error, text_of(error)))
        if isinstance(error, ForbiddenField) or self._bad >= BAD_MESSAGES:
            log.warning("closed: %s from %s", error.code, ascii(self._site))
            await self._socket.close(_POLICY_VIOLATION)

    async def _answer(self, identity: str, command: Command) -> None:
        try:
            result = await self._do(identity, command)
            answer = encode_result(identity, result)
        except HocbaError as error:
            log.info("%s for %s: %s", type(command).__name__, ascii(self._site), error.code)
            answer = encode_error(identity, error, text_of(error))
        except Exception as error:  # a fault of ours: its text may quote what nobody should read
            log.error("%s failed with %s", type(command).__name__, type(error).__name__)
            fault = OurFault(number=type(error).__name__)
            answer = encode_error(identity, fault, text_of(fault))
        await self._send(answer)

    async def _do(self, identity: str, command: Command) -> Mapping[str, Any]:
        if isinstance(command, Hello):
            remembered = await self._desk.approve(self._site, self._program)
            if self._gone:
                raise NotApproved()
            self._approved = True
            self._desk.pages.add(self)
            self._desk.front.changed()
            return {"agent": __version__, "remembered": remembered}
        if not self._approved:
            raise NotApproved()
        match command:
            case Certificates():
                return (await self._desk.tokens.listing()).to_json()
            case Watch():
                return await self._watch(identity)
            case Open():
                return {"job": (await self._open(command)).id}
            case Run():
                return await self._run(identity, self._job(command.job))
            case Cancel():
                running = self._job(command.job).cancel
                if running is not None:
                    running.set()
                return {"running": running is not None}
            case Close():
                job = self._job(command.job)
                if job.cancel is not None:
                    job.cancel.set()
                del self._jobs[job.id]
                return {}

    def _job(self, identity: str) -> Job:
        """Only this connection's own. Raises NotFound, also when its time is over."""
        job = self._jobs.get(identity)
        if job is None or (job.cancel is None and job.ends < asyncio.get_running_loop().time()):
            raise NotFound(kind="job")
        return job

    async def _open(self, command: Open) -> Job:
        held = (await self._desk.tokens.listing()).find(command.certificate)
        if held is None:
            raise NotFound(kind="certificate")
        if not held.certificate.usable:
            raise CertificateRefused(reason=held.certificate.reason)
        owner = Certificate.read(held.certificate.der).name
        if len(self._jobs) >= PER_CONNECTION:  # looked at last: several may be declared at once
            raise Conflict(state="too_many_jobs", needs="close")
        ends = asyncio.get_running_loop().time() + self._desk.limits.job.total_seconds()
        job = Job.declare(self._site, command, held, owner, ends)
        self._jobs[job.id] = job
        return job

    async def _run(self, identity: str, job: Job) -> Mapping[str, Any]:
        if job.cancel is not None or self._gone:
            raise Conflict(state="running", needs="stopped")
        if len(job.signed) < len(job.items):
            free = self._desk.screen.take()
            stop = job.cancel = asyncio.Event()
            self._stops.add(stop)

            following = Following(self._desk, job, stop)

            async def hear(event: Mapping[str, Any]) -> None:
                if event["event"] == "login":
                    free()
                    await following.login()
                if event["event"] == "signed":
                    job.signed.add(event["item"])
                    following.signed()
                name = event["event"]
                await self._send(encode_event(identity, name, **{k: v for k, v in event.items() if k != "event"}))

            try:
                async with following:
                    await job.driver.run(job.order(), hear, stop)
            finally:
                job.cancel = None
                self._stops.discard(stop)
                free()
        log.info("signed %d of %d for %s", len(job.signed), len(job.items), ascii(self._site))
        return {"signed": len(job.signed), "of": len(job.items)}

    async def _watch(self, identity: str) -> Mapping[str, Any]:
        """Answers at once with what is in; its events go on under the same id until the connection ends."""
        if self._watching:
            raise Conflict(state="watching", needs="once")
        self._watching = True
        told = (await self._desk.tokens.listing()).to_json()
        task = asyncio.create_task(self._tell_changes(told))
        self._tasks[f"watch {identity}"] = task  # no page's id holds a blank
        return told

    async def _tell_changes(self, told: Mapping[str, Any]) -> None:
        while True:
            await asyncio.sleep(WATCH_EVERY)
            now = (await self._desk.tokens.listing()).to_json()
            if now != told:
                told = now
                await self._send(encode_event(None, "tokens", **now))

    async def _send(self, message: str) -> None:
        with suppress(ConnectionClosed):
            await self._socket.send(message)
