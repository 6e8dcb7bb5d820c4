"""Every route there is, in the order of the document. Tests walk this table: whoever adds a route is judged by it."""

from __future__ import annotations

from typing import Final

from hocba_gateway.web.api import (
    classes,
    department,
    public,
    school,
    sending,
    session,
    signing,
    signing_accounts,
    transcripts,
    vendors,
)
from hocba_gateway.web.route import Route

ROUTES: Final[tuple[Route, ...]] = tuple(
    route
    for topic in (
        public,
        session,
        department,
        school,
        classes,
        vendors,
        signing_accounts,
        transcripts,
        signing,
        sending,
    )
    for route in topic.routes.all
)
