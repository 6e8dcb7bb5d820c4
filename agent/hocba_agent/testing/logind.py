"""A bus of the test's own, with a systemd-logind on it as far as the agent listens to one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    message_bus,
    new_method_return,
    new_signal,
)
from jeepney.io.asyncio import DBusConnection, DBusRouter, Proxy, open_dbus_connection

from hocba_agent.logind import MANAGER, NAME, PROPERTIES, SESSION

_OURS = "/org/freedesktop/login1/session/_32"
_ANOTHER = "/org/freedesktop/login1/session/c7"
_BUS = """<busconfig>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""


@asynccontextmanager
async def logind(folder: Path) -> AsyncIterator[Logind]:
    config = folder / "bus.conf"
    config.write_text(_BUS)
    daemon = await asyncio.create_subprocess_exec(
        "dbus-daemon", f"--config-file={config}", "--nofork", "--print-address", stdout=asyncio.subprocess.PIPE
    )
    assert daemon.stdout is not None
    try:
        address = (await daemon.stdout.readline()).decode().strip()
        async with await open_dbus_connection(address) as bus:
            async with DBusRouter(bus) as router:
                await Proxy(message_bus, router).RequestName(NAME)
            made = Logind(address, bus)
            answering = asyncio.create_task(made.answer_for_ever())
            yield made
            answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering
    finally:
        with suppress(ProcessLookupError):
            daemon.terminate()
        await daemon.wait()


class Logind:
    def __init__(self, address: str, bus: DBusConnection) -> None:
        self.address = address
        self._bus = bus

    @property
    def environment(self) -> dict[str, str]:
        """Of a program that shall take this bus for the system's."""
        return {"DBUS_SYSTEM_BUS_ADDRESS": self.address}

    async def answer_for_ever(self) -> None:
        while True:
            asked = await self._bus.receive()
            if asked.header.message_type is MessageType.method_call:
                assert asked.header.fields[HeaderFields.member] == "GetSession"
                await self._bus.send(new_method_return(asked, "o", (_OURS,)))

    async def lock_signal(self) -> None:
        """`loginctl lock-session`, before the desktop has done it."""
        await self._bus.send(new_signal(DBusAddress(_OURS, NAME, SESSION), "Lock"))

    async def sleep(self, *, begins: bool = True) -> None:
        await self._bus.send(new_signal(MANAGER, "PrepareForSleep", "b", (begins,)))

    async def changed(self, name: str, value: bool, *, of_another: bool = False) -> None:
        """A property of our session, or of another user's."""
        session = DBusAddress(_ANOTHER if of_another else _OURS, NAME, PROPERTIES)
        body: tuple[object, ...] = (SESSION, {name: ("b", value)}, [])
        await self._bus.send(new_signal(session, "PropertiesChanged", "sa{sv}as", body))
