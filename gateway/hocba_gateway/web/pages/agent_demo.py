"""The page library of the agent under /static/agent/, and, in demo mode, a page to try it on: /agent-demo.

The library lives in agent/client/ of the repository. A wheel carries a copy beside this package (pyproject.toml,
force-include); in a checkout the folder itself is read, so that there is one of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

_HERE: Final = Path(__file__).parents[1] / "static"
_IN_WHEEL: Final = _HERE / "agent"
_IN_CHECKOUT: Final = Path(__file__).parents[4] / "agent" / "client"
_PAGE: Final = _HERE / "agent-demo"

_KINDS: Final[Mapping[str, str]] = {
    ".js": "text/javascript",
    ".ts": "text/plain",
    ".css": "text/css",
    ".html": "text/html",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self' ws://127.0.0.1:* http://127.0.0.1:*; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A page that speaks to the agent needs these two sources of 127.0.0.1, and no more."""


def client_folder() -> Path:
    """Of the page library's files."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


def add_agent_pages(app: web.Application, *, demo: bool) -> None:
    """Every file has its own route and is read once, here: no name from outside ever becomes a path."""
    _add_folder(app, "/static/agent", client_folder())
    if demo:
        _add_folder(app, "/static/agent-demo", _PAGE)
        app.router.add_get("/agent-demo", _giver(_PAGE / "page.html"))


def _add_folder(app: web.Application, prefix: str, folder: Path) -> None:
    for file in sorted(folder.iterdir()):
        if file.suffix in _KINDS:
            app.router.add_get(f"{prefix}/{file.name}", _giver(file))


def _giver(file: Path) -> Callable[[web.Request], Awaitable[web.Response]]:
    content, kind = file.read_bytes(), _KINDS[file.suffix]

    async def give(_: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": _POLICY} if kind == "text/html" else {}
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=headers)

    return give
