"""What systemd-logind tells over the system bus of the session we belong to (org.freedesktop.login1(5))."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    message_bus,
    new_method_call,
)
from jeepney.io.asyncio import DBusConnection, DBusRouter, open_dbus_connection
from jeepney.wrappers import unwrap_msg

log = logging.getLogger(__name__)

NAME = "org.freedesktop.login1"
MANAGER = DBusAddress("/org/freedesktop/login1", NAME, f"{NAME}.Manager")
SESSION = f"{NAME}.Session"
PROPERTIES = "org.freedesktop.DBus.Properties"
_PATIENCE = 10.0
"""Seconds for an answer of the bus."""


async def listen(left: Callable[[], None]) -> None:
    """Calls `left` each time that the person leaves, until cancelled.

    Raises OSError, EOFError (no bus, or it went away), DBusErrorResponse (no session of a person), and what the
    library raises for a bus that it does not understand.
    """
    async with asyncio.timeout(_PATIENCE):
        bus = await open_dbus_connection("SYSTEM")
    async with bus:
        rules = _rules(await _session(bus))
        for rule in rules:
            await bus.send(message_bus.AddMatch(rule))
        await _hear(bus, len(rules), left)


async def _session(bus: DBusConnection) -> str:
    """Path of ours; "auto" is the user's own one with a screen, where this program was started outside of any."""
    async with asyncio.timeout(_PATIENCE), DBusRouter(bus) as router:
        answer = await router.send_and_get_reply(new_method_call(MANAGER, "GetSession", "s", ("auto",)))
    return str(unwrap_msg(answer)[0])


def _rules(session: str) -> tuple[MatchRule, ...]:
    """A desktop that locks its screen sets a property; `Lock` is what asks it to."""
    ours = {"type": "signal", "sender": NAME, "path": session}
    return (
        MatchRule(**ours, interface=SESSION, member="Lock"),
        MatchRule(**ours, interface=PROPERTIES, member="PropertiesChanged"),
        MatchRule(type="signal", sender=NAME, interface=MANAGER.interface, member="PrepareForSleep"),
    )


async def _hear(bus: DBusConnection, unconfirmed: int, left: Callable[[], None]) -> None:
    while True:
        message = await bus.receive()
        match message.header.message_type:
            case MessageType.error:
                raise DBusErrorResponse(message)
            case MessageType.method_return:
                unconfirmed -= 1
                if not unconfirmed:
                    log.info("a locked screen is noticed")
            case MessageType.signal if _is_leaving(message):
                left()


def _is_leaving(message: Message) -> bool:
    member = message.header.fields.get(HeaderFields.member)
    if member == "PropertiesChanged":
        interface, changed, _ = message.body
        gone = changed.get("LockedHint") == ("b", True) or changed.get("Active") == ("b", False)
        return bool(interface == SESSION and gone)
    return bool(member == "Lock" or (member == "PrepareForSleep" and message.body == (True,)))
