"""People's open sessions at vendors: encrypted rows, refreshed once for everybody who needs them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from uuid import uuid4

from hocba_core.clock import from_millis, to_millis
from hocba_core.errors import Refused, SessionEnded
from hocba_core.provider import Session, SigningProvider
from sqlalchemy import delete, select, update

from hocba_gateway.store.schema import provider_sessions
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope, Tx

_refreshing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


async def save_session(
    tx: Tx, sealer: Sealer, person: str, provider: str, year: str, session: Session, refs: Iterable[str]
) -> str:
    """Returns the id that a SignCommand names. `refs`: of the keys that the vendor showed for it.

    An older session of that person at that vendor is dropped once it has ended by itself.
    """
    identity = str(uuid4())
    over = provider_sessions.c.expires_at <= tx.now()
    await tx.execute(
        delete(provider_sessions).where(
            tx.of(provider_sessions),
            provider_sessions.c.person_id == person,
            provider_sessions.c.provider == provider,
            over,
        )
    )
    row = {
        "id": identity,
        "person_id": person,
        "provider": provider,
        "year": year,
        "session": sealer.seal(session.data),
        "refs": list(refs),
        "expires_at": to_millis(session.expires_at),
    }
    await tx.insert(provider_sessions, [row])
    return identity


async def load_session(tx: Tx, sealer: Sealer, identity: str | None) -> Session:
    """Raises SessionEnded when there is none any more."""
    row = await tx.row(select(provider_sessions).where(tx.of(provider_sessions), provider_sessions.c.id == identity))
    if row is None:
        raise SessionEnded()
    return Session(sealer.open(row.session), from_millis(row.expires_at))


async def open_again(
    scope: Scope, sealer: Sealer, provider: SigningProvider, identity: str | None, used: Session | None
) -> Session:
    """A session that is good now. `used` is one that the vendor just called over; None trusts its date.

    Raises SessionEnded when only the person can open another, and whatever refresh() raises.
    """
    if identity is None:
        raise SessionEnded(provider=provider.key)
    async with _refreshing[identity]:
        async with scope.read() as tx:
            session = await load_session(tx, sealer, identity)
        if session != used and session.expires_at > scope.store.clock():
            return session
        try:
            fresh = await provider.refresh(session)
        except Refused as error:
            raise SessionEnded(provider=provider.key) from error
        async with scope.write() as tx:
            await tx.execute(
                update(provider_sessions)
                .where(tx.of(provider_sessions), provider_sessions.c.id == identity)
                .values(session=sealer.seal(fresh.data), expires_at=to_millis(fresh.expires_at))
            )
        return fresh


async def session_of(scope: Scope, person: str, provider: str, year: str, ref: str) -> str | None:
    """The id of an open session of that person that reaches the key `ref`, so that they need not log in again.

    People have sessions that reach another's key: a colleague's user name, typed by a slip while registering.
    """
    async with scope.read() as tx:
        rows = await tx.rows(
            select(provider_sessions.c.id, provider_sessions.c.refs)
            .where(
                tx.of(provider_sessions),
                provider_sessions.c.person_id == person,
                provider_sessions.c.provider == provider,
                provider_sessions.c.year == year,
                provider_sessions.c.expires_at > tx.now(),
            )
            .order_by(provider_sessions.c.expires_at.desc())
        )
    return next((str(row.id) for row in rows if ref in row.refs), None)
