"""Runs a fake vendor as a program of its own: `python -m hocba_<key>.simulator --port 0 --ca-dir DIR --people FILE`.

Once it listens it writes one line of JSON to stdout: address, root (file of the test root), pid, and what the vendor's
fake adds (its client id and so on). It ends on SIGTERM or SIGINT. Time here is real.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from hocba_core.clock import system_clock
from hocba_core.testing.ca_folder import CaFolder
from hocba_core.testing.fake_server import FakeServer
from hocba_core.testing.fake_vendor import FakeVendor
from hocba_core.testing.phone import Mood


def serve(vendor: type[FakeVendor], tells: Mapping[str, str], arguments: Sequence[str] | None = None) -> None:
    """Blocks until it is told to end."""
    asyncio.run(_serve(vendor, tells, _read(arguments)))


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A vendor's simulator, for demos and tests only.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--ca-dir", type=Path, required=True, help="keeps the test CA and people's keys")
    parser.add_argument("--people", type=Path, help='JSON: [{"user_id": …, "name": …, "number": …}]')
    parser.add_argument("--mood", type=Mood, choices=list(Mood), default=Mood.APPROVE, help="of everybody")
    parser.add_argument("--after-ms", type=int, default=0, help="how long people take to answer")
    return parser.parse_args(arguments)


async def _serve(vendor: type[FakeVendor], tells: Mapping[str, str], options: argparse.Namespace) -> None:
    keys = await asyncio.to_thread(CaFolder, options.ca_dir, f"{vendor.key} simulator", system_clock())
    fake = vendor(clock=system_clock, keys=keys)
    for person in await asyncio.to_thread(_people, options.people):
        fake.add_person(person["name"], person["number"], user=person.get("user_id", ""))
    fake.phone.will(options.mood, after=timedelta(milliseconds=options.after_ms))

    await listen(fake, options.host, options.port, {"root": str(keys.root_file), **tells})


async def listen(fake: FakeServer, host: str, port: int, tells: Mapping[str, str]) -> None:
    """Start, say where in one line of JSON, and stay until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop.set)
    address = await fake.start(host, port)
    try:
        sys.stdout.write(json.dumps({"address": address, "pid": os.getpid(), **tells}) + "\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await fake.stop()


def _people(path: Path | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path else []
    return found
