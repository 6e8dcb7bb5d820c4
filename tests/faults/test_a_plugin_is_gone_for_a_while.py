"""An update of a plugin goes wrong while phones wait: nothing is forgotten, and nobody is asked twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from hocba_core.errors import PluginBroken
from hocba_core.provider import SigningProvider
from hocba_core.testing.phone import Mood
from hocba_gateway.signing.loop import Runner
from hocba_gateway.signing.states import AttemptState
from hocba_gateway.store.store import Scope

pytestmark = pytest.mark.feature("P10")


class Gone:
    """Is a signing.desk.Providers: what was installed does not load."""

    @asynccontextmanager
    async def use(self, scope: Scope, year: str, key: str) -> AsyncIterator[SigningProvider]:
        raise PluginBroken(plugin=key, reason="not_loaded")
        yield


async def test_what_was_asked_is_kept_and_finished_when_it_is_back(
    make_world: Any, go_on: Any, invariants: Any
) -> None:
    world = await make_world()
    world.vendor.phone.will(Mood.IGNORE)
    pressed = await world.press("gv1", "gvbm")
    await world.runner.once()
    (waiting,) = world.vendor.transactions
    whole = world.runner
    world.runner = Runner(replace(world.desk, providers=Gone()), "after-the-update")
    told = await go_on(world, pressed, seconds=30)
    assert told.open and told.requests[0].state == "waiting"
    assert (told.requests[0].error, told.requests[0].error_facts["reason"]) == ("plugin_broken", "not_loaded")
    world.runner = whole
    assert world.vendor.phone.answer(waiting.id, Mood.APPROVE)
    done = await go_on(world, pressed, seconds=120)
    assert done.count(AttemptState.SIGNED) == 2
    assert len(world.vendor.transactions) == 1
    await invariants(world)


async def test_what_was_not_asked_yet_ends_with_the_reason(make_world: Any, go_on: Any, invariants: Any) -> None:
    world = await make_world()
    pressed = await world.press("gv1", "gvbm")
    whole = world.runner
    world.runner = Runner(replace(world.desk, providers=Gone()), "after-the-update")
    over = await go_on(world, pressed)
    assert over.count(AttemptState.FAILED) == 2 and over.attempts[0].error == "plugin_broken"
    assert not world.vendor.transactions
    world.runner = whole
    assert (await go_on(world, await world.press("gv1", "gvbm"))).count(AttemptState.SIGNED) == 2
    await invariants(world)
