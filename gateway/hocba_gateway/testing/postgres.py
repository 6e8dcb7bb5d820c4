"""A PostgreSQL server of one's own, thrown away at the end: for tests and for the bench. Blocking."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

DEBIAN = Path("/usr/lib/postgresql")


@cache
def programs() -> Path | None:
    """The folder of initdb and pg_ctl, of the newest version; None where PostgreSQL is not installed."""
    found = [path.parent for path in DEBIAN.glob("*/bin/initdb")]
    if not found and (elsewhere := shutil.which("initdb")):
        return Path(elsewhere).parent
    return max(found, key=lambda folder: float(folder.parent.name), default=None)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that can be stopped and started again, on the same port and with the same data."""

    folder: Path
    port: int

    @property
    def address(self) -> str:
        """Without a database name."""
        return f"postgresql://hocba@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._control("-o", options, "-l", self.folder / "log", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """`mode` of pg_ctl: "fast" tells the connections, "immediate" is as if it were killed."""
        self._control("-m", mode, "-w", "stop")

    def _control(self, *words: str | Path) -> None:
        _run(_bin() / "pg_ctl", "-D", self.folder / "data", *words)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Running. It forgets on a crash of the machine (fsync=off), and is faster for it."""
    folder = Path(tempfile.mkdtemp(prefix="hocba-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(folder, _free_port())
    try:
        _run(_bin() / "initdb", "-D", folder / "data", "-A", "trust", "-U", "hocba")
        made.start()
        try:
            yield made
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """The address of one, without a database name."""
    with cluster() as made:
        yield made.address


def _bin() -> Path:
    found = programs()
    assert found is not None, "PostgreSQL is not installed"
    return found


def new_database(address: str) -> str:
    """A fresh, empty database of that server; returns its address."""
    name = f"t{uuid4().hex}"
    host, _, port = address.rpartition("@")[2].partition(":")
    _run(_bin() / "createdb", "-h", host, "-p", port, "-U", "hocba", name)
    return f"{address}/{name}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _run(*command: str | Path) -> None:
    """As the user postgres where we are root: the server refuses to run as root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    # to files, not pipes: the server inherits them and would keep a pipe open
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
