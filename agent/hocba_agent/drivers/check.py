"""May this file be loaded as a driver? Judged by its name, its folder and its header, never by loading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hocba_agent.drivers.binary import Binary, NotALibrary, read_binary
from hocba_agent.drivers.catalogue import catalogue
from hocba_agent.system import LIBRARY_FORMAT, MACHINE, kept_by_administrators

_MOST_BYTES: Final = 256 * 1024 * 1024

CONFIRMABLE: Final = "writable"
"""The one reason that a person may overrule, knowing what it means."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason`: "" when it may be loaded, else

    missing     no such file, or not to be read
    never       writes or passes on PINs: never loaded, confirmed or not
    shell       a CryptoAPI provider; the driver lies beside it
    no_library  not a library at all, or a broken one
    system      a library of another operating system
    bits        for programs of another size (32-bit only, mostly)
    machine     for another processor
    no_entry    a library, but no driver: does not export C_GetFunctionList
    writable    others than administrators may change it or its folder: needs the person's word
    """

    reason: str
    machine: str = ""
    bits: int = 0

    @property
    def ok(self) -> bool:
        return not self.reason


def judge(path: Path, *, confirmed: bool) -> Verdict:
    """`confirmed`: the person said of this very file that it may be loaded."""
    try:
        real = path.resolve(strict=True)
        if not real.is_file() or real.stat().st_size > _MOST_BYTES:
            return Verdict("no_library" if real.exists() else "missing")
        content = real.read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: links in a circle
        return Verdict("missing")
    known = catalogue()
    if any(known.is_never_loaded(name, content) for name in (path.name, real.name)):
        return Verdict("never")
    if known.is_shell(path.name):
        return Verdict("shell")
    try:
        parts = read_binary(content)
    except NotALibrary:
        return Verdict("no_library")
    ours, reason = _fit(parts)
    if not reason and not confirmed and not kept_by_administrators(real):
        reason = CONFIRMABLE
    return Verdict(reason, ours.machine, ours.bits)


def _fit(parts: tuple[Binary, ...]) -> tuple[Binary, str]:
    """The part of the file for this process, or one of the others and what is wrong with it."""
    machine, bits = MACHINE
    fitting = next((one for one in parts if (one.machine, one.bits) == MACHINE), None)
    part = fitting or parts[0]
    if part.format != LIBRARY_FORMAT:
        return part, "system"
    if part.bits != bits:
        return part, "bits"
    if part.machine != machine:
        return part, "machine"
    return part, "" if part.has_entry else "no_entry"
