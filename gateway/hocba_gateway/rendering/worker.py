"""One rendering process: reads a record, writes a PDF, until its parent goes. Started by pool.py only.

python -m hocba_gateway.rendering.worker <parent's process id> <lookup address or "">
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from typing import Any

from hocba_core.errors import HocbaError
from hocba_core.lifeline import die_with_parent

from hocba_gateway.rendering import frames
from hocba_gateway.rendering.render import Renderer, Seal


def answer(renderer: Renderer, head: dict[str, Any], record: bytes) -> bytes:
    """The reply's frame. An error is named by its code: texts of libraries may quote the record."""
    try:
        time = datetime.fromisoformat(head["time"])
        if head["kind"] == "preview":
            return frames.pack({}, renderer.preview(record, time))
        return frames.pack({}, renderer.sealable(record, Seal(head["name"], head["tax_code"], time)))
    except HocbaError as error:
        return frames.pack({"error": str(error.facts.get("what") or error.code)})
    except (ValueError, KeyError, LookupError):
        return frames.pack({"error": "record"})


def main(parent: int, lookup: str) -> None:
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the pool decides when we end
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that writes to standard output must not spoil a frame
    renderer = Renderer(lookup)
    sink.write(frames.pack({"ready": os.getpid()}))
    sink.flush()
    while (frame := frames.read(source)) is not None:
        sink.write(answer(renderer, *frames.unpack(frame)))
        sink.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
