"""A test CA whose keys and certificates stay in a folder, so that a simulator starts fast the second time.

Throw-away keys for simulators only: they lie there unencrypted, readable by their owner alone.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hocba_core.testing.pki import Identity, Key, TestCa

_ISSUING_KEY = "issuing.key.pem"


class CaFolder:
    """`root.pem` and `issuing.pem` for the world, the rest for the simulator. Blocking: call it in a thread."""

    def __init__(self, folder: Path, name: str, now: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._now = now
        self.ca = self._load(name) if (folder / _ISSUING_KEY).exists() else self._create(name)

    @property
    def root_file(self) -> Path:
        return self._folder / "root.pem"

    def person(self, user: str, name: str, number: str) -> Identity:
        """The same key and certificate for the same person; made at the first call (some 50 ms)."""
        mark = sha256("\0".join((user, name, number)).encode()).hexdigest()[:20]
        kept = self._folder / f"person-{mark}.pem"
        if kept.exists():
            return self._read_person(kept)
        identity = self.ca.issue_person(name, number, key="rsa")
        leaf = x509.load_der_x509_certificate(identity.certificate).public_bytes(Encoding.PEM)
        _write_private(kept, _key_pem(identity.key) + leaf)
        return identity

    def _read_person(self, path: Path) -> Identity:
        pem = path.read_bytes()
        leaf = x509.load_pem_x509_certificates(pem)[0]
        issuing = self.ca.issuing.public_bytes(Encoding.DER)
        return Identity(leaf.public_bytes(Encoding.DER), _key(pem), (issuing,))

    def _create(self, name: str) -> TestCa:
        ca = TestCa.create(name, self._now)
        (self._folder / "root.pem").write_bytes(ca.root_pem)
        (self._folder / "issuing.pem").write_bytes(ca.issuing.public_bytes(Encoding.PEM))
        _write_private(self._folder / _ISSUING_KEY, _key_pem(ca._issuing_key))
        return ca

    def _load(self, name: str) -> TestCa:
        root, issuing = (
            x509.load_pem_x509_certificate((self._folder / file).read_bytes()) for file in ("root.pem", "issuing.pem")
        )
        return TestCa(name, root, issuing, _key((self._folder / _ISSUING_KEY).read_bytes()), self._now)


def _key(pem: bytes) -> Key:
    found = load_pem_private_key(pem, None)
    assert isinstance(found, RSAPrivateKey | EllipticCurvePrivateKey)
    return found


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_private(path: Path, data: bytes) -> None:
    """Whole or not at all; the key file of the CA is written last, so its presence means that all is there."""
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_bytes(data)
    draft.replace(path)
