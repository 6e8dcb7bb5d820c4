"""Which vendors a school uses in a year, tried before they are saved (A8)."""

from __future__ import annotations

from typing import Any

from hocba_core.audit import Event
from hocba_core.clock import Clock
from hocba_core.provider import Json, SigningProvider
from sqlalchemy import delete, select

from hocba_gateway.signing.clients import build
from hocba_gateway.signing_accounts.keep import check_year
from hocba_gateway.store.schema import provider_settings
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope, Tx


async def save_provider_settings(
    scope: Scope,
    sealer: Sealer,
    provider_class: type[SigningProvider],
    year: str,
    settings: Json,
    clock: Clock,
    *,
    actor: str,
) -> None:
    """Saves nothing unless the vendor accepted them: raises what build() and check() do: SettingWrong, Unavailable …

    An older year's settings, and what was signed with them, are not touched. Nothing secret is audited.
    """
    check_year(year)
    provider = build(provider_class.key, provider_class, settings, clock)
    try:
        await provider.check()
    finally:
        await provider.close()
    row: dict[str, Any] = {"year": year, "provider": provider_class.key, "settings": sealer.seal(settings)}
    async with scope.write() as tx:
        await tx.alone()
        await _drop(tx, year, provider_class.key)
        await tx.insert(provider_settings, [row])
        await tx.audit(Event.PROVIDER_SETTINGS, {"year": year, "provider": provider_class.key}, actor)


async def drop_provider_settings(tx: Tx, year: str, key: str, *, actor: str) -> None:
    """The school stops using that vendor in that year."""
    if await _drop(tx, year, key):
        await tx.audit(Event.PROVIDER_SETTINGS, {"year": year, "provider": key, "dropped": True}, actor)


async def used_providers(tx: Tx, year: str) -> tuple[str, ...]:
    """Keys of the vendors that are set up for the year."""
    p = provider_settings.c
    query = select(p.provider).where(tx.of(provider_settings), p.year == year).order_by(p.provider)
    return tuple((await tx.execute(query)).scalars())


async def _drop(tx: Tx, year: str, key: str) -> int:
    p = provider_settings.c
    here = (tx.of(provider_settings), p.year == year, p.provider == key)
    return (await tx.execute(delete(provider_settings).where(*here))).rowcount
