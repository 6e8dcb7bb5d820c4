"""A PostgreSQL server of one's own, thrown away at the end: for tests and for the bench. Blocking."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def server() -> Iterator[str]:
    """Yields its address without a database name. It forgets on a crash (fsync=off), and is faster for it."""
    bin_folder = programs()
    assert bin_folder is not None, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="hocba-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = _free_port()
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = (bin_folder / "pg_ctl", "-D", data)
    try:
        _run(bin_folder / "initdb", "-D", data, "-A", "trust", "-U", "hocba")
        _run(*control, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgresql://hocba@127.0.0.1:{port}"
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address: str) -> str:
    """A fresh, empty database of that server; returns its address."""
    bin_folder = programs()
    assert bin_folder is not None, "PostgreSQL is not installed"
    name = f"t{uuid4().hex}"
    host, _, port = address.rpartition("@")[2].partition(":")
    _run(bin_folder / "createdb", "-h", host, "-p", port, "-U", "hocba", name)
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
