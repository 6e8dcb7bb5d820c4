"""One leased package, brought a step further: sent, asked for, settled. Never a call inside a transaction.

    seal ──▶ sending ──▶ waiting ──▶ done
                 ▲           │
                 └───────────┘  the portal has lost the receipt

Sending again is always allowed: the same bytes under the package's own uuid. So every trouble but a refusal is
waited out, longer each time, and nobody has to press anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from hocba_core.clock import span_millis, to_millis
from hocba_core.errors import HocbaError, RequestRefused, RequestUnknown, Unavailable
from hocba_core.portal import Package, PortalConnector, Receipt, ReceiptState
from sqlalchemy import select

from hocba_gateway.sending.portals import Portals
from hocba_gateway.sending.settle import change, outcomes_of, settle, still_waits
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.hand import retry_after
from hocba_gateway.signing.job import FREE, plain
from hocba_gateway.signing.loop import Runner
from hocba_gateway.signing.states import PackageState
from hocba_gateway.store import kill
from hocba_gateway.store.schema import package_records, packages, schools
from hocba_gateway.store.store import Scope

_AT_ONCE: Final = 8
"""Packages in flight: each is some megabytes in memory."""


def sender(desk: Desk, portals: Portals, owner: str) -> Runner:
    """The loop that sends. `owner` as for signing; both loops may have the same."""

    async def advance(scope: Scope, package: str, owner: str) -> None:
        await deliver(desk, portals, scope, package, owner)

    return Runner(desk, owner, table=packages, advance=advance, at_once=_AT_ONCE)


async def deliver(desk: Desk, portals: Portals, scope: Scope, package_id: str, owner: str) -> None:
    """Does nothing unless `owner` holds the package's lease; gives it back."""
    async with scope.read() as tx:
        row = await tx.row(select(packages).where(tx.of(packages), packages.c.id == package_id))
        inside = select(package_records.c.transcript_id).where(
            tx.of(package_records), package_records.c.package_id == package_id
        )
        records = sorted(one.transcript_id for one in await tx.rows(inside))
        code = await tx.row(select(schools.c.code).where(schools.c.id == scope.school))
    if row is None or row.lease_owner != owner:
        return
    if row.state not in (PackageState.SENDING, PackageState.WAITING):
        await _change(scope, row, owner, next_at=None, **FREE)
        return
    try:
        async with portals.use(scope) as portal, asyncio.timeout(desk.patience.call.total_seconds()):
            receipt = await _answer(portal, scope, row, code.code if code is not None else "")
        outcomes = outcomes_of(receipt, records)
    except RequestRefused as error:
        if row.state == PackageState.WAITING:  # a question was refused, not the package
            await _again(desk, scope, row, owner, error)
            return
        receipt = _refusal(error, scope)
        outcomes = outcomes_of(receipt, records)
    except RequestUnknown as error:
        await _again(desk, scope, row, owner, error, state=PackageState.SENDING, receipt_id=None)
        return
    except TimeoutError:
        await _again(desk, scope, row, owner, Unavailable(what="timeout"))
        return
    except HocbaError as error:
        await _again(desk, scope, row, owner, error)
        return
    kill.point("package-sent")
    async with scope.write() as tx:
        if receipt.state is ReceiptState.WAITING:
            asked = row.tries if row.state == PackageState.WAITING else 0
            await still_waits(tx, row, owner, receipt, tx.now() + span_millis(desk.patience.backoff(asked)), asked + 1)
        else:
            await settle(tx, row, owner, receipt, outcomes)
    kill.point("package-stored")


async def _answer(portal: PortalConnector, scope: Scope, row: Any, school_code: str) -> Receipt:
    if row.state == PackageState.WAITING:
        return await portal.status(row.receipt_id)
    package = Package(row.id, await scope.blobs.get(row.sealed), school_code, row.event)
    kill.point("before-package")
    return await portal.send(package)


def _refusal(error: RequestRefused, scope: Scope) -> Receipt:
    """The portal would not even take it: no receipt, the same end as a refused one."""
    code, message = (str(error.facts.get(name) or "") for name in ("vendor_code", "vendor_message"))
    return Receipt(
        id="",
        state=ReceiptState.REFUSED,
        at=scope.store.clock(),
        code=code or error.code,
        message=message,
    )


async def _again(desk: Desk, scope: Scope, row: Any, owner: str, error: HocbaError, **values: Any) -> None:
    """Later, by itself. What was wrong stands in the row until it is over."""
    wait = retry_after(error) or desk.patience.backoff(row.tries)
    trouble: Mapping[str, Any] = {"error": error.code, "facts": plain(error.facts)}
    receipt = {**(row.receipt or {}), "trouble": trouble}
    next_at = to_millis(scope.store.clock() + wait)
    await _change(scope, row, owner, tries=row.tries + 1, next_at=next_at, receipt=receipt, **values, **FREE)


async def _change(scope: Scope, row: Any, owner: str, **values: Any) -> None:
    async with scope.write() as tx:
        await change(tx, row.id, owner, **values)
