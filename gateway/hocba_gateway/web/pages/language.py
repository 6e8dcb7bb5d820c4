"""The language of the pages, chosen on any of them and remembered by the browser; no log-in is needed."""

from __future__ import annotations

from aiohttp import web
from hocba_core.errors import BadInput

from hocba_gateway.web.pages.forms import one
from hocba_gateway.web.pages.page import Fields, Pages
from hocba_gateway.web.pages.place import came_from
from hocba_gateway.web.pages.words import LANGUAGE, LANGUAGES
from hocba_gateway.web.route import Call, Who

pages = Pages("language")
YEAR_SECONDS = 365 * 24 * 3600


@pages.post("/ngon-ngu", Who.PUBLIC)
async def choose_language(call: Call, body: Fields) -> web.Response:
    """Back to where it was chosen. Raises BadInput(field="language") for one that the pages do not speak."""
    chosen = one(body, "language")
    if chosen not in LANGUAGES:
        raise BadInput(field="language", expected=", ".join(LANGUAGES))
    response = web.Response(status=303, headers={"Location": await came_from(call.request)})
    response.set_cookie(LANGUAGE, chosen, path="/", samesite="Lax", httponly=True, max_age=YEAR_SECONDS)
    return response
