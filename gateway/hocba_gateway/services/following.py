"""One press of Ký as its page follows it: who, with what, and how each transcript is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hocba_core.errors import HocbaError
from hocba_core.workflow.accounts import Method
from sqlalchemy import select

from hocba_gateway.services import signing
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.sheets import Subject, Vendor, named, vendor_of
from hocba_gateway.signing.progress import Progress
from hocba_gateway.signing.states import AttemptState
from hocba_gateway.signing_accounts.view import AccountView, query_accounts, view
from hocba_gateway.store.schema import confirmations, people, signing_accounts
from hocba_gateway.store.store import Scope, Tx
from hocba_gateway.store.table import refers


@dataclass(frozen=True, slots=True)
class Followed:
    progress: Progress
    account: AccountView
    fingerprint: str
    vendor: Vendor | None
    """None for a token, and for a vendor that is not to be had now."""
    subjects: Mapping[str, Subject]
    """In the order of the class list."""
    own: bool
    """Pressed by who looks; an administrator only looks."""
    pressed_by: str = field(repr=False)
    """Name."""
    may_stop: bool
    """Somebody else's, whose rest who looks may give up: what the school signs with a token."""

    @property
    def is_token(self) -> bool:
        return self.account.method is Method.TOKEN

    @property
    def signed(self) -> int:
        return self.progress.count(AttemptState.SIGNED)

    @property
    def failed(self) -> tuple[str, ...]:
        """Subjects of what did not come to a signature, in the order of the class list, each once."""
        over = {
            one.subject for one in self.progress.attempts if one.state in (AttemptState.FAILED, AttemptState.ORPHAN)
        }
        return tuple(one for one in self.subjects if one in over)

    def at(self, progress: Progress) -> Followed:
        return replace(self, progress=progress)


async def follow(gateway: Gateway, scope: Scope, principal: Principal, confirmation: str) -> Followed:
    """Raises NotFound(kind="confirmation")."""
    found = await signing.confirmation(scope, principal, confirmation)
    async with scope.read() as tx:
        subjects = await named(tx, found.kind, [one.subject for one in found.attempts])
        account, fingerprint = await _account(tx, confirmation)
        pressed_by = await tx.row(select(people.c.name).where(tx.of(people), people.c.id == found.person))
    vendor = None
    if account.method is Method.REMOTE and account.provider:
        try:
            vendor, _ = await vendor_of(gateway, scope, account.id, account.provider, account.year)
        except HocbaError:
            vendor = None  # its operator may bring it back; what is under way is followed all the same
    own = found.person == principal.person
    may_stop = not own and found.kind in signing.BY_SCHOOL and principal.has(Right.SEAL)
    return Followed(
        progress=found,
        account=account,
        fingerprint=fingerprint,
        vendor=vendor,
        subjects=subjects,
        own=own,
        pressed_by=pressed_by.name if pressed_by else "",
        may_stop=may_stop and account.method is Method.TOKEN,
    )


async def _account(tx: Tx, confirmation: str) -> tuple[AccountView, str]:
    c, a = confirmations.c, signing_accounts.c
    same = refers(c.account_id, signing_accounts)
    query = select(a.id, a.year, a.fingerprint).join_from(confirmations, signing_accounts, same)
    row: Any = await tx.row(query.where(tx.of(confirmations), c.id == confirmation))
    account = await tx.row(query_accounts(tx, row.year).where(a.id == row.id))
    return view(account, tx.now()), row.fingerprint
