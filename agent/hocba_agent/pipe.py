"""What our processes say to each other over private pipes: one line of JSON per message."""

from __future__ import annotations

import asyncio
import json
from typing import IO, Any

MAX_LINE = 4 * 1024 * 1024
"""Bytes: the certificates of many tokens, or a full job."""


def pack(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode("ascii") + b"\n"


def write(stream: IO[bytes], message: dict[str, Any]) -> None:
    stream.write(pack(message))
    stream.flush()


def read(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next message; None when the other side is gone or talks nonsense."""
    return _unpack(stream.readline(MAX_LINE))


async def receive(stream: asyncio.StreamReader) -> dict[str, Any] | None:
    """As `read`."""
    try:
        return _unpack(await stream.readline())
    except (OSError, ValueError):  # ValueError: longer than the reader's limit
        return None


def _unpack(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
