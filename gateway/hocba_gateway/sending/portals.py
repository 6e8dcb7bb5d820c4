"""The portal of a school's department: built once, kept until its settings change."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

from hocba_core.clock import Clock
from hocba_core.errors import NotFound, PluginBroken
from hocba_core.portal import PortalConnector
from sqlalchemy import select

from hocba_gateway.signing.clients import build
from hocba_gateway.store.schema import departments, schools
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope


class Portals(Protocol):
    async def get(self, scope: Scope) -> PortalConnector:
        """Where that school's packages go. Raises NotFound(kind="portal"), PluginBroken, SettingWrong."""


class DepartmentPortals:
    """Is a Portals."""

    def __init__(self, classes: Mapping[str, type[PortalConnector]], sealer: Sealer, clock: Clock) -> None:
        """`classes`: hocba_core.registry's, by key."""
        self._classes = classes
        self._sealer = sealer
        self._clock = clock
        self._made: dict[str, tuple[bytes, PortalConnector]] = {}

    async def get(self, scope: Scope) -> PortalConnector:
        """Raises NotFound(kind="portal") when the department named none, and what build() raises:
        PluginBroken(reason="not_loaded") also for one that is not loaded."""
        async with scope.read() as tx:
            row = await tx.row(
                select(departments.c.id, departments.c.portal, departments.c.portal_settings)
                .join_from(departments, schools, schools.c.department_id == departments.c.id)
                .where(schools.c.id == scope.school)
            )
        if row is None or row.portal_settings is None:
            raise NotFound(kind="portal")
        if row.portal not in self._classes:
            raise PluginBroken(plugin=row.portal, reason="not_loaded")
        mark = sha256(f"{row.portal}:".encode() + row.portal_settings).digest()
        kept = self._made.get(row.id)
        if kept is not None and kept[0] == mark:
            return kept[1]
        settings = self._sealer.open(row.portal_settings)
        made = build(row.portal, self._classes[row.portal], settings, self._clock)
        self._made[row.id] = (mark, made)
        if kept is not None:
            await kept[1].close()
        return made

    async def close(self) -> None:
        for _, portal in self._made.values():
            await portal.close()
        self._made.clear()
