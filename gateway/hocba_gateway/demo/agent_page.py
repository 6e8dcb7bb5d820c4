"""Speaks to the agent as a school's page would: finds it, says hello, lists certificates, has a job signed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from hocba_core.agent_errors import AgentMissing, SiteRefused
from hocba_core.agent_protocol import (
    MAX_MESSAGE,
    PATH,
    PORTS,
    Cancel,
    Certificates,
    Close,
    Command,
    Hello,
    Item,
    Open,
    Run,
    TokenCertificate,
    encode_command,
    error_of,
    from_base64,
    parse,
)
from hocba_core.errors import HocbaError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

FIND_SECONDS = 2.0
"""An agent on this PC answers in milliseconds."""
_LONGEST_ANSWER = 4 * MAX_MESSAGE
"""Certificates of several tokens."""

Event = Mapping[str, Any]


@dataclass(slots=True, eq=False)
class PageJob:
    """A declared job. `run` may be called again after an error: it asks for what is still missing."""

    page: AgentPage
    id: str
    values: dict[str, bytes] = field(default_factory=dict)
    """What came so far, by item."""

    async def run(self) -> AsyncGenerator[tuple[str, bytes], None]:
        """Item and raw value, as each is made. Who stops listening stops the signing.

        Raises what the agent said: Rejected, Lapsed, PinWrong, PinBlocked, TokenPulled, TokenMissing, OtherToken,
        DriverFailed, Cancelled, AgentBusy …, and AgentMissing when it went away.
        """
        finished = False
        try:
            async with aclosing(self.page.events(Run(self.id))) as events:
                async for event in events:
                    if event["event"] == "signed":
                        item, value = str(event["item"]), from_base64(event["value"], "value")
                        self.values[item] = value
                        yield item, value
            finished = True
        finally:
            if not finished:
                with suppress(HocbaError):
                    await self.page.call(Cancel(self.id))

    async def cancel(self) -> None:
        """From another task; `run` then raises Cancelled. An open PIN window closes."""
        await self.page.call(Cancel(self.id))

    async def close(self) -> None:
        await self.page.call(Close(self.id))


class AgentPage:
    """`page = await AgentPage.connect(None, "https://hb.example")`, or as an async context manager."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Queue[Mapping[str, Any] | None]] = {}
        self._reading = asyncio.create_task(self._read())
        self.remembered = False
        """Did the person let the agent remember this site?"""

    @classmethod
    async def connect(cls, address: str | None, origin: str) -> AgentPage:
        """`address` as ws://127.0.0.1:port, or None to look on every port of the set. Says hello.

        Raises AgentMissing, SiteRefused, ConsentRefused, Lapsed, AgentBusy.
        """
        page = cls(await _open(address, origin))
        try:
            page.remembered = bool((await page.call(Hello()))["remembered"])
        except BaseException:
            await page.close()
            raise
        return page

    async def __aenter__(self) -> AgentPage:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._socket.close()
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading

    async def certificates(self) -> list[TokenCertificate]:
        """Usable or not, each with its reason."""
        told = await self.call(Certificates())
        return [TokenCertificate.from_json(one) for one in told["certificates"]]

    async def open(self, fingerprint: str, title: str, items: Sequence[tuple[str, str, bytes]]) -> PageJob:
        """Declares a job of (id, title, SHA-256 digest). Raises NotFound, CertificateRefused, BadInput."""
        declared = tuple(Item(identity, text, digest) for identity, text, digest in items)
        return PageJob(self, str((await self.call(Open(fingerprint, title, declared)))["job"]))

    async def sign(
        self, fingerprint: str, title: str, items: Sequence[tuple[str, str, bytes]]
    ) -> AsyncGenerator[tuple[str, bytes], None]:
        """A job from declaring to its end. See PageJob.run; to go on after an error, use `open`."""
        job = await self.open(fingerprint, title, items)
        try:
            async with aclosing(job.run()) as values:
                async for item, value in values:
                    yield item, value
        finally:
            with suppress(HocbaError):
                await job.close()

    async def call(self, command: Command) -> Mapping[str, Any]:
        """One command's result. Raises what the agent said."""
        result: Mapping[str, Any] = {}
        async for message in self._answers(command):
            result = message.get("result", {})
        return result

    async def events(self, command: Command) -> AsyncGenerator[Event, None]:
        async for message in self._answers(command):
            if "event" in message:
                yield message

    async def _answers(self, command: Command) -> AsyncGenerator[Mapping[str, Any], None]:
        """Events and, last, the result. Raises the error that the agent answered."""
        identity = str(next(self._numbers))
        queue = self._waiting[identity] = asyncio.Queue()
        try:
            if self._reading.done():
                raise AgentMissing(what="gone")
            try:
                await self._socket.send(encode_command(identity, command))
            except ConnectionClosed:
                raise AgentMissing(what="gone") from None
            while (message := await queue.get()) is not None:
                if message.get("ok") is False:
                    raise error_of(message["error"])
                yield message
                if "ok" in message:
                    return
            raise AgentMissing(what="gone")
        finally:
            del self._waiting[identity]

    async def _read(self) -> None:
        """Gives each answer to who waits for it; what nobody waits for is dropped."""
        try:
            async for text in self._socket:
                message = parse(text, _LONGEST_ANSWER)
                queue = self._waiting.get(str(message.get("re")))
                if queue is not None:
                    queue.put_nowait(message)
        except ConnectionClosed:
            pass
        finally:
            for queue in self._waiting.values():
                queue.put_nowait(None)


async def _open(address: str | None, origin: str) -> ClientConnection:
    """All ports at once; the first of the set that lets us in."""
    addresses = [address] if address else [f"ws://127.0.0.1:{port}" for port in PORTS]
    tried = await asyncio.gather(*(_try(one, origin) for one in addresses), return_exceptions=True)
    opened = [one for one in tried if isinstance(one, ClientConnection)]
    for spare in opened[1:]:
        await spare.close()
    if opened:
        return opened[0]
    if any(isinstance(one, InvalidStatus) and one.response.status_code == 403 for one in tried):
        raise SiteRefused(site=origin)
    raise AgentMissing(what="not_found")


async def _try(address: str, origin: str) -> ClientConnection:
    """Raises OSError, TimeoutError, InvalidHandshake: nobody there, or not an agent."""
    return await connect(
        address + PATH,
        origin=Origin(origin),
        compression=None,
        proxy=None,
        open_timeout=FIND_SECONDS,
        max_size=_LONGEST_ANSWER,
    )
