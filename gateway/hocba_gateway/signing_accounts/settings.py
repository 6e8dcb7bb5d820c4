"""Which vendors a school uses in a year, tried before they are saved (A8)."""

from __future__ import annotations

from typing import Any

from hocba_core.audit import Event
from hocba_core.clock import Clock
from hocba_core.errors import Conflict, NotFound
from hocba_core.provider import Json, SigningProvider
from sqlalchemy import delete, func, select

from hocba_gateway.signing.clients import build
from hocba_gateway.signing.states import OVER
from hocba_gateway.signing_accounts.keep import HELD, check_year
from hocba_gateway.store.schema import confirmations, provider_settings, requests, signing_accounts
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope, Tx
from hocba_gateway.store.table import refers


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


async def drop_provider_settings(scope: Scope, year: str, key: str, *, actor: str) -> None:
    """The school stops using that vendor in that year; what was signed there is not touched.

    Raises NotFound(kind="provider"), and Conflict(state="vendor_in_use", accounts, requests) while somebody has an
    account there that is approved or waits for it, or something asked there goes on.
    """
    async with scope.write() as tx:
        await tx.alone()
        accounts, asked = await _in_use(tx, year, key)
        if accounts or asked:
            raise Conflict(state="vendor_in_use", needs="unused", accounts=accounts, requests=asked)
        if not await _drop(tx, year, key):
            raise NotFound(kind="provider", provider=key)
        await tx.audit(Event.PROVIDER_SETTINGS, {"year": year, "provider": key, "dropped": True}, actor)


async def _in_use(tx: Tx, year: str, key: str) -> tuple[int, int]:
    """How many accounts, and how many requests that go on, also of accounts that were replaced meanwhile."""
    a, c, r = signing_accounts.c, confirmations.c, requests.c
    there = (a.year == year, a.provider == key)
    held = select(func.count()).select_from(signing_accounts).where(tx.of(signing_accounts), *there, a.state.in_(HELD))
    asked = (
        select(func.count())
        .select_from(requests)
        .join(confirmations, refers(r.confirmation_id, confirmations))
        .join(signing_accounts, refers(c.account_id, signing_accounts))
        .where(tx.of(requests), *there, r.state.not_in(OVER))
    )
    return (await tx.execute(held)).scalar_one(), (await tx.execute(asked)).scalar_one()


async def used_providers(tx: Tx, year: str) -> tuple[str, ...]:
    """Keys of the vendors that are set up for the year."""
    p = provider_settings.c
    query = select(p.provider).where(tx.of(provider_settings), p.year == year).order_by(p.provider)
    return tuple((await tx.execute(query)).scalars())


async def _drop(tx: Tx, year: str, key: str) -> int:
    p = provider_settings.c
    here = (tx.of(provider_settings), p.year == year, p.provider == key)
    return (await tx.execute(delete(provider_settings).where(*here))).rowcount
