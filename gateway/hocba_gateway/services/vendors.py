"""Which vendors a school uses in a year, as pages list them, and their settings (A8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hocba_core.errors import PluginBroken, SettingWrong
from hocba_core.provider import Capabilities

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.signing_accounts.settings import drop_provider_settings, save_provider_settings, used_providers
from hocba_gateway.store.store import Scope


@dataclass(frozen=True, slots=True)
class Offer:
    """What a vendor says of itself; nothing is asked of it."""

    key: str
    title: str
    can: Capabilities


@dataclass(frozen=True, slots=True)
class Vendors:
    usable: list[Offer]
    unusable: Mapping[str, str]
    """Key -> what is wrong with one that the school uses: the error's code."""


async def look(gateway: Gateway, scope: Scope, year: str) -> Vendors:
    """Every vendor that the school uses in that year; one that is broken does not hide the others."""
    async with scope.read() as tx:
        keys = await used_providers(tx, year)
    usable, unusable = [], {}
    for key in keys:
        try:
            usable.append(await one_offer(gateway, scope, year, key))
        except (PluginBroken, SettingWrong) as error:
            unusable[key] = error.code
    return Vendors(usable, unusable)


async def one_offer(gateway: Gateway, scope: Scope, year: str, key: str) -> Offer:
    """Raises NotFound(kind="provider"), PluginBroken, SettingWrong."""
    async with gateway.desk.providers.use(scope, year, key) as vendor:
        return Offer(vendor.key, vendor.title, vendor.can)


async def vendors_of(gateway: Gateway, scope: Scope, year: str) -> list[Offer]:
    return (await look(gateway, scope, year)).usable


def reasons(gateway: Gateway, principal: Principal, found: Vendors) -> dict[str, str]:
    """Key -> why it cannot be used. The administrator is told of every broken plugin and what an operator needs to
    know; to others the school's own are named, with the error's code."""
    whole = gateway.registry.broken if principal.has(Right.ADMIN) else {}
    return {**found.unusable, **whole}


async def save(gateway: Gateway, scope: Scope, year: str, key: str, settings: Mapping[str, Any], actor: str) -> None:
    """Tried at the vendor first. Raises PluginBroken and what save_provider_settings() raises."""
    provider = gateway.registry.provider(key)
    await save_provider_settings(scope, gateway.sealer, provider, year, settings, gateway.clock, actor=actor)


async def give_up(scope: Scope, year: str, key: str, actor: str) -> None:
    """Raises what drop_provider_settings() raises."""
    await drop_provider_settings(scope, year, key, actor=actor)
