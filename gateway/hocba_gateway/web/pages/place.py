"""Where a person was when a request went out: to be led back there, and never anywhere else."""

from __future__ import annotations

from aiohttp import web

from hocba_gateway.web.pages.look import SESSIONS
from hocba_gateway.web.pages.page import place_of_ours


async def came_from(request: web.Request) -> str:
    """The page that asked; the first one where that page was a form's answer, which no address shows again."""
    own, referer = request.app[SESSIONS].own_address(request), request.headers.get("Referer", "")
    if not referer.startswith(f"{own}/"):
        return "/"
    place = place_of_ours(referer.removeprefix(own))
    found = await request.app.router.resolve(request.clone(method="GET", rel_url=place))
    return "/" if found.http_exception is not None else place
