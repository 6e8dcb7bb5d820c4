"""A page as data: path, who may, handler. A page's handler gives a View, a Redirect, or whatever aiohttp sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit

from aiohttp import web
from hocba_core.secret import Secret

from hocba_gateway.web.route import Handler, Route, Who


@dataclass(frozen=True, slots=True)
class View:
    """A template and what it is filled with."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Redirect:
    """Somewhere else, with a message for the bottom right corner: what was done, in green."""

    to: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A person logged in."""

    token: Secret
    to: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A person logged out."""

    to: str


def place_of_ours(address: str | None) -> str:
    """Path and query, "/" for what leads elsewhere: neither a log-in nor a choice of language ever does."""
    try:
        parts = urlsplit(address or "/")
    except ValueError:
        return "/"
    path = parts.path
    if parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return "/"
    return path + (f"?{parts.query}" if parts.query else "")


Fields = Mapping[str, list[str]]
"""A form as it came: every name with all of its values."""

PAGES: Final = web.AppKey("pages", tuple[Route, ...])


class Pages:
    """The pages of one module; see hocba_gateway.web.route.Routes."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.all: list[Route] = []

    def get(self, path: str, who: Who) -> Callable[[Handler], Handler]:
        return self._add("GET", path, who)

    def post(self, path: str, who: Who) -> Callable[[Handler], Handler]:
        """Carries Origin and CSRF token, or is refused before the handler sees it."""
        return self._add("POST", path, who)

    def _add(self, method: str, path: str, who: Who) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            self.all.append(Route(method, path, who, handler, self.topic, hints.get("body"), hints["return"]))
            return handler

        return register
