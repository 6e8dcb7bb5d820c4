"""SoftHSM2 tokens in a folder of their own, behind a shim module (shim.c) that can misbehave."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hocba_core.testing.pki import Identity

PIN = "7391-4682"
"""Of throw-away tokens; unlike anything else that a log may hold."""
_SOFTHSM = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)


def softhsm() -> Path:
    """Debian's module."""
    return next(path for path in map(Path, _SOFTHSM) if path.exists())


def empty_folder(folder: Path, shim: Path) -> Tokens:
    (folder / "store").mkdir(parents=True)
    store = f"directories.tokendir = {folder / 'store'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    (folder / "softhsm2.conf").write_text(store)
    return Tokens(folder, shim, softhsm())


@dataclass(slots=True)
class Tokens:
    """A folder of SoftHSM2 tokens and the shim before them."""

    folder: Path
    shim: Path
    target: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"),
            "SHIM_TARGET": str(self.target),
            "SHIM_FOLDER": str(self.folder),
        }

    def add(self, label: str, *owners: Identity, pin: str = PIN, extra: Sequence[bytes] = (), ids: bool = True) -> str:
        """A token with the owners' keys and certificates; `extra` certificates without keys. Returns its serial.

        Without `ids` a certificate's CKA_ID differs from its key's.
        """
        made = self._run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", pin)
        slot = made.split()[-1]
        for number, owner in enumerate(owners, 1):
            key = self.folder / "key.p8"
            key.write_bytes(owner.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            self._run(
                *("softhsm2-util", "--import", str(key), "--slot", slot, "--label", label),
                *("--id", f"{number:02x}", "--pin", pin),
            )
            key.unlink()
            self._certificate(slot, label, pin, owner.certificate, number if ids else number + 128)
        for number, der in enumerate(extra, 64):
            self._certificate(slot, label, pin, der, number)
        slots = self._run("softhsm2-util", "--show-slots")
        found = re.search(rf"Slot {slot}\n.*?Serial number: +(\w+)", slots, re.DOTALL)
        assert found is not None
        return found[1]

    def tell(self, name: str, text: object = "") -> None:
        """What the shim shall do from now on; see shim.c."""
        (self.folder / name).write_text(f"{text}\n")

    def untell(self, name: str) -> None:
        (self.folder / name).unlink()

    def calls(self, kind: str) -> list[str]:
        noted = self.folder / "calls"
        return [line for line in noted.read_text().splitlines() if line.startswith(kind)] if noted.exists() else []

    def _certificate(self, slot: str, label: str, pin: str, der: bytes, identity: int) -> None:
        file = self.folder / "certificate.der"
        file.write_bytes(der)
        self._run(
            *("pkcs11-tool", "--module", str(self.target), "--slot", slot, "--login", "--pin", pin),
            *("--write-object", str(file), "--type", "cert", "--id", f"{identity:02x}", "--label", label),
        )

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, env={**os.environ, **self.environment}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
