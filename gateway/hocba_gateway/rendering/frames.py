"""What pool and worker say to each other: a length of four bytes, a line of JSON, then raw bytes."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

MAX_BYTES = 32 * 1024 * 1024
LENGTH_BYTES = 4


def pack(head: dict[str, Any], body: bytes = b"") -> bytes:
    line = json.dumps(head).encode()
    return (len(line) + 1 + len(body)).to_bytes(LENGTH_BYTES) + line + b"\n" + body


def unpack(frame: bytes) -> tuple[dict[str, Any], bytes]:
    line, _, body = frame.partition(b"\n")
    return json.loads(line), body


def length(size: bytes) -> int:
    """Raises ValueError for a frame that nobody sends."""
    value = int.from_bytes(size)
    if not 0 < value <= MAX_BYTES:
        raise ValueError("frame")
    return value


def read(stream: BinaryIO) -> bytes | None:
    """One frame; None when the other side is gone."""
    size = stream.read(LENGTH_BYTES)
    if len(size) < LENGTH_BYTES:
        return None
    wanted = length(size)
    frame = stream.read(wanted)
    return frame if len(frame) == wanted else None
