"""The gateway's HTTP API as the demo's people call it: one logged-in person each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from hocba_core.secret import Secret

PATIENCE = aiohttp.ClientTimeout(total=300, connect=10)
"""A class is rendered while the page of the seal waits."""


class Refusal(RuntimeError):
    """The gateway said no; the text is what a person would read."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{problem.get('title', '')}. {problem.get('detail', '')} ({problem.get('number', '')})")
        self.code = str(problem.get("code", ""))
        self.facts: Mapping[str, Any] = problem.get("facts", {})


class Api:
    """The gateway, before anybody has logged in. Use as an async context."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = aiohttp.ClientSession(timeout=PATIENCE)

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def log_in(self, username: str, password: Secret) -> Person:
        said = await self.call("POST", "/login", json={"username": username, "password": password.reveal()})
        return Person(self, said["me"], Secret(said["token"]))

    async def call(self, method: str, path: str, token: Secret | None = None, **sent: Any) -> Any:
        """JSON, or bytes for a file. Raises Refusal."""
        headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
        async with self._http.request(method, f"{self.address}/api/v1{path}", headers=headers, **sent) as answer:
            if answer.status >= 400:
                raise Refusal(await answer.json(content_type=None))
            if answer.content_type == "application/json":
                return await answer.json()
            return await answer.read()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    api: Api = field(repr=False)
    me: Mapping[str, Any]
    _token: Secret = field(repr=False)

    async def get(self, path: str, **query: str) -> Any:
        return await self.api.call("GET", path, self._token, params=query)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return (
            await self.api.call("POST", path, self._token, json=body)
            if body is not None
            else (await self.api.call("POST", path, self._token))
        )

    async def put(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return await self.api.call("PUT", path, self._token, json=body)

    async def upload(self, path: str, files: Sequence[Path], fields: Mapping[str, str]) -> Any:
        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, value)
        for file in files:
            form.add_field("files", file.read_bytes(), filename=file.name)
        return await self.api.call("POST", path, self._token, data=form)
