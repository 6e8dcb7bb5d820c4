"""Builds the gateway from its settings: the only place that connects the parts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

from hocba_core.clock import Clock
from hocba_core.errors import SettingWrong
from hocba_core.registry import Registry, load_portals, load_providers
from hocba_core.trust import TrustStore

from hocba_gateway.rendering.face import PdfFace
from hocba_gateway.rendering.pool import RenderPool
from hocba_gateway.sending.deliver import sender
from hocba_gateway.sending.portals import DepartmentPortals
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.passwords import Passwords
from hocba_gateway.settings import Settings
from hocba_gateway.signing.class_packages import ClassPackages
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.loop import Runner
from hocba_gateway.signing.vendors import SchoolVendors
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Store


def load_plugins(settings: Settings) -> Registry:
    """Every plugin that the settings name, and why one of them cannot be used: it must not stop the others.

    Raises PluginBroken in the demo only, which needs all that it names.
    """
    registry = load_providers(settings.providers).and_also(load_portals(settings.portals))
    return registry.demand_all() if settings.mode == "demo" else registry


def open_store(settings: Settings, clock: Clock) -> Store:
    blobs = None if settings.blobs == "database" else settings.blobs
    return Store.open(settings.database, blobs, clock, guarded=settings.mode == "demo")


@asynccontextmanager
async def open_gateway(
    settings: Settings,
    clock: Clock,
    environment: Mapping[str, str] | None = None,
    passwords: Passwords | None = None,
) -> AsyncIterator[Gateway]:
    """Everything started, in the order that matters: rendering processes before any socket is opened.

    `environment` is the process's unless given; `passwords` costs what argon2 recommends unless given.
    Raises SettingWrong, and PluginBroken as load_plugins(). The loops run until the context ends, and finish what
    they have in hand.
    """
    registry = load_plugins(settings)
    sealer = Sealer.load(settings.key_file, os.environ if environment is None else environment)
    trust = await asyncio.to_thread(_trust, settings.trust)
    async with AsyncExitStack() as stack:
        pool = await RenderPool.start(settings.render_processes, lookup=settings.lookup_url)
        stack.push_async_callback(pool.close)
        store = open_store(settings, clock)
        stack.push_async_callback(store.close)
        await store.migrate()
        vendors = SchoolVendors(registry.providers, sealer, clock)
        stack.push_async_callback(vendors.close)
        portals = DepartmentPortals(registry.portals, sealer, clock)
        stack.push_async_callback(portals.close)
        callback = f"{settings.callback_url}/api/v1/callbacks" if settings.callback_url else None
        desk = Desk(
            store=store,
            sealer=sealer,
            providers=vendors,
            trust=trust,
            face=PdfFace(pool),
            manifests=ClassPackages(),
            callback_url=callback,
        )
        owner = f"{os.getpid()}-{uuid4().hex[:8]}"
        gateway = Gateway(
            desk=desk,
            registry=registry,
            portals=portals,
            pool=pool,
            passwords=passwords or Passwords(),
            signing=Runner(desk, owner),
            sending=sender(desk, portals, owner),
        )
        stop = asyncio.Event()
        with _alone():
            async with asyncio.TaskGroup() as loops:
                loops.create_task(gateway.signing.run(stop))
                loops.create_task(gateway.sending.run(stop))
                try:
                    yield gateway
                finally:
                    stop.set()


@contextmanager
def _alone() -> Iterator[None]:
    """The one error of a group as itself: a port that is taken is a SettingWrong, not a group of one."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise


def _trust(path: Path) -> TrustStore:
    if not path.exists():
        raise SettingWrong(setting="trust", rule=f"thư mục hoặc trust.toml có thật: {path}")
    return TrustStore.at(path)
