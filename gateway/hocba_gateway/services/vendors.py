"""Which vendors a school uses in a year, as pages list them, and their settings (A8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hocba_core.provider import SigningProvider

from hocba_gateway.accounts.settings import save_provider_settings, used_providers
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.store.store import Scope


async def vendors_of(gateway: Gateway, scope: Scope, year: str) -> list[SigningProvider]:
    """Ready to be asked what they can; those that are not loaded any more are left out."""
    async with scope.read() as tx:
        keys = [key for key in await used_providers(tx, year) if key in gateway.registry.providers]
    return [await gateway.desk.providers.get(scope, year, key) for key in keys]


async def save(gateway: Gateway, scope: Scope, year: str, key: str, settings: Mapping[str, Any], actor: str) -> None:
    """Tried at the vendor first. Raises PluginBroken and what save_provider_settings() raises."""
    provider = gateway.registry.provider(key)
    await save_provider_settings(scope, gateway.sealer, provider, year, settings, gateway.clock, actor=actor)
