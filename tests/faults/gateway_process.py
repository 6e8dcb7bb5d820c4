"""A gateway's signing loop as a process of its own, for tests that kill it. Arguments: one JSON file.

Ends by itself when every confirmation of the school is closed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from hocba_core.clock import system_clock
from hocba_core.trust import TrustStore
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.loop import Runner
from hocba_gateway.signing.prepare import SignCommand, press
from hocba_gateway.signing.states import Patience
from hocba_gateway.store.schema import confirmations
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Store
from hocba_gateway.testing.doubles import OneVendor, PlainFace, PlainManifests
from hocba_sandbox.provider import Sandbox


async def main(told: dict[str, Any]) -> None:
    store = Store.open(told["database"], Path(told["blobs"]), system_clock, guarded=True)
    provider = Sandbox(told["settings"], system_clock)
    roots = [text.encode() for text in told["roots"]]
    patience = Patience(**{name: timedelta(seconds=value) for name, value in told["patience"].items()})
    desk = Desk(
        store=store,
        sealer=Sealer([told["key"].encode()]),
        providers=OneVendor(provider),
        trust=TrustStore.of(roots[:1], roots[1:]),
        face=PlainFace(),
        manifests=PlainManifests(),
        patience=patience,
    )
    scope = store.scoped(told["school"])
    if told.get("press"):
        await press(desk, scope, SignCommand(**{**told["press"], "subjects": tuple(told["press"]["subjects"])}))
    stop = asyncio.Event()
    runner = asyncio.create_task(Runner(desk, told["owner"]).run(stop))
    while True:
        async with scope.read() as tx:
            query = confirmations.select().where(tx.of(confirmations), confirmations.c.state == "open")
            if not await tx.rows(query):
                break
        await asyncio.sleep(0.05)
    stop.set()
    await runner
    await provider.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
