"""Plugins in use: each built once from its sealed settings, kept until they change, closed after its last user."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, Protocol, TypeVar

from hocba_core.clock import Clock
from hocba_core.errors import HocbaError, PluginBroken

from hocba_gateway.store.sealed import Sealer

log = logging.getLogger(__name__)


class Client(Protocol):
    """A SigningProvider or a PortalConnector."""

    @property
    def can(self) -> object: ...

    async def close(self) -> None: ...


C = TypeVar("C", bound=Client)


def build(plugin: str, make: Callable[[Mapping[str, Any], Clock], C], settings: Mapping[str, Any], clock: Clock) -> C:
    """The plugin with these settings, able to say what it can.

    Raises SettingWrong as the plugin does; PluginBroken(reason="not_loaded") for a fault of its own, which must not
    become one of the page that only lists it.
    """
    try:
        made = make(settings, clock)
        _ = made.can
    except HocbaError:
        raise
    except Exception as error:  # its text may hold a setting: the kind is enough
        log.error("plugin %s fails at its beginning: %s", plugin, type(error).__name__)
        raise PluginBroken(plugin=plugin, reason="not_loaded") from error
    return made


@dataclass(slots=True)
class _Held(Generic[C]):
    client: C
    mark: bytes
    """Of plugin and sealed settings."""
    users: int = 0
    replaced: bool = False


class Clients(Generic[C]):
    """One for every slot: a school's vendor of a year, a department's portal."""

    def __init__(
        self, classes: Mapping[str, Callable[[Mapping[str, Any], Clock], C]], sealer: Sealer, clock: Clock
    ) -> None:
        """`classes`: hocba_core.registry's, by key."""
        self._classes = classes
        self._sealer = sealer
        self._clock = clock
        self._held: dict[Hashable, _Held[C]] = {}

    @asynccontextmanager
    async def use(self, slot: Hashable, plugin: str, sealed: bytes) -> AsyncIterator[C]:
        """The slot's client with these settings. Whoever is inside keeps an open one, whatever others set meanwhile.

        Raises PluginBroken(reason="not_loaded") for one that is not loaded, and what build() raises.
        """
        mark = sha256(f"{plugin}:".encode() + sealed).digest()
        before = self._held.get(slot)
        if before is not None and before.mark == mark:
            held = before
        else:
            if plugin not in self._classes:
                raise PluginBroken(plugin=plugin, reason="not_loaded")
            made = build(plugin, self._classes[plugin], self._sealer.open(sealed), self._clock)
            held = self._held[slot] = _Held(made, mark)
        held.users += 1
        try:
            if before is not None and before is not held:
                await self._replace(before)
            yield held.client
        finally:
            held.users -= 1
            await self._close_unused(held)

    async def drop(self, slot: Hashable) -> None:
        """Nobody is to use that slot's any more."""
        if slot in self._held:
            await self._replace(self._held.pop(slot))

    async def close(self) -> None:
        for slot in list(self._held):
            await self.drop(slot)

    async def _replace(self, held: _Held[C]) -> None:
        held.replaced = True
        await self._close_unused(held)

    async def _close_unused(self, held: _Held[C]) -> None:
        if not held.replaced or held.users:
            return
        held.replaced = False  # closed once
        try:
            await held.client.close()
        except Exception as error:  # a plugin's own fault, when nobody needs it any more
            log.warning("%s does not close: %s", type(held.client).__name__, type(error).__name__)
