"""The process that faces the network: opens a port of the set, lets pages in by the door, and ends in order."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hocba_core.agent_protocol import MAX_MESSAGE, PATH
from hocba_core.clock import Clock
from hocba_core.errors import Conflict
from websockets.asyncio.server import ServerConnection, serve

from hocba_agent.connection import Connection
from hocba_agent.consents import Consents
from hocba_agent.desk import Desk
from hocba_agent.driver import Driver
from hocba_agent.drivers.added import drivers_to_load
from hocba_agent.front import Front
from hocba_agent.handshake import Door
from hocba_agent.history import History
from hocba_agent.instance import Instance
from hocba_agent.limits import Limits
from hocba_agent.pin_counter import PinCounter
from hocba_agent.system import LOOPBACK, listen, on_stop
from hocba_agent.tokens import Tokens
from hocba_agent.windows.kinds import WindowKind
from hocba_agent.workstation import hear_leaving

log = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 3.0


class PortsTaken(Conflict):
    """facts: ports."""

    code = "ports_taken"


@dataclass(frozen=True, slots=True)
class Settings:
    windows: WindowKind
    modules: tuple[Path, ...]
    sites: frozenset[str]
    folder: Path
    ports: tuple[int, ...]
    tray: bool = False
    limits: Limits = field(default_factory=Limits)


async def run(settings: Settings, clock: Clock, instance: Instance | None = None) -> None:
    """Serves until SIGTERM. Says where in one line of JSON on standard output. Raises PortsTaken."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    on_stop(loop, stopped.set)
    counter = PinCounter(settings.folder)
    modules = drivers_to_load(settings.folder, settings.modules)

    def driver(module: Path) -> Driver:
        return Driver(module, settings.windows, counter)

    tokens = Tokens([driver(module) for module in modules], clock)
    await tokens.spawn()  # before there is a socket that they could inherit
    screen = settings.windows.name == "tk"
    front = Front(settings.folder, instance, stopped.set, screen=screen, tray=settings.tray)
    try:
        listener, port = open_port(settings.ports)
        consents, history = Consents(settings.folder, clock), History(settings.folder)
        desk = Desk(tokens, consents, settings.windows, history, front, clock, settings.sites, driver, settings.limits)
        front.start(desk, port)
        leaving = asyncio.create_task(hear_leaving(desk.person_left))
        try:
            await _serve(listener, port, settings.sites, desk, stopped)
        finally:
            leaving.cancel()
    finally:
        await asyncio.gather(tokens.close(), front.close())


async def _serve(listener: socket.socket, port: int, sites: frozenset[str], desk: Desk, stopped: asyncio.Event) -> None:
    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        await Connection(connection, connection.request.headers["Origin"], desk).serve()

    def inside() -> Iterator[str]:
        return (one.request.headers.get("Origin", "") for one in server.connections if one.request is not None)

    door = Door(port, sites, inside, asyncio.get_running_loop().time)
    silence = desk.limits.silence.total_seconds()
    quiet = logging.getLogger("hocba_agent.websockets")
    quiet.setLevel(logging.CRITICAL)  # at lower levels the library prints frames and tracebacks
    async with serve(
        handle,
        sock=listener,
        process_request=door.check,
        compression=None,
        max_size=MAX_MESSAGE,
        max_queue=16,
        open_timeout=HANDSHAKE_SECONDS,
        ping_interval=silence / 2,
        ping_timeout=silence / 2,
        close_timeout=2,
        server_header=None,
        logger=quiet,
    ) as server:
        said = {"address": f"ws://{LOOPBACK}:{port}", "path": PATH, "pid": os.getpid()}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        log.info("listening on port %d for %d sites", port, len(sites))
        await stopped.wait()
        server.close()  # pages hear that the agent goes, not that a driver failed
        await desk.tokens.close()  # a run would hold the door open for one signature, or for a driver that hangs


def open_port(ports: Sequence[int]) -> tuple[socket.socket, int]:
    """The first of the set that is free. Raises PortsTaken."""
    for port in ports:
        try:
            listener = listen(port)
        except OSError:
            log.warning("port %d is taken by another program", port)
            continue
        return listener, int(listener.getsockname()[1])
    raise PortsTaken(ports=", ".join(map(str, ports)))
