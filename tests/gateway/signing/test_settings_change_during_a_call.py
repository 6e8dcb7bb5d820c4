"""Vendors and portals are built once; whoever has one in hand keeps it when settings change, and it is closed once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hocba_core.errors import NotFound, PluginBroken, SettingWrong
from hocba_core.testing.clock import HandClock
from hocba_gateway.signing.clients import Clients
from hocba_gateway.signing.vendors import SchoolVendors
from hocba_gateway.store.schema import provider_settings
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.testing.world import YEAR
from hocba_sandbox.provider import Sandbox
from hocba_sandbox.settings import KEY
from sqlalchemy import delete, update

pytestmark = pytest.mark.feature("A8")


class Little:
    """Is a hocba_gateway.signing.clients.Client."""

    made: list[Little]

    def __init__(self, settings: Mapping[str, Any], clock: object) -> None:
        if "wrong" in settings:
            raise SettingWrong(setting="wrong", rule="not there")
        self.can = settings
        self.closed = 0
        type(self).made.append(self)

    async def close(self) -> None:
        self.closed += 1
        if self.can.get("clumsy"):
            raise RuntimeError("a plugin's own fault")


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([Fernet.generate_key()])


@pytest.fixture
def clients(sealer: Sealer, clock: HandClock) -> Clients[Little]:
    Little.made = []
    return Clients({"little": Little}, sealer, clock)


async def test_one_is_built_for_all_until_its_settings_change(clients: Clients[Little], sealer: Sealer) -> None:
    old, new = sealer.seal({"n": 1}), sealer.seal({"n": 2})
    async with clients.use("slot", "little", old) as first, clients.use("slot", "little", old) as second:
        assert first is second
        async with clients.use("slot", "little", new) as third:
            assert third is not first and (first.closed, third.closed) == (0, 0)
        async with clients.use("other", "little", old) as other:
            assert other is not first
    assert [one.closed for one in Little.made] == [1, 0, 0]  # after its last user, who was there before
    await clients.close()
    await clients.close()
    assert [one.closed for one in Little.made] == [1, 1, 1]


async def test_many_at_once_build_one(clients: Clients[Little], sealer: Sealer) -> None:
    sealed = sealer.seal({})

    async def uses() -> Little:
        async with clients.use("slot", "little", sealed) as client:
            await asyncio.sleep(0)
            return client

    assert len({id(one) for one in await asyncio.gather(*(uses() for _ in range(8)))}) == len(Little.made) == 1


async def test_the_end_waits_for_who_is_still_there_and_a_clumsy_one_hurts_nobody(
    clients: Clients[Little], sealer: Sealer
) -> None:
    async with clients.use("slot", "little", sealer.seal({"clumsy": True})) as held:
        await clients.close()
        assert held.closed == 0
    assert held.closed == 1


async def test_new_settings_that_do_not_work_leave_who_works_alone(clients: Clients[Little], sealer: Sealer) -> None:
    good = sealer.seal({})
    async with clients.use("slot", "little", good) as held:
        with pytest.raises(SettingWrong):
            async with clients.use("slot", "little", sealer.seal({"wrong": 1})):
                pass
        with pytest.raises(PluginBroken):
            async with clients.use("slot", "not_loaded", good):
                pass
        async with clients.use("slot", "little", good) as again:
            assert again is held and not held.closed


async def test_a_call_that_is_under_way_ends_well_when_settings_change(make_world: Any) -> None:
    world = await make_world()
    vendors = SchoolVendors({KEY: Sandbox}, world.desk.sealer, world.clock)
    here = (provider_settings.c.school_id == world.scope.school, provider_settings.c.provider == KEY)

    async def set_again() -> None:
        """The same settings, sealed anew, are other settings."""
        sealed = world.desk.sealer.seal(dict(world.vendor.settings()))
        async with world.scope.write() as tx:
            await tx.execute(update(provider_settings).where(*here).values(settings=sealed))

    await set_again()
    async with vendors.use(world.scope, YEAR, KEY) as first:
        world.vendor.delay = timedelta(milliseconds=300)
        under_way = asyncio.create_task(first.check())
        await asyncio.sleep(0)
        await set_again()
        async with vendors.use(world.scope, YEAR, KEY) as second:
            assert second is not first
            await second.check()
        await under_way
        await first.check()
        async with world.scope.write() as tx:
            await tx.execute(delete(provider_settings).where(*here))
        with pytest.raises(NotFound):
            async with vendors.use(world.scope, YEAR, KEY):
                pass
    await vendors.close()
