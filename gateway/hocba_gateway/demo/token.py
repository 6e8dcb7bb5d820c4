"""The school's USB token, played by SoftHSM2: a folder of its own, one token, one key, one certificate."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hocba_core.testing.pki import Identity

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)
"""Where Debian and Ubuntu put the module."""


class NoSoftHsm(RuntimeError):
    """SoftHSM2 is not installed."""


@dataclass(frozen=True, slots=True)
class Token:
    module: Path
    conf: Path
    """For SOFTHSM2_CONF."""
    label: str


async def make_token(folder: Path, label: str, pin: str, owner: Identity) -> Token:
    """A fresh token with the owner's key and certificate. The PIN is of the demo, not a secret."""
    module = _module()
    if module is None or shutil.which("softhsm2-util") is None:
        raise NoSoftHsm("Thiếu SoftHSM2: chạy `make demo`, hoặc cài gói softhsm2 của Debian.")
    await asyncio.to_thread(shutil.rmtree, folder, True)
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    await _util(conf, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", pin)
    key = folder / "key.p8"
    key.touch(mode=0o600)
    key.write_bytes(owner.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    try:
        await _util(conf, "--import", str(key), "--token", label, "--label", label, "--id", "01", "--pin", pin)
    finally:
        key.unlink()
    await asyncio.to_thread(_write_certificates, module, conf, label, pin, owner)
    return Token(module, conf, label)


def _module() -> Path | None:
    return next((path for path in map(Path, MODULES) if path.exists()), None)


async def _util(conf: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "softhsm2-util",
        *arguments,
        env={**os.environ, "SOFTHSM2_CONF": str(conf)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise NoSoftHsm(f"softhsm2-util: {output.decode(errors='replace').strip()}")


def _write_certificates(module: Path, conf: Path, label: str, pin: str, owner: Identity) -> None:
    """softhsm2-util imports keys only; the certificates go in through PKCS#11: the owner's and its issuers'."""
    import pkcs11
    from pkcs11.util.x509 import decode_x509_certificate

    os.environ["SOFTHSM2_CONF"] = str(conf)
    library = pkcs11.lib(str(module))
    token = library.get_token(token_label=label)
    with token.open(rw=True, user_pin=pin) as session:
        for number, certificate in enumerate((owner.certificate, *owner.chain), 1):
            session.create_object(
                {
                    **decode_x509_certificate(certificate),
                    pkcs11.Attribute.TOKEN: True,
                    pkcs11.Attribute.ID: bytes([number]),
                    pkcs11.Attribute.LABEL: label,
                }
            )
