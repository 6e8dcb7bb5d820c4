"""A gateway's sending loop as a process of its own, for tests that kill it. Arguments: one JSON file.

Ends by itself when every package of the school is done.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from hocba_core.clock import system_clock
from hocba_core.errors import NotFound
from hocba_core.provider import SigningProvider
from hocba_core.trust import TrustStore
from hocba_gateway.sending.deliver import sender
from hocba_gateway.sending.portals import DepartmentPortals
from hocba_gateway.signing.class_packages import ClassPackages
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.states import Patience
from hocba_gateway.store.schema import packages
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope, Store
from hocba_gateway.testing.doubles import PlainFace
from hocba_reception_portal.connector import ReceptionPortal
from hocba_reception_portal.settings import KEY


class NoVendor:
    """Is a signing.desk.Providers: sending asks no vendor."""

    @asynccontextmanager
    async def use(self, scope: Scope, year: str, key: str) -> AsyncIterator[SigningProvider]:
        raise NotFound(kind="provider", provider=key)
        yield


async def main(told: dict[str, Any]) -> None:
    store = Store.open(told["database"], Path(told["blobs"]), system_clock, guarded=True)
    sealer = Sealer([told["key"].encode()])
    patience = Patience(**{name: timedelta(seconds=value) for name, value in told["patience"].items()})
    desk = Desk(store, sealer, NoVendor(), TrustStore.of([], []), PlainFace(), ClassPackages(), patience)
    portals = DepartmentPortals({KEY: ReceptionPortal}, sealer, system_clock)
    scope = store.scoped(told["school"])
    stop = asyncio.Event()
    running = asyncio.create_task(sender(desk, portals, told["owner"]).run(stop))
    while True:
        async with scope.read() as tx:
            if not await tx.rows(packages.select().where(tx.of(packages), packages.c.state != "done")):
                break
        await asyncio.sleep(0.05)
    stop.set()
    await running
    await portals.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
