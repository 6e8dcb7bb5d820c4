"""Plugins in use: each built from its sealed settings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from hocba_core.clock import Clock
from hocba_core.errors import HocbaError, PluginBroken

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
