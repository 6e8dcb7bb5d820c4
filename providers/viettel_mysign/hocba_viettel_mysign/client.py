"""The four calls. Says which one acts; knows no waiting, no retry and no meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hocba_core.provider import Credential, SignatureRequest
from hocba_core.vendor_http import Answer, Timeouts, VendorHttp

from hocba_viettel_mysign import wire
from hocba_viettel_mysign.settings import KEY, Settings, key_of


class Client:
    """Raises only errors of hocba_core.errors: those of vendor_http, of wire and of faults."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = VendorHttp(
            KEY,
            settings.base_url,
            timeouts=Timeouts(settings.connect_seconds, settings.answer_seconds),
            ca_file=settings.ca_file,
            setting=key_of("base_url"),
        )

    async def close(self) -> None:
        await self._http.close()

    async def login(self, user_id: str) -> wire.Login:
        body = wire.login_body(self._settings, user_id)
        return wire.read_login(await self._http.post_json(wire.LOGIN, body, acts=False))

    async def certificates(self, token: str, user_id: str) -> list[Credential]:
        body = wire.certificates_body(self._settings, user_id)
        return wire.read_certificates(await self._post(wire.CERTIFICATES, body, token))

    async def sign(self, token: str, request: SignatureRequest) -> str:
        """Buzzes the phone. Returns the transaction."""
        body = wire.sign_body(self._settings, request)
        return wire.read_transaction(await self._post(wire.SIGN, body, token, acts=True))

    async def status(self, token: str, transaction: str) -> tuple[wire.Status, Answer]:
        answer = await self._post(wire.STATUS, wire.status_body(transaction), token)
        return wire.read_status(answer), answer

    async def _post(self, path: str, body: Mapping[str, Any], token: str, *, acts: bool = False) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        return await self._http.post_json(path, body, acts=acts, headers=headers)
