"""The portal of a school's department."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from hocba_core.clock import Clock
from hocba_core.errors import NotFound
from hocba_core.portal import PortalConnector
from sqlalchemy import select

from hocba_gateway.signing.clients import Clients
from hocba_gateway.store.schema import departments, schools
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope


class Portals(Protocol):
    def use(self, scope: Scope) -> AbstractAsyncContextManager[PortalConnector]:
        """Where that school's packages go. Raises NotFound(kind="portal"), PluginBroken, SettingWrong."""


class DepartmentPortals:
    """Is a Portals."""

    def __init__(self, classes: Mapping[str, type[PortalConnector]], sealer: Sealer, clock: Clock) -> None:
        """`classes`: hocba_core.registry's, by key."""
        self._clients = Clients(classes, sealer, clock)

    @asynccontextmanager
    async def use(self, scope: Scope) -> AsyncIterator[PortalConnector]:
        """Raises NotFound(kind="portal") when the department named none, and what Clients.use() does."""
        async with scope.read() as tx:
            row = await tx.row(
                select(departments.c.id, departments.c.portal, departments.c.portal_settings)
                .join_from(departments, schools, schools.c.department_id == departments.c.id)
                .where(schools.c.id == scope.school)
            )
        if row is None or row.portal_settings is None:
            if row is not None:
                await self._clients.drop(row.id)
            raise NotFound(kind="portal")
        async with self._clients.use(row.id, row.portal, row.portal_settings) as client:
            yield client

    async def close(self) -> None:
        await self._clients.close()
