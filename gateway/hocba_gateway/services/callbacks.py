"""A vendor calls us. All that it can do is make us ask that vendor now; what it says is never believed."""

from __future__ import annotations

from collections.abc import Mapping

from hocba_core.errors import NotFound
from hocba_core.provider import Completion, Reply
from sqlalchemy import select

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.signing.during import called_back
from hocba_gateway.signing.states import TOKEN
from hocba_gateway.store.schema import confirmations, requests, signing_accounts
from hocba_gateway.store.table import refers

MOST_BYTES = 1024 * 1024
"""Of a call that anybody can make."""


async def called(gateway: Gateway, request: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """Raises NotFound(kind="request") for one that no vendor was asked to call back about."""
    query = (
        select(requests.c.school_id, requests.c.source, signing_accounts.c.year)
        .join_from(
            requests,
            confirmations,
            refers(requests.c.confirmation_id, confirmations),
        )
        .join(
            signing_accounts,
            (signing_accounts.c.id == confirmations.c.account_id)
            & (signing_accounts.c.school_id == requests.c.school_id),
        )
        .where(requests.c.id == request)
    )
    async with gateway.store.across_schools() as connection:
        row = (await connection.execute(query)).first()
    if row is None or row.source == TOKEN:
        raise NotFound(kind="request")
    scope = gateway.scoped(row.school_id)
    async with gateway.desk.providers.use(scope, row.year, row.source) as provider:
        if provider.can.completion is not Completion.CALLBACK:
            raise NotFound(kind="request")
        callback, reply = provider.read_callback(headers, body)
    if callback is not None and await called_back(scope, request, callback.handle):
        gateway.signing.wake()
    return reply
