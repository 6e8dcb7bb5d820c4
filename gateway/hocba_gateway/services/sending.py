""" "Gửi lên hệ thống" (T15): packages of a class, what became of them, and their files."""

from __future__ import annotations

from hocba_core.audit import Event
from hocba_core.errors import NotFound
from sqlalchemy import select

from hocba_gateway.sending.make import Made, make_packages
from hocba_gateway.sending.status import PackageStatus, list_packages, package_status
from hocba_gateway.sending.unpack import unpack
from hocba_gateway.services.documents import check_purpose
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.store.schema import packages
from hocba_gateway.store.store import Scope


async def pack(gateway: Gateway, scope: Scope, principal: Principal, class_id: str) -> Made:
    """Raises Forbidden, NotFound(kind="class" | "portal"), Conflict outside the office's window, Incomplete."""
    principal.demand(Right.ADMIN)
    async with gateway.portals.use(scope) as portal:
        can = portal.can
    made = await make_packages(gateway.desk, scope, class_id, principal.account, portal_can=can)
    gateway.sending.wake()
    return made


async def all_packages(scope: Scope, principal: Principal) -> list[PackageStatus]:
    """For the administrator and who seals. Newest first."""
    principal.demand(Right.ADMIN, Right.SEAL)
    async with scope.read() as tx:
        return await list_packages(tx)


async def one_package(scope: Scope, principal: Principal, package: str) -> PackageStatus:
    principal.demand(Right.ADMIN, Right.SEAL)
    async with scope.read() as tx:
        return await package_status(tx, package)


async def take_apart(scope: Scope, principal: Principal, package: str) -> None:
    """A package that waits for a seal which nobody can give. Raises Conflict(state="sealed")."""
    principal.demand(Right.ADMIN)
    await unpack(scope, package, principal.account)


async def package_file(scope: Scope, principal: Principal, package: str, purpose: str) -> bytes:
    """The very bytes that are sent; before the seal, the manifest. Up to fifty children's records leave the house:
    audited with the purpose. Raises NotFound(kind="package"), BadInput(field="purpose")."""
    check_purpose(purpose)
    principal.demand(Right.ADMIN, Right.SEAL)
    async with scope.read() as tx:
        query = select(packages.c.sealed, packages.c.manifest)
        row = await tx.row(query.where(tx.of(packages), packages.c.id == package))
    if row is None:
        raise NotFound(kind="package")
    data = await scope.blobs.get(row.sealed or row.manifest)
    async with scope.write() as tx:
        await tx.audit(Event.EXPORTED, {"package": package, "form": "xml", "purpose": purpose}, principal.account)
    return data
