"""A raw socket that sends what no browser would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from hocba_core.agent_protocol import PATH, VERSION, Item, Open, encode_command
from websockets.asyncio.client import connect
from websockets.typing import Origin

from hocba_agent.testing.running import SITE, items


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: str
    body: str


class Attacker:
    """Writes bytes that no browser would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def headers(self, **changed: str | None) -> list[tuple[str, str]]:
        """A good handshake's; None leaves one out."""
        good: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
            "Origin": SITE,
        }
        return [(name, value) for name, value in {**good, **changed}.items() if value is not None]

    async def knock(
        self, headers: Sequence[tuple[str, str]], *, method: str = "GET", path: str = PATH, body: bytes = b""
    ) -> Answer:
        """One request, and the answer until the agent closes (or upgrades). Status 0: closed without a word."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        try:
            async with asyncio.timeout(10):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                status = int(head.split(" ", 2)[1])
                rest = b"" if status == 101 else await reader.read()
        except asyncio.IncompleteReadError:
            return Answer(0, "", "")
        finally:
            writer.close()
        return Answer(status, head.lower(), rest.decode())


class RawPage:
    """A page that writes its messages by hand: async with, then `say`."""

    def __init__(self, address: str, origin: str = SITE) -> None:
        self._opening = connect(address + PATH, origin=Origin(origin), compression=None, proxy=None)
        self._numbers = count(1)

    async def __aenter__(self) -> RawPage:
        self.socket = await self._opening
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def say(self, do: str, **fields: object) -> dict[str, Any]:
        """The answer to one command: its result, or its error with "code"; events before it are dropped."""
        identity = f"raw{next(self._numbers)}"
        await self.socket.send(json.dumps({"v": VERSION, "id": identity, "do": do, **fields}))
        while True:
            answer = await self.hear()
            if answer["re"] == identity and "ok" in answer:
                told: dict[str, Any] = answer["result"] if answer["ok"] else answer["error"]
                return told

    async def ask(self, do: str, number: int | str = "", **fields: object) -> None:
        """Without waiting for the answer; the id is the command's name and `number`."""
        await self.socket.send(json.dumps({"v": VERSION, "id": f"{do}{number}", "do": do, **fields}))

    async def answers(self, *wanted: str) -> dict[str, dict[str, Any]]:
        """Results and errors of what was asked by `ask`, by id, in whatever order they come."""
        found: dict[str, dict[str, Any]] = {}
        while not found.keys() >= set(wanted):
            heard = await self.hear()
            if "ok" in heard:
                found[heard["re"]] = heard["result"] if heard["ok"] else heard["error"]
        return found

    async def order(self, count: int = 2) -> dict[str, Any]:
        """Says hello. The fields of a job for the first certificate, to be opened."""
        await self.say("hello")
        fingerprint = (await self.say("certificates"))["certificates"][0]["fingerprint"]
        command = Open(fingerprint, "Ký", tuple(Item(*one) for one in items(count)))
        fields = json.loads(encode_command("x", command))
        return {name: value for name, value in fields.items() if name not in ("v", "id", "do")}

    async def declared(self, count: int = 2) -> str:
        """The id of such a job."""
        return str((await self.say("open", **await self.order(count)))["job"])

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            heard: dict[str, Any] = json.loads(await self.socket.recv())
        return heard
