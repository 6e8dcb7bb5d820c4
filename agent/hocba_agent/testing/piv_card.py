"""A PIV card of software for the virtual reader (vsmartcard's vpcd): connecting is putting it in, ending is pulling it.

As a program: `python -m hocba_agent.testing.piv_card PORT FOLDER [--slow MS]`; it says one line when it is in.
The folder holds `card.json` and is changed by the card: wrong PINs are counted across insertions, as a real one does.
NIST SP 800-73-4, as much of it as OpenSC asks for. Key 9C wants its PIN before each signature.
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from hocba_core.testing.pki import Identity

TRIES = 3
_ATR = bytes.fromhex("3bdb960080b1fe451f830031c064c708010007900005")
_AID = bytes.fromhex("a000000308000010000100")
_NO_AGENCY = bytes.fromhex("d4e739da739ced39ce739d836858210842108421c84210c3eb")
"""A FASC-N that says: my serial number is the GUID."""
_POWER_OFF, _POWER_ON, _RESET, _ASK_ATR = 0, 1, 2, 4
_LOGIN_KEY, _SIGNING_KEY = 0x9A, 0x9C
_OK, _NOT_FOUND, _BLOCKED, _NOT_VERIFIED = 0x9000, 0x6A82, 0x6983, 0x6982
_RESPONSE_BYTES = 256


def make_card(folder: Path, pin: str, serial: bytes, login: Identity, signing: Identity) -> Path:
    """`pin`: 6 to 8 digits; `serial`: 16 bytes, its GUID; all 0: it has none, as some tokens. Returns the folder."""
    folder.mkdir(parents=True)
    keys = {
        f"{number:02x}": {
            "key": one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "certificate": one.certificate.hex(),
        }
        for number, one in ((_LOGIN_KEY, login), (_SIGNING_KEY, signing))
    }
    told = {"pin": pin, "serial": serial.hex(), "left": TRIES, "keys": keys, "verified": 0}
    (folder / "card.json").write_text(json.dumps(told))
    return folder


def tlv(tag: int, value: bytes) -> bytes:
    length = len(value)
    size = bytes([length]) if length < 0x80 else bytes([0x82]) + length.to_bytes(2)
    return tag.to_bytes(2 if tag > 0xFF else 1) + size + value


@dataclass(slots=True)
class Card:
    folder: Path
    slow: float = 0.0
    """Seconds that a signature takes."""
    state: dict[str, Any] = field(default_factory=dict)
    _verified: bool = False
    _just_verified: bool = False
    _chained: bytes = b""
    _rest: bytes = b""

    def __post_init__(self) -> None:
        self.state = json.loads((self.folder / "card.json").read_text())

    def reset(self) -> None:
        self._verified = self._just_verified = False
        self._chained = self._rest = b""

    def answer(self, command: bytes) -> bytes:
        chain, instruction, reference = command[0] & 0x10, command[1], command[3]
        length = command[4] if len(command) > 5 else 0
        data, wanted = command[5 : 5 + length], command[5 + length :] if length else command[4:]
        if instruction == 0xC0:
            return self._part(wanted[0] if wanted else 0)
        if chain:
            self._chained += data
            return struct.pack(">H", _OK)
        data, self._chained = self._chained + data, b""
        just_verified, self._just_verified = self._just_verified, False
        match instruction:
            case 0xA4:
                return self._select(data)
            case 0xCB:
                return self._data(data)
            case 0x20:
                return self._verify(data)
            case 0x87:
                return self._sign(reference, data, just_verified)
        return struct.pack(">H", 0x6D00)

    def _select(self, data: bytes) -> bytes:
        if not data or not _AID.startswith(data[: len(_AID)]):
            return struct.pack(">H", _NOT_FOUND)
        return self._told(tlv(0x61, tlv(0x4F, _AID[5:]) + tlv(0x79, tlv(0x4F, _AID[:5]))))

    def _data(self, data: bytes) -> bytes:
        name = data[2 : 2 + data[1]]
        guid = bytes.fromhex(self.state["serial"])
        chuid = (
            tlv(0x30, _NO_AGENCY if any(guid) else bytes(25))
            + tlv(0x34, guid)
            + tlv(0x35, b"20400101")
            + tlv(0x3E, b"")
            + tlv(0xFE, b"")
        )
        things = {
            b"\x7e": tlv(0x7E, tlv(0x4F, _AID) + bytes.fromhex("5f2f024000")),
            bytes.fromhex("5fc102"): tlv(0x53, chuid),
            bytes.fromhex("5fc105"): self._certificate(_LOGIN_KEY),
            bytes.fromhex("5fc10a"): self._certificate(_SIGNING_KEY),
        }
        thing = things.get(name)
        return struct.pack(">H", _NOT_FOUND) if thing is None else self._told(thing)

    def _certificate(self, key: int) -> bytes:
        der = bytes.fromhex(self.state["keys"][f"{key:02x}"]["certificate"])
        return tlv(0x53, tlv(0x70, der) + tlv(0x71, b"\0") + tlv(0xFE, b""))

    def _verify(self, data: bytes) -> bytes:
        left = self.state["left"]
        if not left:
            return struct.pack(">H", _BLOCKED)
        if not data:
            return struct.pack(">H", _OK if self._verified else 0x63C0 | left)
        right = data.rstrip(b"\xff") == self.state["pin"].encode()
        self._verified = self._just_verified = right
        self._keep(left=TRIES if right else left - 1, verified=self.state["verified"] + 1)
        return struct.pack(">H", _OK if right else 0x63C0 | (left - 1))

    def _sign(self, number: int, data: bytes, just_verified: bool) -> bytes:
        if not (just_verified if number == _SIGNING_KEY else self._verified):
            return struct.pack(">H", _NOT_VERIFIED)
        time.sleep(self.slow)
        key = load_pem_private_key(self.state["keys"][f"{number:02x}"]["key"].encode(), None)
        if isinstance(key, rsa.RSAPrivateKey):
            block = data[data.index(bytes.fromhex("81820100")) + 4 :][:256]
            numbers = key.private_numbers()
            value = pow(int.from_bytes(block), numbers.d, numbers.public_numbers.n).to_bytes(256)
        else:
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            digest = data[data.index(b"\x81\x20") + 2 :][:32]
            value = key.sign(digest, ec.ECDSA(Prehashed(SHA256())))
        return self._told(tlv(0x7C, tlv(0x82, value)))

    def _told(self, answer: bytes) -> bytes:
        self._rest = answer
        return self._part(0)

    def _part(self, wanted: int) -> bytes:
        size = wanted or _RESPONSE_BYTES
        part, self._rest = self._rest[:size], self._rest[size:]
        left = len(self._rest)
        return part + struct.pack(">H", 0x6100 | min(left, 0xFF) if left else _OK)

    def _keep(self, **changed: object) -> None:
        self.state.update(changed)
        new = self.folder / "card.new"
        new.write_text(json.dumps(self.state))
        new.replace(self.folder / "card.json")


def serve(port: int, card: Card) -> None:
    """Until the reader goes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as reader:
        reader.settimeout(None)
        sys.stdout.write('{"in": true}\n')
        sys.stdout.flush()
        while True:
            command = _receive(reader)
            if command is None:
                return
            if len(command) == 1:
                if command[0] in (_POWER_OFF, _POWER_ON, _RESET):
                    card.reset()
                answer = _ATR if command[0] == _ASK_ATR else None
            else:
                answer = card.answer(command)
            if answer is not None:
                reader.sendall(struct.pack(">H", len(answer)) + answer)


def _receive(reader: socket.socket) -> bytes | None:
    head = _exactly(reader, 2)
    return None if head is None else _exactly(reader, int.from_bytes(head))


def _exactly(reader: socket.socket, count: int) -> bytes | None:
    got = b""
    while len(got) < count:
        quick_acknowledge = getattr(socket, "TCP_QUICKACK", None)
        if quick_acknowledge is not None:  # else each command takes 43 ms instead of 2
            reader.setsockopt(socket.IPPROTO_TCP, quick_acknowledge, 1)
        part = reader.recv(count - len(got))
        if not part:
            return None
        got += part
    return got


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slow", type=int, default=0)
    given = parser.parse_args()
    serve(given.port, Card(given.folder, given.slow / 1000))
