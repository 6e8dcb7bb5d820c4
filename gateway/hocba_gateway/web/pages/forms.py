"""What a form brought, one value at a time."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from hocba_gateway.web.pages.page import Fields


def one(body: Fields, name: str) -> str:
    """ "" where it is not there."""
    return next(iter(body.get(name, [])), "").strip()


def secret(body: Fields, name: str) -> str:
    """As it was typed: a password's spaces count."""
    return next(iter(body.get(name, [])), "")


def many(body: Fields, name: str) -> list[str]:
    """Each once, in the form's order."""
    return list(dict.fromkeys(body.get(name, [])))


def filtered(home: str, chosen: Mapping[str, str]) -> str:
    """Address of a list with what is chosen in its filters; a form brings it as `back`."""
    return f"{home}?{urlencode(chosen)}"


def back_to(home: str, body: Fields) -> str:
    """The list as it was filtered; a place of our own and nothing else."""
    given = one(body, "back")
    return given if given.startswith(f"{home}?") else home
