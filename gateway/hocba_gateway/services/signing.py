"""A person signs: which account, which vendor session, and what they may see and do of what they asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from hocba_core.errors import BadInput, Conflict, NotFound, SessionEnded
from hocba_core.secret import Secret
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.accounts import Method
from sqlalchemy import select

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.sight import require_transcripts
from hocba_gateway.services.vendor_login import open_session_of
from hocba_gateway.signing import during
from hocba_gateway.signing.prepare import Pressed, SignCommand, press
from hocba_gateway.signing.progress import Progress, progress
from hocba_gateway.signing.states import PACKAGE, TOKEN, ConfirmationState
from hocba_gateway.store.schema import confirmations, requests, signing_accounts
from hocba_gateway.store.store import Scope, Tx
from hocba_gateway.store.table import refers

KINDS = frozenset({*(kind.value for kind in SlotKind), PACKAGE})
BY_SCHOOL = frozenset({SlotKind.SEAL.value, PACKAGE})
"""Signed with the school's certificate."""


async def sign(
    gateway: Gateway, scope: Scope, principal: Principal, key: str, kind: str, subjects: Sequence[str], account: str
) -> Pressed:
    """ "Ký": once for all of `subjects`. `account`: signing_accounts.id, the own one or the school's.

    Raises Forbidden, NotFound, SessionEnded where the vendor wants a log-in first, and what press() raises.
    """
    if kind not in KINDS:
        raise BadInput(field="kind", expected=", ".join(sorted(KINDS)))
    if not subjects:
        raise BadInput(field="subjects", expected="ít nhất một")
    person = principal.demand_person()
    if kind in BY_SCHOOL:
        principal.demand(Right.SEAL)
    async with scope.read() as tx:
        row = await require_account(tx, principal, kind, account)
        if kind != PACKAGE:
            await require_transcripts(tx, principal, subjects)
    session = None
    if row.method == Method.REMOTE:
        session = await open_session_of(scope, person, row.provider, row.year, row.credential_ref)
    command = SignCommand(
        key=f"{principal.account}:{key}",
        actor=principal.account,
        person=person,
        may_seal=principal.has(Right.SEAL),
        account=account,
        kind=kind,
        subjects=tuple(subjects),
        session=session,
    )
    pressed = await press(gateway.desk, scope, command)
    gateway.signing.wake()
    return pressed


async def require_account(tx: Tx, principal: Principal, kind: str, account: str) -> Any:
    """The row, of one's own or, for what the school signs, of the school's. Raises NotFound(kind="signing_account")."""
    row = await _account(tx, account)
    if row.person_id != (None if kind in BY_SCHOOL else principal.demand_person()):
        raise NotFound(kind="signing_account")
    return row


async def _account(tx: Tx, account: str) -> Any:
    row = await tx.row(select(signing_accounts).where(tx.of(signing_accounts), signing_accounts.c.id == account))
    if row is None:
        raise NotFound(kind="signing_account")
    return row


async def confirmation(scope: Scope, principal: Principal, confirmation_id: str) -> Progress:
    """The own one; the administrator may look at any, who seals at the school's.

    Raises NotFound(kind="confirmation").
    """
    async with scope.read() as tx:
        found = await progress(tx, confirmation_id)
    seals = found.kind in BY_SCHOOL and principal.has(Right.SEAL)
    if found.person != principal.person and not seals and not principal.has(Right.ADMIN):
        raise NotFound(kind="confirmation")
    return found


async def open_confirmations(scope: Scope, principal: Principal) -> list[str]:
    """The own ones that are still going on, newest first: a page that was closed finds them again."""
    query = select(confirmations.c.id).order_by(confirmations.c.created_at.desc())
    async with scope.read() as tx:
        own = (confirmations.c.person_id == (principal.person or ""), confirmations.c.state == ConfirmationState.OPEN)
        return list((await tx.execute(query.where(tx.of(confirmations), *own))).scalars())


async def go_on(gateway: Gateway, scope: Scope, principal: Principal, confirmation_id: str) -> int:
    """After the person logged in to the vendor again: what waited for that goes on. Raises SessionEnded."""
    person = principal.demand_person()
    async with scope.read() as tx:
        row = await tx.row(
            select(confirmations.c.account_id).where(
                tx.of(confirmations), confirmations.c.id == confirmation_id, confirmations.c.person_id == person
            )
        )
        if row is None:
            raise NotFound(kind="confirmation")
        account = await _account(tx, row.account_id)
    if account.method != Method.REMOTE:
        raise SessionEnded(provider=TOKEN)
    session = await open_session_of(scope, person, account.provider, account.year, account.credential_ref)
    moved = await during.go_on_with(scope, confirmation_id, session)
    gateway.signing.wake()
    return moved


async def submit_code(gateway: Gateway, scope: Scope, principal: Principal, request: str, code: Secret) -> None:
    await _require_own(scope, principal, request)
    await during.submit_code(gateway.desk, scope, request, code)


async def resend_code(gateway: Gateway, scope: Scope, principal: Principal, request: str) -> None:
    await _require_own(scope, principal, request)
    await during.resend_code(gateway.desk, scope, request)


async def items(scope: Scope, principal: Principal, request: str) -> list[tuple[str, str, bytes]]:
    """For the agent: item, title, digest of what still has no value."""
    await _require_own(scope, principal, request)
    return await during.items_for_token(scope, request)


async def values(
    gateway: Gateway, scope: Scope, principal: Principal, request: str, given: Mapping[str, bytes]
) -> None:
    """From the agent, in chunks as they come."""
    await _require_own(scope, principal, request)
    await during.values_from_token(gateway.desk, scope, request, given)


async def stop(scope: Scope, principal: Principal, request: str) -> None:
    """The rest of a token's job, by who pressed; of what the school signs by anybody who seals, too: a school does not
    wait for a colleague who left in the middle."""
    await _require_own(scope, principal, request, or_sealing=principal.has(Right.SEAL))
    await during.stop_token(scope, request, principal.account)


async def stop_all(scope: Scope, principal: Principal, confirmation_id: str) -> int:
    """The rest of a whole press. Returns how many requests were still going on.

    Raises NotFound(kind="confirmation" | "request").
    """
    stopped = 0
    for one in (await confirmation(scope, principal, confirmation_id)).requests:
        with suppress(Conflict):  # it is over by now
            await stop(scope, principal, one.id)
            stopped += 1
    return stopped


async def _require_own(scope: Scope, principal: Principal, request: str, *, or_sealing: bool = False) -> None:
    """Raises NotFound(kind="request") for one that somebody else pressed, `or_sealing` unless the school signs it."""
    query = select(requests.c.id).join_from(
        requests,
        confirmations,
        refers(requests.c.confirmation_id, confirmations),
    )
    async with scope.read() as tx:
        theirs = confirmations.c.person_id == (principal.person or "")
        if or_sealing:
            theirs = theirs | confirmations.c.slot_kind.in_(BY_SCHOOL)
        if await tx.row(query.where(tx.of(requests), requests.c.id == request, theirs)) is None:
            raise NotFound(kind="request")
