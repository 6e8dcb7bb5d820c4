"""Vendors as each school set them up for the year: built once, kept until their settings change."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from hocba_core.clock import Clock
from hocba_core.errors import NotFound, PluginBroken
from hocba_core.provider import SigningProvider
from sqlalchemy import select

from hocba_gateway.signing.clients import build
from hocba_gateway.store.schema import provider_settings
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope


class SchoolVendors:
    """Is a hocba_gateway.signing.desk.Providers."""

    def __init__(self, classes: Mapping[str, type[SigningProvider]], sealer: Sealer, clock: Clock) -> None:
        """`classes`: hocba_core.registry's, by key."""
        self._classes = classes
        self._sealer = sealer
        self._clock = clock
        self._made: dict[tuple[str, str, str], tuple[bytes, SigningProvider]] = {}

    async def get(self, scope: Scope, year: str, key: str) -> SigningProvider:
        """Raises NotFound(kind="provider") when that school does not use it that year, and what build() raises:
        PluginBroken(reason="not_loaded") also for one that is not loaded."""
        async with scope.read() as tx:
            row = await tx.row(
                select(provider_settings.c.settings).where(
                    tx.of(provider_settings), provider_settings.c.year == year, provider_settings.c.provider == key
                )
            )
        if row is None:
            raise NotFound(kind="provider", provider=key)
        if key not in self._classes:
            raise PluginBroken(plugin=key, reason="not_loaded")
        mark = sha256(row.settings).digest()
        slot = (scope.school, year, key)
        kept = self._made.get(slot)
        if kept is not None and kept[0] == mark:
            return kept[1]
        made = build(key, self._classes[key], self._sealer.open(row.settings), self._clock)
        self._made[slot] = (mark, made)
        if kept is not None:
            await kept[1].close()
        return made

    async def close(self) -> None:
        for _, provider in self._made.values():
            await provider.close()
        self._made.clear()
