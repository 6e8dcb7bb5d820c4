"""The reception portal as a PortalConnector, after the proposed contract. What happens when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hocba_core.clock import Clock
from hocba_core.portal import Found, Package, PortalCapabilities, PortalConnector, Receipt
from hocba_core.provider import Json

from hocba_reception_portal.client import Client
from hocba_reception_portal.settings import KEY, Settings


class ReceptionPortal(PortalConnector):
    key = KEY
    title = "Cổng tiếp nhận học bạ số"

    def __init__(self, settings: Json, clock: Clock) -> None:
        self._settings = Settings.read(settings)
        self._client = Client(self._settings, clock)
        self._can = PortalCapabilities(
            sealed_packages=self._settings.sealed_packages,
            records_per_package=self._settings.records_per_package,
            search=self._settings.search,
            recall=self._settings.recall,
        )

    @property
    def can(self) -> PortalCapabilities:
        return self._can

    async def close(self) -> None:
        await self._client.close()

    async def check(self) -> None:
        """A fresh token each time: one that is kept would say nothing of what was changed since."""
        await self._client.log_in()

    async def send(self, package: Package) -> Receipt:
        return await self._client.send(package)

    async def status(self, receipt_id: str) -> Receipt:
        return await self._client.status(receipt_id)

    async def search(self, query: Mapping[str, str]) -> Sequence[Found]:
        if not self._can.search:
            return await super().search(query)
        return await self._client.search(query)

    async def recall(self, request_xml: bytes, request_uuid: str) -> str:
        if not self._can.recall:
            return await super().recall(request_xml, request_uuid)
        return await self._client.recall(request_xml, request_uuid)

    async def recall_status(self, recall_id: str) -> str:
        if not self._can.recall:
            return await super().recall_status(recall_id)
        return await self._client.recall_status(recall_id)
