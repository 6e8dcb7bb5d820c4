"""The pluggy hooks. pluggy registers; the contracts are the ABCs in provider.py and portal.py."""

from __future__ import annotations

import pluggy

from hocba_core.portal import PortalConnector
from hocba_core.provider import SigningProvider

PROJECT = "hocba"
PROVIDER_GROUP = "hocba.providers"
PORTAL_GROUP = "hocba.portals"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def hocba_register_provider() -> type[SigningProvider]:  # type: ignore[empty-body]
    """Return the provider's class. Its `key` must equal the entry point's name."""


@hookspec
def hocba_register_portal() -> type[PortalConnector]:  # type: ignore[empty-body]
    """Return the connector's class. Its `key` must equal the entry point's name."""
