"""The hook, and nothing else."""

from __future__ import annotations

from hocba_core.hookspecs import hookimpl
from hocba_core.portal import PortalConnector

from hocba_reception_portal.connector import ReceptionPortal


@hookimpl
def hocba_register_portal() -> type[PortalConnector]:
    return ReceptionPortal
