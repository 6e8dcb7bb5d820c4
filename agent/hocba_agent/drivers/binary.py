"""Reads the header of a library (PE, ELF, Mach-O) without loading it: for which machine, and what it exports.

What a file says is not believed further than this: every offset is checked, anything odd is NotALibrary.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ENTRY: Final = b"C_GetFunctionList"
"""The one function that every PKCS#11 module exports."""

_PE_MACHINES = {0x14C: ("x86", 32), 0x8664: ("x86_64", 64), 0xAA64: ("arm64", 64), 0x1C4: ("arm", 32)}
_ELF_MACHINES = {3: "x86", 62: "x86_64", 183: "arm64", 40: "arm"}
_MACHO_MACHINES = {7: "x86", 0x1000007: "x86_64", 0x100000C: "arm64", 12: "arm"}
_MOST_SYMBOLS: Final = 1_000_000


class NotALibrary(Exception):
    """Not a shared library of a kind that we know, or a broken one."""


@dataclass(frozen=True, slots=True)
class Binary:
    """One machine's part of a file; a Mach-O file may hold several."""

    format: str
    """pe | elf | macho"""
    machine: str
    """x86 | x86_64 | arm | arm64 | its number"""
    bits: int
    has_entry: bool


def read_binary(content: bytes) -> tuple[Binary, ...]:
    """At least one. Raises NotALibrary."""
    try:
        if content[:2] == b"MZ":
            return (_pe(content),)
        if content[:4] == b"\x7fELF":
            return (_elf(content),)
        if content[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
            return tuple(_macho(content, at) for at in _slices(content))
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise NotALibrary from error
    raise NotALibrary


def _unpack(form: str, content: bytes, at: int) -> tuple[int, ...]:
    if at < 0:
        raise ValueError("offset")
    return struct.unpack_from(form, content, at)


def _name(content: bytes, at: int) -> bytes:
    if not 0 <= at < len(content):
        raise ValueError("offset")
    return content[at : content.index(b"\0", at)]


def _some(number: int) -> range:
    if not 0 <= number <= _MOST_SYMBOLS:
        raise ValueError("count")
    return range(number)


def _pe(content: bytes) -> Binary:
    """Microsoft's "PE Format": COFF header, optional header, sections, export directory."""
    (start,) = _unpack("<I", content, 0x3C)
    if content[start : start + 4] != b"PE\0\0":
        raise NotALibrary
    machine, sections, *_, optional_size, flags = _unpack("<HHIIIHH", content, start + 4)
    is_dll = 0x2000
    if not flags & is_dll:
        raise NotALibrary
    optional = start + 24
    (magic,) = _unpack("<H", content, optional)
    directory = optional + (112 if magic == 0x20B else 96)
    exports, size = _unpack("<II", content, directory)
    table = optional + optional_size
    mapped = [_unpack("<IIII", content, table + 40 * number + 8) for number in _some(sections)]

    def place(address: int) -> int:
        for length, virtual, raw_size, raw in mapped:
            if virtual <= address < virtual + max(length, raw_size):
                return raw + address - virtual
        raise ValueError("address")

    name, bits = _PE_MACHINES.get(machine, (hex(machine), 64 if magic == 0x20B else 32))
    if not exports or not size:
        return Binary("pe", name, bits, False)
    count, _, names = _unpack("<III", content, place(exports) + 24)
    pointers = place(names) if count else 0
    addresses = (_unpack("<I", content, pointers + 4 * number)[0] for number in _some(count))
    return Binary("pe", name, bits, any(_name(content, place(one)) == ENTRY for one in addresses))


def _elf(content: bytes) -> Binary:
    """The section of dynamic symbols (SHT_DYNSYM) and its names; libraries keep both when they are stripped."""
    bits = {1: 32, 2: 64}[content[4]] if content[4] in (1, 2) else 0
    order = {1: "<", 2: ">"}.get(content[5])
    if not bits or order is None:
        raise NotALibrary
    kind, machine = _unpack(order + "HH", content, 16)
    shared_object = 3
    if kind != shared_object:
        raise NotALibrary
    wide = bits == 64
    (table,) = _unpack(order + ("Q" if wide else "I"), content, 40 if wide else 32)
    entry_size, count = _unpack(order + "HH", content, 58 if wide else 46)
    section = order + ("IIQQQQII" if wide else "IIIIIIII")
    sections = [_unpack(section, content, table + entry_size * number) for number in _some(count)]
    dynamic_symbols = 11
    has_entry = False
    for _, kind, _, _, offset, size, link, _ in sections:
        if kind != dynamic_symbols:
            continue
        strings = sections[link][4]
        each, (value_at, section_at) = (24, (8, 6)) if wide else (16, (4, 14))
        for number in _some(size // each):
            symbol = offset + each * number
            (name,) = _unpack(order + "I", content, symbol)
            (where,) = _unpack(order + "H", content, symbol + section_at)
            (value,) = _unpack(order + ("Q" if wide else "I"), content, symbol + value_at)
            if where and value and _name(content, strings + name) == ENTRY:
                has_entry = True
    return Binary("elf", _ELF_MACHINES.get(machine, str(machine)), bits, has_entry)


def _slices(content: bytes) -> Iterator[int]:
    """Where each machine's part begins: a "fat" file holds several."""
    if content[:4] != b"\xca\xfe\xba\xbe":
        yield 0
        return
    (count,) = _unpack(">I", content, 4)
    if not 0 < count < 16:  # a Java class begins with the same four bytes
        raise ValueError("count")
    for number in range(count):
        yield _unpack(">IIIII", content, 8 + 20 * number)[2]


def _macho(content: bytes, start: int) -> Binary:
    """Symbol table (LC_SYMTAB): names that are external and defined here."""
    wide = content[start : start + 4] == b"\xcf\xfa\xed\xfe"
    if not wide and content[start : start + 4] != b"\xce\xfa\xed\xfe":
        raise NotALibrary
    machine, _, kind, count = _unpack("<IIII", content, start + 4)
    dylib, bundle = 6, 8
    if kind not in (dylib, bundle):
        raise NotALibrary
    at = start + (32 if wide else 28)
    has_entry = False
    for _ in _some(count):
        command, size = _unpack("<II", content, at)
        symbol_table = 2
        if command == symbol_table:
            symbols, number, strings, _ = _unpack("<IIII", content, at + 8)
            has_entry = any(_macho_entry(content, start, symbols, strings, one, wide) for one in _some(number))
        if size < 8:
            raise ValueError("size")
        at += size
    return Binary("macho", _MACHO_MACHINES.get(machine, hex(machine)), 64 if wide else 32, has_entry)


def _macho_entry(content: bytes, start: int, symbols: int, strings: int, number: int, wide: bool) -> bool:
    name, kind, section = _unpack("<IBB", content, start + symbols + (16 if wide else 12) * number)
    external = 1
    return bool(kind & external and section) and _name(content, start + strings + name) == b"_" + ENTRY
