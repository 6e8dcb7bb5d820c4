"""A smart card service of its own (pcscd) with two virtual readers, into which cards of software are put and pulled.

Linux only. The service always listens at /run/pcscd, so it gets a /run of its own (a mount namespace; as root, or
where users may have namespaces), and programs find it by PCSCLITE_CSOCK_NAME.
As a program: `python -m hocba_agent.testing.virtual_reader FOLDER`, see `main`.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType

from hocba_core.clock import system_clock
from hocba_core.testing.pki import TestCa

from hocba_agent.testing.piv_card import make_card

_LIBRARY = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_MODULES = ("/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so")
_START_SECONDS = 10.0


def opensc() -> Path:
    """Debian's module, which reads the card."""
    return next(path for path in map(Path, _MODULES) if path.exists())


class VirtualReader:
    """`with`: the service runs. `insert` puts a card into a reader (0 or 1), `pull` takes it out at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._service: subprocess.Popen[bytes] | None = None
        self._cards: dict[int, subprocess.Popen[bytes]] = {}
        self._port = _free_pair()

    @property
    def environment(self) -> dict[str, str]:
        return {"PCSCLITE_CSOCK_NAME": str(self._folder / "run" / "pcscd" / "pcscd.comm")}

    def __enter__(self) -> VirtualReader:
        (self._folder / "run" / "pcscd").mkdir(parents=True)
        (self._folder / "conf").mkdir()
        lines = (
            'FRIENDLYNAME "Virtual PCD"',
            f"DEVICENAME /dev/null:0x{self._port:X}",
            f"LIBPATH {_LIBRARY}",
            f"CHANNELID 0x{self._port:X}",
        )
        (self._folder / "conf" / "vpcd").write_text("\n".join(lines) + "\n")
        self.start_service()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in list(self._cards):
            self.pull(reader)
        self.stop_service()

    def start_service(self) -> None:
        script = f"mount --bind {self._folder / 'run'} /run && exec /usr/sbin/pcscd -f -c {self._folder / 'conf'}"
        apart = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
        with (self._folder / "pcscd.log").open("ab") as log:
            self._service = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *apart, "sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        socket_file = Path(self.environment["PCSCLITE_CSOCK_NAME"])
        ends = time.monotonic() + _START_SECONDS
        while not socket_file.exists():
            if time.monotonic() > ends or self._service.poll() is not None:
                raise RuntimeError((self._folder / "pcscd.log").read_text())
            time.sleep(0.02)

    def stop_service(self) -> None:
        if self._service is not None:
            self._service.kill()
            self._service.wait()
            self._service = None
        for name in ("pcscd.comm", "pcscd.pid"):
            (self._folder / "run" / "pcscd" / name).unlink(missing_ok=True)

    def insert(self, card: Path, reader: int = 0, *, slow: int = 0) -> None:
        """`card`: a folder of piv_card.make_card. Returns when the reader has it."""
        words = [sys.executable, "-m", "hocba_agent.testing.piv_card", str(self._port + reader), str(card)]
        process = subprocess.Popen([*words, "--slow", str(slow)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert process.stdout is not None
        self._cards[reader] = process
        if not process.stdout.readline():
            raise RuntimeError("the card did not get into the reader")

    def pull(self, reader: int = 0) -> None:
        process = self._cards.pop(reader)
        process.kill()
        process.communicate()


def _free_pair() -> int:
    """Two neighbouring ports, one a reader."""
    for _ in range(100):
        port = random.randrange(20000, 30000, 2)
        with ExitStack() as both:
            try:
                for number in (port, port + 1):
                    both.enter_context(closing(socket.socket())).bind(("", number))
            except OSError:
                continue
        return port
    raise RuntimeError("no two free ports")


def main(folder: Path) -> None:
    """For other programs: says in one line of JSON where it is; then each line of standard input is "in" or "out",
    answered by a line when it is done. One card, of nobody."""
    owner = TestCa.create("Reader", system_clock()).issue_person("Nguyễn Thị Ánh", "001190000001")
    card = make_card(folder / "card", "246813", os.urandom(16), owner, owner)
    with VirtualReader(folder / "reader") as reader:
        _say({"environment": reader.environment, "module": str(opensc())})
        for line in sys.stdin:
            if line.strip() == "in":
                reader.insert(card)
            else:
                reader.pull()
            _say({"done": line.strip()})


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
