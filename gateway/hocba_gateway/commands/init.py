"""`hocba init`: the approving office and the account of its first officer; everything else is done over the API."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click
from hocba_core.clock import system_clock
from hocba_core.errors import HocbaError
from hocba_core.secret import Secret

from hocba_gateway.app import open_store
from hocba_gateway.commands.for_operators import PRIVATE, stop
from hocba_gateway.services.departments import found_department
from hocba_gateway.services.passwords import Passwords
from hocba_gateway.settings import Settings
from hocba_gateway.store.sealed import Sealer


@click.command("init")
@click.option("--config", required=True, envvar="HOCBA_CONFIG", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--code", required=True, help="Mã Sở GD&ĐT, hai chữ số.")
@click.option("--name", required=True, help="Tên Sở GD&ĐT.")
@click.option("--officer", required=True, help="Tên đăng nhập của cán bộ Sở.")
@click.option("--reset-password", is_flag=True, help="Đặt mật khẩu mới nếu tài khoản đã có.")
def command(config: Path, code: str, name: str, officer: str, reset_password: bool) -> None:
    """Tạo Sở GD&ĐT và tài khoản cán bộ Sở. Mật khẩu được hỏi, hoặc đọc từ một dòng của stdin."""
    os.umask(PRIVATE)
    if sys.stdin.isatty():
        password = Secret(click.prompt("Mật khẩu", hide_input=True, confirmation_prompt=True))
    else:
        password = Secret(sys.stdin.readline().rstrip("\n"))
    try:
        asyncio.run(_init(Settings.load(config), code, name, officer, password, reset_password))
    except HocbaError as error:
        stop(error)
    click.echo(f"Đã tạo {name}; cán bộ Sở đăng nhập bằng “{officer}”.")


async def _init(settings: Settings, code: str, name: str, officer: str, password: Secret, reset: bool) -> None:
    if settings.key_file is not None:
        await asyncio.to_thread(Sealer.make_key_file, settings.key_file)
    store = open_store(settings, system_clock)
    try:
        await store.migrate()
        await found_department(store, Passwords(), code, name, officer, password, reset=reset)
    finally:
        await store.close()
