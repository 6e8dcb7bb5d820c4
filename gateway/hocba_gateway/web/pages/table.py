"""Every page there is. Tests walk this table as they walk the API's."""

from __future__ import annotations

from typing import Final

from hocba_gateway.web.pages import home, login
from hocba_gateway.web.route import Route

TABLE: Final[tuple[Route, ...]] = tuple(route for module in (login, home) for route in module.pages.all)
