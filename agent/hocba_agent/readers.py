"""The smart card service (PC/SC) as the system has it: does it run, which readers are there, is a card in.

Asks the system's own library, no vendor's: through it "the service is off" is told from "no token is in".
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from ctypes import POINTER, byref, c_char_p, c_void_p
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from hocba_agent.system import PCSC_LIBRARY, PCSC_PACKED, PCSC_WORD

_SYSTEM_SCOPE: Final = 2
_STATE_PRESENT: Final = 0x20
_NO_SERVICE: Final = frozenset((0x8010001D, 0x8010001E))
_NO_READERS: Final = 0x8010002E


class Service(StrEnum):
    ON = "on"
    OFF = "off"
    ABSENT = "absent"  # this system has none, or nothing can be known of it


@dataclass(frozen=True, slots=True)
class Reader:
    name: str
    card: bool
    """A card or token is in."""


@dataclass(frozen=True, slots=True)
class Readers:
    service: Service
    readers: tuple[Reader, ...] = ()


def look() -> Readers:
    """Blocks for a few milliseconds."""
    library = _library()
    if library is None:
        return Readers(Service.ABSENT)
    context = c_void_p()
    value = _code(library.SCardEstablishContext(_SYSTEM_SCOPE, None, None, byref(context)))
    if value:
        return Readers(Service.OFF if value in _NO_SERVICE else Service.ABSENT)
    try:
        names = _names(library, context)
        return Readers(Service.OFF) if names is None else Readers(Service.ON, _states(library, context, names))
    finally:
        library.SCardReleaseContext(context)


def _names(library: Any, context: c_void_p) -> list[bytes] | None:
    size = PCSC_WORD(0)
    value = _code(library.SCardListReaders(context, None, None, byref(size)))
    if value == _NO_READERS:
        return []
    if value:
        return None
    buffer = ctypes.create_string_buffer(max(size.value, 1))
    if _code(library.SCardListReaders(context, None, buffer, byref(size))):
        return None
    return [name for name in buffer.raw[: size.value].split(b"\0") if name]


class _State(ctypes.Structure):
    if PCSC_PACKED:
        _pack_ = 1
        _layout_ = "ms"
    _fields_ = (
        ("reader", c_char_p),
        ("data", c_void_p),
        ("current", PCSC_WORD),
        ("event", PCSC_WORD),
        ("atr_length", PCSC_WORD),
        ("atr", ctypes.c_ubyte * 36),
    )


def _states(library: Any, context: c_void_p, names: list[bytes]) -> tuple[Reader, ...]:
    states = (_State * len(names))()
    for state, name in zip(states, names, strict=True):
        state.reader = name
    if names:
        library.SCardGetStatusChange(context, PCSC_WORD(0), states, PCSC_WORD(len(names)))
    return tuple(
        Reader(name.decode("utf-8", "replace"), bool(state.event & _STATE_PRESENT))
        for state, name in zip(states, names, strict=True)
    )


def _code(value: int) -> int:
    return value & 0xFFFFFFFF


@cache
def _library() -> Any:
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(PCSC_LIBRARY)
        # Windows has two of each; the one that takes bytes ends in A
        for name in ("SCardListReaders", "SCardGetStatusChange"):
            if not hasattr(library, name):
                setattr(library, name, getattr(library, name + "A"))
        library.SCardEstablishContext.argtypes = [PCSC_WORD, c_void_p, c_void_p, POINTER(c_void_p)]
        library.SCardReleaseContext.argtypes = [c_void_p]
        library.SCardListReaders.argtypes = [c_void_p, c_char_p, c_char_p, POINTER(PCSC_WORD)]
        library.SCardGetStatusChange.argtypes = [c_void_p, PCSC_WORD, c_void_p, PCSC_WORD]
        return library
    return None
