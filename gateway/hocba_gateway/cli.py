"""The command `hocba`: demo, init, serve, verify. Each subcommand lives in its own module."""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    "demo": "hocba_gateway.demo.command",
    "init": "hocba_gateway.commands.init",
    "serve": "hocba_gateway.commands.serve",
    "verify": "hocba_gateway.commands.verify",
}


class LazyGroup(click.Group):
    """Imports a subcommand only when it is called: `hocba verify` never loads the web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command


@click.command(cls=LazyGroup)
@click.version_option(package_name="hocba-gateway")
def main() -> None:
    """Học bạ số: cổng ký số cho nhà trường."""
