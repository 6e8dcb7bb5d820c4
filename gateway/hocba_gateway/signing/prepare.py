"""A person pressed Ký: what will be signed is stored with its digests, and audited, before anyone is asked.

Nothing here talks to a vendor; the loop takes the stored requests from the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hocba_core.agent_protocol import MAX_ITEMS
from hocba_core.errors import CertificateRefused, Conflict, HocbaError, NotFound, NotYourTurn
from sqlalchemy.exc import IntegrityError

from hocba_gateway.signing.command import Left, Pressed, SignCommand
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.gather import plan_packages, plan_transcripts
from hocba_gateway.signing.intent import asked_already, has_changed, pressed_before, write_intent
from hocba_gateway.signing.load import load_account, load_signer
from hocba_gateway.signing.plan import split
from hocba_gateway.signing.states import PACKAGE, TOKEN
from hocba_gateway.store import kill
from hocba_gateway.store.store import Scope

__all__ = ["Left", "Pressed", "SignCommand", "press"]


async def press(desk: Desk, scope: Scope, command: SignCommand) -> Pressed:
    """Raises the first reason (NotFound, NotYourTurn, CertificateRefused, Conflict) when nothing at all may be signed,
    Conflict(state="key_used" | "busy"), and Refused(reason="batch_limit").

    What cannot be signed is named in `left`; the rest goes on.
    """
    for _ in range(3):
        try:
            return await _press(desk, scope, command)
        except (IntegrityError, _Stale):
            continue  # the same key, the same slot or a change of what was planned, in the same moment: look again
    raise Conflict(state="busy", needs="again")


class _Stale(Exception):
    """What the plan was made from has changed since it was read."""


async def _press(desk: Desk, scope: Scope, command: SignCommand) -> Pressed:
    at = scope.store.clock()
    async with scope.read() as tx:
        if found := await pressed_before(tx, command):
            return found
        account = await load_account(tx, command.account)
        signer = await load_signer(tx, command.person, may_seal=command.may_seal)
        taken = await asked_already(tx, command)
    free = replace(command, subjects=tuple(one for one in command.subjects if one not in taken))
    gather = plan_packages if command.kind == PACKAGE else plan_transcripts
    planned, left = await gather(desk, scope, free, account, signer, at)
    left += [_asked(subject, confirmation) for subject, confirmation in taken.items()]
    if not planned:
        raise _refusal(left)
    source = account.provider or TOKEN
    # half a minute on a token of 150 ms, then the page fetches the next job
    limit: int | None = MAX_ITEMS
    if account.provider:
        async with desk.providers.use(scope, account.rules.year, account.provider) as provider:
            limit = provider.can.batch_limit
    batches = list(split(planned, limit))
    blobs = [item.blob for plan in planned for item in plan.items if item.blob is not None]
    names = dict(zip(blobs, await scope.blobs.put_all(blobs), strict=True))
    async with scope.write() as tx:
        if await has_changed(tx, command, [plan.subject for plan in planned]):
            raise _Stale
        pressed = await write_intent(tx, command, account, source, batches, names)
    kill.point("after-intent")
    return Pressed(pressed.confirmation, pressed.requests, pressed.taken, tuple(left))


def _asked(subject: str, confirmation: str) -> Left:
    return Left(subject, Conflict.code, {"state": "asked_already", "confirmation": confirmation})


def _refusal(left: Sequence[Left]) -> HocbaError:
    """The first reason, when nothing may be signed."""
    if not left:
        return NotFound(kind="transcript")
    kinds: dict[str, type[HocbaError]] = {
        kind.code: kind for kind in (NotFound, NotYourTurn, CertificateRefused, Conflict)
    }
    first = left[0]
    return kinds[first.code](**first.facts)
