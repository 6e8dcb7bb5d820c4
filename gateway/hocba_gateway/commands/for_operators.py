"""What `hocba init` and `hocba serve` have in common: an operator starts them and reads how they end."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click
from hocba_core.errors import HocbaError

from hocba_gateway.web.problems import words_of

PRIVATE = 0o077
"""Of what the gateway writes, others on the machine read nothing: database and files hold children's data."""


def stop(error: HocbaError) -> None:
    """Ends a command with the error's words."""
    click.echo(said(error.code, error.facts), err=True)
    sys.exit(1)


def said(code: str, facts: Mapping[str, object]) -> str:
    """An error in one paragraph."""
    words = words_of(code, facts)
    return f"{words['title']}. {words['detail']} {words['todo']}"
