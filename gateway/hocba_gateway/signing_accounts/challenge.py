"""One-time challenges: whoever registers a USB token signs one, so that a certificate alone proves nothing (A1, A4)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import uuid4

from hocba_core.clock import from_millis, to_millis
from hocba_core.errors import NotFound
from sqlalchemy import delete, select

from hocba_gateway.store.schema import token_challenges
from hocba_gateway.store.store import Scope

LIVES: Final = timedelta(minutes=5)
"""Long enough to find the token and type a PIN."""
_DOMAIN: Final = b"hocba-token-challenge-1"


class Purpose(StrEnum):
    PERSON = "person"
    SCHOOL = "school"


TITLES: Final = {
    Purpose.PERSON: "Đăng ký tài khoản ký số",
    Purpose.SCHOOL: "Đăng ký chứng thư số nhà trường",
}
"""What the agent's window shows for the one item that it signs."""


@dataclass(frozen=True, slots=True)
class TokenChallenge:
    id: str
    digest: bytes = field(repr=False)
    """32 bytes for the token to sign."""
    title: str
    expires_at: datetime


async def make_challenge(scope: Scope, account: str, purpose: Purpose) -> TokenChallenge:
    """For the person who is logged in: `account` is accounts.id. An older one of theirs for that purpose is dropped."""
    nonce = secrets.token_bytes(32)
    identity = str(uuid4())
    over = to_millis(scope.store.clock() + LIVES)
    t = token_challenges.c
    async with scope.write() as tx:
        stale = (t.expires_at <= tx.now()) | ((t.account_id == account) & (t.purpose == purpose.value))
        await tx.execute(delete(token_challenges).where(tx.of(token_challenges), stale))
        row = {"id": identity, "account_id": account, "purpose": purpose.value, "nonce": nonce, "expires_at": over}
        await tx.insert(token_challenges, [row])
    digest = _digest(scope.school, account, purpose, identity, nonce)
    return TokenChallenge(identity, digest, TITLES[purpose], from_millis(over))


async def use_challenge(scope: Scope, identity: str, account: str, purpose: Purpose) -> bytes:
    """Its digest, once: whatever comes of it, that challenge is gone.

    Raises NotFound(kind="challenge") for one that is over, used, another account's or for another purpose.
    """
    t = token_challenges.c
    here = (t.id == identity, t.account_id == account, t.purpose == purpose.value)
    async with scope.write() as tx:
        mine = (tx.of(token_challenges), *here)
        row = await tx.row(select(t.nonce, t.expires_at).where(*mine).with_for_update())
        if row is not None:
            await tx.execute(delete(token_challenges).where(*mine))
        now = tx.now()
    if row is None or row.expires_at <= now:
        raise NotFound(kind="challenge")
    return _digest(scope.school, account, purpose, identity, row.nonce)


def _digest(school: str, account: str, purpose: Purpose, identity: str, nonce: bytes) -> bytes:
    """Bound to everything; begins as no XML and no signed attributes begin, so it is no signature of a record."""
    bound = "\0".join((school, account, purpose.value, identity)).encode()
    return sha256(_DOMAIN + b"\0" + bound + b"\0" + nonce).digest()
