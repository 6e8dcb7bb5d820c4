"""The C interface of a PKCS#11 module, as thin as it gets: one method a function, our types in and out.

By ctypes instead of a binding, for what drivers of Vietnamese tokens do: some answer 0 when they are asked for a
size, so that nothing here ever asks (every call brings a buffer that is large enough); the limits of a PIN are
needed before a login; a context login stands between C_SignInit and C_Sign; and a 32-bit Python can do it too.
For one thread only: C_Initialize gets NULL, and a module may then do without locks.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from ctypes import POINTER, byref, c_char, c_ubyte, c_ulong, c_void_p, cast, sizeof
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hocba_agent.system import PACKED_STRUCTURES
from hocba_agent.token.codes import BUFFER_TOO_SMALL, OK, CryptokiError

_SLOTS: Final = 64
_MECHANISMS: Final = 1024
_OBJECTS: Final = 64
_ATTRIBUTE_BYTES: Final = 8 * 1024
_MOST_ATTRIBUTE_BYTES: Final = 256 * 1024
_VALUE_BYTES: Final = 1024
"""A signature of RSA 8192."""
_SERIAL_SESSION: Final = 0x4
USER: Final = 1
CONTEXT_SPECIFIC: Final = 2


class _Structure(ctypes.Structure):
    if PACKED_STRUCTURES:
        _pack_ = 1
        _layout_ = "ms"


class _Version(_Structure):
    _fields_ = (("major", c_ubyte), ("minor", c_ubyte))


class _FunctionList(_Structure):
    _fields_ = (("version", _Version), ("call", c_void_p * 68))


class _SlotInfo(_Structure):
    _fields_ = (
        ("description", c_char * 64),
        ("manufacturer", c_char * 32),
        ("flags", c_ulong),
        ("hardware", _Version),
        ("firmware", _Version),
    )


class _TokenInfo(_Structure):
    _fields_ = (
        ("label", c_char * 32),
        ("manufacturer", c_char * 32),
        ("model", c_char * 16),
        ("serial", c_char * 16),
        ("flags", c_ulong),
        ("counts", c_ulong * 4),
        ("longest_pin", c_ulong),
        ("shortest_pin", c_ulong),
        ("memory", c_ulong * 4),
        ("hardware", _Version),
        ("firmware", _Version),
        ("time", c_char * 16),
        ("spare", c_char * 512),  # not in the standard: for a driver that writes too much
    )


class _Attribute(_Structure):
    _fields_ = (("type", c_ulong), ("value", c_void_p), ("length", c_ulong))


class _Mechanism(_Structure):
    _fields_ = (("type", c_ulong), ("parameter", c_void_p), ("length", c_ulong))


_FUNCTIONS: Final[Mapping[str, tuple[int, tuple[Any, ...]]]] = {
    "C_Initialize": (0, (c_void_p,)),
    "C_GetSlotList": (4, (c_ubyte, c_void_p, POINTER(c_ulong))),
    "C_GetSlotInfo": (5, (c_ulong, POINTER(_SlotInfo))),
    "C_GetTokenInfo": (6, (c_ulong, POINTER(_TokenInfo))),
    "C_GetMechanismList": (7, (c_ulong, c_void_p, POINTER(c_ulong))),
    "C_OpenSession": (12, (c_ulong, c_ulong, c_void_p, c_void_p, POINTER(c_ulong))),
    "C_CloseSession": (13, (c_ulong,)),
    "C_CloseAllSessions": (14, (c_ulong,)),
    "C_Login": (18, (c_ulong, c_ulong, c_void_p, c_ulong)),
    "C_Logout": (19, (c_ulong,)),
    "C_GetAttributeValue": (24, (c_ulong, c_ulong, POINTER(_Attribute), c_ulong)),
    "C_FindObjectsInit": (26, (c_ulong, POINTER(_Attribute), c_ulong)),
    "C_FindObjects": (27, (c_ulong, POINTER(c_ulong), c_ulong, POINTER(c_ulong))),
    "C_FindObjectsFinal": (28, (c_ulong,)),
    "C_SignInit": (42, (c_ulong, POINTER(_Mechanism), c_ulong)),
    "C_Sign": (43, (c_ulong, c_void_p, c_ulong, c_void_p, POINTER(c_ulong))),
}
"""Place in CK_FUNCTION_LIST, and arguments. C_Finalize is not here: the process ends instead, as some drivers hang."""


@dataclass(frozen=True, slots=True)
class TokenInfo:
    label: str
    manufacturer: str
    model: str
    serial: str
    flags: int
    shortest_pin: int
    longest_pin: int


class Cryptoki:
    """A loaded and initialised module. Every method raises CryptokiError."""

    def __init__(self, path: Path) -> None:
        """Raises also OSError and AttributeError when the file is no PKCS#11 module."""
        self._library = ctypes.CDLL(str(path))
        functions = POINTER(_FunctionList)()
        _check(self._library.C_GetFunctionList(byref(functions)))
        if not functions:
            raise CryptokiError(0x5)
        addresses = functions.contents.call
        if not all(addresses[place] for place, _ in _FUNCTIONS.values()):
            raise CryptokiError(0x54)
        self._calls = {
            name: ctypes.CFUNCTYPE(c_ulong, *arguments)(addresses[place])
            for name, (place, arguments) in _FUNCTIONS.items()
        }
        self._call("C_Initialize", None)

    def slots(self, *, with_token: bool) -> list[int]:
        """Asks for the number first: only then does a module look for readers that came or went (§5.5)."""
        count = c_ulong()
        self._call("C_GetSlotList", int(with_token), None, byref(count))
        found = (c_ulong * _SLOTS)()
        count.value = _SLOTS
        self._call("C_GetSlotList", int(with_token), found, byref(count))
        return list(found[: min(count.value, _SLOTS)])

    def reader(self, slot: int) -> str:
        info = _SlotInfo()
        self._call("C_GetSlotInfo", slot, byref(info))
        return _text(bytes(_field(info, _SlotInfo.description)))

    def token(self, slot: int) -> TokenInfo:
        info = _TokenInfo()
        self._call("C_GetTokenInfo", slot, byref(info))
        texts = (getattr(_TokenInfo, name) for name in ("label", "manufacturer", "model", "serial"))
        label, manufacturer, model, serial = (_text(_field(info, one)) for one in texts)
        return TokenInfo(label, manufacturer, model, serial, info.flags, info.shortest_pin, info.longest_pin)

    def mechanisms(self, slot: int) -> set[int]:
        found, count = (c_ulong * _MECHANISMS)(), c_ulong(_MECHANISMS)
        self._call("C_GetMechanismList", slot, found, byref(count))
        return set(found[: min(count.value, _MECHANISMS)])

    def open(self, slot: int) -> int:
        """A read-only session: some drivers refuse others."""
        session = c_ulong()
        self._call("C_OpenSession", slot, _SERIAL_SESSION, None, None, byref(session))
        return session.value

    def close(self, session: int) -> None:
        self._call("C_CloseSession", session)

    def close_all(self, slot: int) -> None:
        self._call("C_CloseAllSessions", slot)

    def login(self, session: int, user: int, pin: str | None) -> None:
        """None: the PIN is typed on the reader. The copy that the driver reads is wiped."""
        if pin is None:
            self._call("C_Login", session, user, None, 0)
            return
        typed = pin.encode()
        buffer = ctypes.create_string_buffer(typed, len(typed) + 1)
        try:
            self._call("C_Login", session, user, buffer, len(typed))
        finally:
            ctypes.memset(buffer, 0, len(typed))

    def logout(self, session: int) -> None:
        self._call("C_Logout", session)

    def find(self, session: int, kind: int) -> list[int]:
        """Objects of a class (CERTIFICATE, …), in the driver's order."""
        value = c_ulong(kind)
        wanted = _Attribute(0, cast(byref(value), c_void_p), sizeof(value))
        self._call("C_FindObjectsInit", session, byref(wanted), 1)
        found: list[int] = []
        objects, count = (c_ulong * _OBJECTS)(), c_ulong()
        try:
            while True:
                self._call("C_FindObjects", session, objects, _OBJECTS, byref(count))
                if not count.value:
                    return found
                found += objects[: min(count.value, _OBJECTS)]
        finally:
            self._calls["C_FindObjectsFinal"](session)

    def attribute(self, session: int, thing: int, kind: int) -> bytes | None:
        """None: the object does not have it, or does not tell."""
        size = _ATTRIBUTE_BYTES
        while size <= _MOST_ATTRIBUTE_BYTES:
            buffer = ctypes.create_string_buffer(size)
            asked = _Attribute(kind, cast(buffer, c_void_p), size)
            value = self._calls["C_GetAttributeValue"](session, thing, byref(asked), 1)
            if value == OK:
                return buffer.raw[: asked.length] if 0 < asked.length <= size else None
            if value != BUFFER_TOO_SMALL:
                return None
            size *= 4
        return None

    def sign_init(self, session: int, mechanism: int, key: int) -> None:
        self._call("C_SignInit", session, byref(_Mechanism(mechanism, None, 0)), key)

    def sign(self, session: int, given: bytes) -> bytes:
        """What the driver calls a signature: perhaps empty, perhaps wrong."""
        value, size = ctypes.create_string_buffer(_VALUE_BYTES), c_ulong(_VALUE_BYTES)
        self._call("C_Sign", session, given, len(given), value, byref(size))
        return value.raw[: min(size.value, _VALUE_BYTES)]

    def _call(self, name: str, *arguments: Any) -> None:
        _check(self._calls[name](*arguments))


def _check(value: int) -> None:
    if value != OK:
        raise CryptokiError(value)


def _field(info: _Structure, place: Any) -> bytes:
    """All bytes of a text field: read as an attribute, it would end at the first NUL."""
    return bytes(info)[place.offset : place.offset + place.size]


def _text(padded: bytes) -> str:
    return padded.decode("utf-8", "replace").strip("\0 ")
