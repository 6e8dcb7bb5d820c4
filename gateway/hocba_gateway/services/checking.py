""" "Kiểm tra trước khi tạo": what a class still lacks (T2, S9), on the screen and as a spreadsheet."""

from __future__ import annotations

import asyncio

from hocba_core.clock import vietnam_date

from hocba_gateway.school.loading import load_class
from hocba_gateway.school.missing import ClassReport, report
from hocba_gateway.school.missing_sheet import missing_sheet
from hocba_gateway.services.principal import Principal
from hocba_gateway.services.sight import require_own_class
from hocba_gateway.store.store import Scope


async def check_class(scope: Scope, principal: Principal, class_id: str) -> ClassReport:
    """Raises NotFound(kind="class"), Forbidden."""
    async with scope.read() as tx:
        await require_own_class(tx, principal, class_id)
        file = await load_class(tx, class_id)
    return await asyncio.to_thread(report, file, vietnam_date(scope.store.clock()))


async def missing_of_class(scope: Scope, principal: Principal, class_id: str) -> bytes:
    """An .xlsx file. Raises NotFound(kind="class"), Forbidden."""
    async with scope.read() as tx:
        room = await require_own_class(tx, principal, class_id)
        file = await load_class(tx, class_id)

    def made() -> bytes:
        return missing_sheet([report(file, vietnam_date(scope.store.clock()))], file.school.name, room.year)

    return await asyncio.to_thread(made)
