"""Every page there is. Tests walk this table as they walk the API's."""

from __future__ import annotations

from typing import Final

from hocba_gateway.web.pages import (
    account,
    approving,
    following,
    home,
    language,
    login,
    password,
    returned,
    school_certificate,
    transcript,
    work,
)
from hocba_gateway.web.route import Route

_MODULES: Final = (
    login,
    language,
    home,
    password,
    account,
    school_certificate,
    approving,
    returned,
    transcript,
    work,
    following,
)
TABLE: Final[tuple[Route, ...]] = tuple(route for module in _MODULES for route in module.pages.all)
