"""The demo's programs: two simulators, the gateway, the agent with the school's token. All are real processes."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hocba_core.clock import system_clock
from hocba_core.secret import Secret
from hocba_core.testing.pki import TestCa

from hocba_gateway.demo.processes import DidNotStart, Program, Programs, free_port
from hocba_gateway.demo.source import Source
from hocba_gateway.demo.token import make_token

GATEWAY_PORT: Final = 8080
OFFICER: Final = "can-bo-so"
TOKEN_PIN: Final = "12345678"  # noqa: S105 - of a token that the demo makes and throws away
PHONE_MILLIS: Final = 300
"""How long the pretended people take to tap their phones."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo keeps what."""

    out: Path
    """What it leaves for others."""
    state: Path
    """Database, keys, logs: made anew at every start, but for the key that opens a database of one's own."""
    database: str

    @property
    def people(self) -> Path:
        """Whom the log-in page offers."""
        return self.state / "people.json"

    @property
    def trust(self) -> Path:
        return self.out / "trust"


@dataclass(slots=True)
class Stage:
    """Everything that runs."""

    gateway: Program
    mysign: Program
    portal: Program
    agent: Program
    officer_password: Secret = field(repr=False)

    @property
    def address(self) -> str:
        return str(self.gateway.ready["address"])

    @property
    def phones(self) -> str:
        """The page with everybody's phone."""
        return f"{self.mysign.ready['address']}/_simulator/"


def prepare(out: Path, database: str | None) -> Place:
    """Empties what an earlier run left. Only what the demo itself makes is removed."""
    state = out / ".state"
    key = state / "secret.key"
    kept = key.read_bytes() if key.is_file() else None
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    if kept is not None:
        key.touch(mode=0o600)
        key.write_bytes(kept)
    shutil.rmtree(out / "trust", ignore_errors=True)
    (out / "trust").mkdir(parents=True)
    return Place(out, state, database or f"sqlite:///{(state / 'hocba.sqlite').resolve()}")


async def start(programs: Programs, place: Place, source: Source) -> Stage:
    """Raises DidNotStart with the end of that program's log."""
    seal_ca = await asyncio.to_thread(TestCa.create, "Ban Cơ yếu Chính phủ (mô phỏng)", system_clock())
    seal_root = place.trust / "seal-ban-co-yeu-mo-phong.pem"
    seal_root.write_bytes(seal_ca.root_pem)
    school = seal_ca.issue_school(str(source.profile["name"]), str(source.profile["tax_number"]))
    token = await make_token(place.state / "token", "Con dau nha truong", TOKEN_PIN, school)

    mysign = await programs.start(
        "mysign",
        [
            *_module("hocba_viettel_mysign.simulator"),
            *("--ca-dir", str(place.state / "mysign")),
            *("--after-ms", str(PHONE_MILLIS)),
        ],
    )
    people_root = place.trust / "people-viettel-mo-phong.pem"
    shutil.copyfile(str(mysign.ready["root"]), people_root)
    portal = await programs.start(
        "portal",
        [
            *_module("hocba_reception_portal.simulator"),
            *("--trust-people", str(people_root)),
            *("--trust-seal", str(seal_root)),
        ],
    )
    password = Secret(secrets.token_urlsafe(12))
    gateway = await _start_gateway(programs, place, source, password)
    agent = await _start_agent(programs, place, str(gateway.ready["address"]), token.module, token.conf)
    return Stage(gateway, mysign, portal, agent, password)


async def _start_agent(programs: Programs, place: Place, site: str, module: Path, conf: Path) -> Program:
    """On a school's PC of its own, with a person who allows this site and types the PIN."""
    script = place.state / "agent-answers.json"
    script.touch(mode=0o600)
    script.write_text(json.dumps({"consent": ["remember"], "pin": [TOKEN_PIN]}))
    command = [
        *_module("hocba_agent"),
        *("--development", "--end-with-parent"),
        *("--windows", "scripted", "--script", str(script)),
        *("--module", str(module)),
        *("--site", site),
        *("--config", str(place.state / "agent")),
    ]
    environment = {"SOFTHSM2_CONF": str(conf)}
    try:
        return await programs.start("agent", command, environment)
    except DidNotStart:  # every port that pages look at is taken: another agent, or another demo
        return await programs.start("agent", [*command, "--port", "0"], environment)


async def _start_gateway(programs: Programs, place: Place, source: Source, password: Secret) -> Program:
    config = place.state / "hocba.toml"
    port = free_port(GATEWAY_PORT)
    config.write_text(_config(place, port), encoding="utf-8")
    department = source.department
    await _run(
        [
            *_module("hocba_gateway", "init"),
            *("--config", str(config), "--reset-password"),
            *("--code", department["code"], "--name", department["name"], "--officer", OFFICER),
        ],
        password,
    )
    command = [*_module("hocba_gateway", "serve"), "--config", str(config)]
    try:
        return await programs.start("gateway", command)
    except DidNotStart:
        if port == 0:
            raise
        return await programs.start("gateway", [*command, "--port", "0"])  # somebody took the port meanwhile


def _config(place: Place, port: int) -> str:
    blobs = "database" if place.database.startswith("postgresql") else str((place.state / "blobs").resolve())
    values: dict[str, object] = {
        "mode": "demo",
        "support": "0900 000 000 (số mẫu), 7:30–17:00 thứ Hai đến thứ Sáu",
        "demo_people": str(place.people.resolve()),
        "database": place.database,
        "blobs": blobs,
        "trust": str(place.trust.resolve()),
        "key_file": str((place.state / "secret.key").resolve()),
        "port": port,
        "providers": ["viettel_mysign"],
        "portals": ["reception_portal"],
        "render_processes": max(1, min(4, (os.cpu_count() or 1) - 1)),
    }
    # JSON's texts, numbers and lists are TOML's too
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


async def _run(command: list[str], line: Secret) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate(line.reveal().encode() + b"\n")
    if process.returncode:
        raise DidNotStart(f"hocba init: {output.decode(errors='replace').strip()[-2000:]}")
