"""The calls. Says which one acts; holds the token, because a portal's token is ours and not a person's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from hocba_core.clock import Clock
from hocba_core.portal import Found, Package, Receipt
from hocba_core.vendor_http import Answer, Timeouts, VendorHttp

from hocba_reception_portal import faults, wire
from hocba_reception_portal.settings import KEY, Settings, key_of

_MARGIN: Final = timedelta(seconds=30)


class Client:
    """Raises only errors of hocba_core.errors: those of vendor_http, of wire and of faults."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._token: tuple[str, datetime] | None = None
        self._one_login = asyncio.Lock()
        self._http = VendorHttp(
            KEY,
            settings.base_url,
            timeouts=Timeouts(settings.connect_seconds, settings.answer_seconds),
            ca_file=settings.ca_file,
            setting=key_of("base_url"),
        )

    async def close(self) -> None:
        await self._http.close()

    async def log_in(self) -> str:
        """A fresh token."""
        headers = {"Content-Type": wire.FORM}
        body = wire.token_body(self._settings)
        answer = await self._http.send("POST", self._settings.paths.token, body, acts=False, headers=headers)
        token = wire.read_token(answer)
        self._token = (token.value, self._clock() + timedelta(seconds=token.seconds) - _MARGIN)
        return token.value

    async def send(self, package: Package) -> Receipt:
        return wire.read_receipt(await self._act(self._settings.paths.send, package.xml, package.uuid), self._clock())

    async def status(self, receipt_id: str) -> Receipt:
        answer = await self._call("GET", wire.receipt_path(self._settings, receipt_id), acts=False)
        return wire.read_receipt(answer, self._clock())

    async def search(self, query: Mapping[str, str]) -> Sequence[Found]:
        body = wire.search_body(query)
        return wire.read_found(await self._call("POST", self._settings.paths.search, body, acts=False))

    async def recall(self, xml: bytes, uuid: str) -> str:
        return wire.read_recall(await self._act(self._settings.paths.recall, xml, uuid))[0]

    async def recall_status(self, recall_id: str) -> str:
        answer = await self._call("GET", wire.recall_path(self._settings, recall_id), acts=False)
        return wire.read_recall(answer)[1]

    async def _act(self, path: str, xml: bytes, key: str) -> Answer:
        """Something arrives there, once: the key says that it is the same when it comes again."""
        return await self._call("POST", path, xml, acts=True, headers={self._settings.key_header: key})

    async def _call(
        self,
        method: str,
        path: str,
        body: bytes | Mapping[str, str] | None = None,
        *,
        acts: bool,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A token that ended costs one login. A 401 means that nothing was done, so the call goes again, once."""
        token = await self._usable_token()
        answer = await self._once(method, path, body, token, acts, headers or {})
        if answer.status != 401:
            return answer
        answer = await self._once(method, path, body, await self._renewed(token), acts, headers or {})
        if answer.status == 401:
            raise faults.refusal(answer, "", "")
        return answer

    async def _once(
        self,
        method: str,
        path: str,
        body: bytes | Mapping[str, str] | None,
        token: str,
        acts: bool,
        headers: Mapping[str, str],
    ) -> Answer:
        sent = {"Authorization": f"Bearer {token}", **headers}
        if isinstance(body, bytes):
            return await self._http.send(method, path, body, acts=acts, headers={"Content-Type": wire.XML, **sent})
        if body is not None:
            return await self._http.post_json(path, body, acts=acts, headers=sent)
        return await self._http.send(method, path, acts=acts, headers=sent)

    async def _usable_token(self) -> str:
        async with self._one_login:
            if self._token is not None and self._clock() < self._token[1]:
                return self._token[0]
            return await self.log_in()

    async def _renewed(self, used: str) -> str:
        """One login for all who find out together that the token has ended."""
        async with self._one_login:
            if self._token is not None and self._token[0] != used:
                return self._token[0]
            return await self.log_in()
