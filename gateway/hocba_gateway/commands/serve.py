"""`hocba serve`: the gateway, until it is told to end. Says that it is ready with one line of JSON on stdout."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from pathlib import Path

import click
from aiohttp import web
from hocba_core.clock import system_clock
from hocba_core.errors import HocbaError, PluginBroken, SettingWrong
from hocba_core.registry import Registry

from hocba_gateway.app import open_gateway
from hocba_gateway.commands.for_operators import PRIVATE, said, stop
from hocba_gateway.settings import Settings
from hocba_gateway.web.application import serving
from hocba_gateway.web.pages.agent_demo import add_agent_pages
from hocba_gateway.web.pages.look import Look

log = logging.getLogger(__name__)


@click.command("serve")
@click.option(
    "--config",
    required=True,
    envvar="HOCBA_CONFIG",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp cấu hình TOML của cổng.",
)
@click.option("--port", type=click.IntRange(0, 65535), help="Thay cho cổng mạng trong tệp cấu hình; 0: cổng bất kỳ.")
def command(config: Path, port: int | None) -> None:
    """Chạy cổng ký số."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    os.umask(PRIVATE)
    try:
        settings = Settings.load(config)
        if port is not None:
            settings = settings.model_copy(update={"port": port})
        asyncio.run(_serve(settings))
    except HocbaError as error:
        stop(error)


async def _serve(settings: Settings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, ended.set)
    async with open_gateway(settings, system_clock) as gateway:
        _tell_broken(gateway.registry)
        look = Look(settings.public_url, settings.support, settings.guides, settings.demo_people)
        runner = serving(gateway, look)
        add_agent_pages(runner.app, demo=settings.mode == "demo")
        await runner.setup()
        try:
            await _listen(runner, settings)
            gc.collect()
            gc.freeze()  # what lives as long as the process is not looked through again: a tenth of a second each time
            address = f"http://{settings.host}:{runner.addresses[0][1]}"
            sys.stdout.write(json.dumps({"address": address, "pid": os.getpid()}) + "\n")
            sys.stdout.flush()
            await ended.wait()
        finally:
            await runner.cleanup()


def _tell_broken(registry: Registry) -> None:
    """The others work on; what is wrong is said where an operator looks at a start."""
    for plugin, reason in registry.broken.items():
        log.error("%s", said(PluginBroken.code, {"plugin": plugin, "reason": reason, "state": "others_run"}))


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        rule = f"cổng mạng còn trống; {settings.host}:{settings.port} không mở được ({error.strerror})"
        raise SettingWrong(setting="port", rule=rule) from error
