"""Vendors as each school set them up for the year."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from hocba_core.clock import Clock
from hocba_core.errors import NotFound
from hocba_core.provider import SigningProvider
from sqlalchemy import select

from hocba_gateway.signing.clients import Clients
from hocba_gateway.store.schema import provider_settings
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope


class SchoolVendors:
    """Is a hocba_gateway.signing.desk.Providers."""

    def __init__(self, classes: Mapping[str, type[SigningProvider]], sealer: Sealer, clock: Clock) -> None:
        """`classes`: hocba_core.registry's, by key."""
        self._clients = Clients(classes, sealer, clock)

    @asynccontextmanager
    async def use(self, scope: Scope, year: str, key: str) -> AsyncIterator[SigningProvider]:
        """Raises NotFound(kind="provider") when that school does not use it that year, and what Clients.use() does."""
        async with scope.read() as tx:
            row = await tx.row(
                select(provider_settings.c.settings).where(
                    tx.of(provider_settings), provider_settings.c.year == year, provider_settings.c.provider == key
                )
            )
        slot = (scope.school, year, key)
        if row is None:
            await self._clients.drop(slot)
            raise NotFound(kind="provider", provider=key)
        async with self._clients.use(slot, key, row.settings) as client:
            yield client

    async def close(self) -> None:
        await self._clients.close()
