"""Other programs of this PC: whose is the one at the other end of a connection, what is it called, who holds a port.

From the kernel's tables, on Linux only; elsewhere it cannot be told. One of the few files that ask which system it is.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

Address = tuple[str, int]
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Row:
    """One socket of /proc/net/tcp or tcp6 (proc(5))."""

    local: str
    remote: str
    """Hexadecimal, in the machine's byte order; an IPv4 address stands at the end of a mapped IPv6 one."""
    state: str
    user: int
    inode: str

    def joins(self, local: Address, remote: Address) -> bool:
        return self.local.endswith(_hexadecimal(local)) and self.remote.endswith(_hexadecimal(remote))


def belongs_to_another_user(peer: Address, ours: Address) -> bool:
    """Is the program at the other end of a loopback connection run by another user of this PC?

    False where it cannot be told.
    """
    owner = next((row.user for row in _sockets() if row.joins(peer, ours)), None)
    return sys.platform == "linux" and owner is not None and owner != os.getuid()


def program_behind(peer: Address, ours: Address) -> str:
    """File name of the program at the other end; "" where it cannot be told. For people: a name proves nothing."""
    return _program({row.inode for row in _sockets() if row.joins(peer, ours)})


def holder_of_port(port: int) -> str:
    """File name of the program that listens there; "" where it cannot be told (another user's, or another system)."""
    return _program({row.inode for row in _sockets() if row.state == _LISTENING and row.local.endswith(f":{port:04X}")})


def rows_of(table: str) -> Iterator[Row]:
    for line in table.splitlines()[1:]:
        columns = line.split()
        yield Row(columns[1], columns[2], columns[3], int(columns[7]), columns[9])


def _sockets() -> Iterator[Row]:
    if sys.platform == "linux":
        for table in _TABLES:
            with suppress(OSError):
                yield from rows_of(Path(table).read_text(encoding="ascii"))


def _program(inodes: set[str]) -> str:
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*") if wanted else ():
        with suppress(OSError):  # another user's, or gone meanwhile
            if any(_target(link) in wanted for link in (process / "fd").iterdir()):
                return (process / "exe").readlink().name
    return ""


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


def _hexadecimal(address: Address) -> str:
    return f"{int.from_bytes(socket.inet_aton(address[0]), sys.byteorder):08X}:{address[1]:04X}"
