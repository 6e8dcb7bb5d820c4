"""What of the settings pages show, and the keys under which the application holds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from hocba_gateway.web.pages.session import Sessions


@dataclass(frozen=True, slots=True)
class Look:
    public_url: str = ""
    """The gateway's address as browsers see it; with https cookies are for TLS only."""
    support: str = ""
    """Hotline and hours, in one line; on every page and every error."""
    guides: str = ""
    """Address of the guides; "" for none."""
    demo_people: Path | None = None
    """In the demo: whom the log-in page offers."""


LOOK: Final = web.AppKey("look", Look)
SESSIONS: Final = web.AppKey("sessions", Sessions)
