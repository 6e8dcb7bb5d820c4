"""What is done with transcripts besides signing: who may, then signing/actions.py does it (T11, T12, T14)."""

from __future__ import annotations

from collections.abc import Sequence

from hocba_core.errors import Forbidden

from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.sight import require_transcripts
from hocba_gateway.signing import actions
from hocba_gateway.store.store import Scope


async def hold(scope: Scope, principal: Principal, ids: Sequence[str], reason: str) -> None:
    """ "Đề xuất hủy", by whose turn it is or was, or by the administrator."""
    await _see(scope, principal, ids)
    admin = principal.has(Right.ADMIN)
    if principal.person is None and not admin:
        raise Forbidden(needs="người ký của học bạ, hoặc quyền quản trị")
    await actions.hold(scope, ids, principal.who, reason, principal.account, admin=admin)


async def release(scope: Scope, principal: Principal, ids: Sequence[str]) -> None:
    """ "Từ chối hủy"."""
    await _administer(scope, principal, ids)
    await actions.release(scope, ids, principal.account)


async def void(scope: Scope, principal: Principal, ids: Sequence[str]) -> None:
    """ "Hủy học bạ", final."""
    await _administer(scope, principal, ids)
    await actions.void(scope, ids, principal.account)


async def complete(scope: Scope, principal: Principal, ids: Sequence[str]) -> None:
    """ "Xác nhận hoàn thành"."""
    await _administer(scope, principal, ids)
    await actions.complete(scope, ids, principal.who, principal.account)


async def undo_completion(scope: Scope, principal: Principal, ids: Sequence[str], reason: str) -> None:
    await _administer(scope, principal, ids)
    await actions.undo_completion(scope, ids, reason, principal.account)


async def _administer(scope: Scope, principal: Principal, ids: Sequence[str]) -> None:
    principal.demand(Right.ADMIN)
    await _see(scope, principal, ids)


async def _see(scope: Scope, principal: Principal, ids: Sequence[str]) -> None:
    async with scope.read() as tx:
        await require_transcripts(tx, principal, ids)
