"""What no page could answer: an address that leads nowhere, a fault of ours. Said as a page to who looks at pages."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web

from hocba_gateway.web.pages.look import LOOK
from hocba_gateway.web.pages.rendering import render
from hocba_gateway.web.pages.words import words_for
from hocba_gateway.web.problems import words_of
from hocba_gateway.web.route import PREFIX

PROBLEM = "application/problem+json"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; base-uri 'none'"
)


def said_of(request: web.Request, code: str, facts: Mapping[str, object]) -> dict[str, str]:
    """An error's words as a page says them: title, detail, todo. The API's document helps nobody who looks at pages."""
    said = words_of(code, facts)
    if facts.get("kind") == "address":
        said["todo"] = words_for(request)("problem.address")
    return said


def as_page(request: web.Request, response: web.StreamResponse, number: str) -> web.StreamResponse:
    """`response` itself for programs, and when nothing is wrong. `number`: the request's, to read to the support."""
    is_piece = request.headers.get("HX-Request") == "true"
    wanted = is_piece or "text/html" in request.headers.get("Accept", "")
    if response.content_type != PROBLEM or not wanted or request.path.startswith(PREFIX):
        return response
    assert isinstance(response, web.Response) and response.text is not None
    told = json.loads(response.text)
    words, look = words_for(request), request.app[LOOK]
    said = said_of(request, told["code"], {**told["facts"], "number": number})
    around: dict[str, object] = {"me": None, "csrf": "", "menu": [], "notice": "", "path": request.path}
    values = around | {"support": look.support, "guides": look.guides, "number": number, "words": said}
    template = "piece_problem.html" if is_piece else "problem.html"
    html = render(template, values, words.language)
    made = web.Response(status=response.status, text=html, content_type="text/html")
    made.headers["Content-Security-Policy"] = f"{POLICY}; form-action 'self'; frame-ancestors 'none'"
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            made.headers[name] = response.headers[name]
    return made
