"""What a form brought, one value at a time."""

from __future__ import annotations

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
