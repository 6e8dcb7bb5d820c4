"""The whole gateway behind its real HTTP server, on both databases, with two schools of two offices."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from hocba_core.clock import Clock
from hocba_core.secret import Secret
from hocba_core.testing.pki import TestCa
from hocba_core.workflow.turn import WORKING
from hocba_gateway.app import open_gateway
from hocba_gateway.services.departments import found_department
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.passwords import Passwords
from hocba_gateway.services.principal import Right
from hocba_gateway.settings import Settings
from hocba_gateway.store.schema import accounts, people
from hocba_gateway.web.application import serving
from hocba_gateway.web.pages.agent_demo import add_agent_pages
from hocba_gateway.web.pages.look import Look
from sqlalchemy import update

SAMPLE = Path(__file__).parents[3] / "gateway/hocba_gateway/demo/schools/thcs-mau"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
"""Argon2 as always, but a school's accounts are opened for every test."""
OFFICER_PASSWORD = "mat-khau-cua-so-99"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(slots=True)
class Caller:
    """One account, logged in; or nobody."""

    server: Server
    token: str | None = None
    me: Mapping[str, Any] = field(default_factory=dict)

    async def call(self, method: str, path: str, body: Any = None, files: Mapping[str, bytes] | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent: dict[str, Any] = {}
        if files is not None:
            form = aiohttp.FormData()
            for name, data in files.items():
                form.add_field("files", data, filename=name)
            sent["data"] = form
        elif body is not None:
            sent["json"] = body
        url = f"{self.server.address}/api/v1{path}"
        async with self.server.http.request(method, url, headers=headers, **sent) as answer:
            raw = await answer.read()
            is_json = "json" in answer.content_type
            return Answer(answer.status, json.loads(raw) if is_json else raw, dict(answer.headers))

    async def ok(self, method: str, path: str, body: Any = None, files: Mapping[str, bytes] | None = None) -> Any:
        answer = await self.call(method, path, body, files)
        assert answer.status == 200, answer.body
        return answer.body


@dataclass(slots=True)
class Server:
    gateway: Gateway
    address: str
    http: aiohttp.ClientSession

    def nobody(self) -> Caller:
        return Caller(self)

    async def log_in(self, username: str, password: str) -> Caller:
        said = await self.nobody().ok("POST", "/login", {"username": username, "password": password})
        return Caller(self, said["token"], said["me"])


@dataclass(slots=True)
class School:
    id: str
    officer: Caller
    admin: Caller
    people: dict[str, Caller] = field(default_factory=dict)
    """Position or "9A" for a homeroom teacher -> logged in."""
    staff: dict[str, str] = field(default_factory=dict)
    """Code -> people.id."""
    classes: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def people_root(clock: Clock) -> bytes:
    """PEM of whom people's certificates come from; modules that sign say another."""
    return TestCa.create("Test people", clock()).root_pem


@pytest.fixture
def look() -> Look:
    """What pages show of the settings."""
    return Look()


@pytest.fixture
def vendors() -> tuple[str, ...]:
    """Plugins that the gateway loads."""
    return ("viettel_mysign",)


@pytest.fixture
async def server(
    database_url: str,
    tmp_path: Path,
    clock: Clock,
    people_root: bytes,
    seal_ca: TestCa,
    look: Look,
    vendors: tuple[str, ...],
) -> AsyncIterator[Server]:
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "people-test.pem").write_bytes(people_root)
    (trust / "seal-test.pem").write_bytes(seal_ca.root_pem)
    settings = Settings(
        database=database_url,
        blobs=tmp_path / "blobs",
        trust=trust,
        providers=vendors,
        portals=("reception_portal",),
        mode="demo",
    )
    async with AsyncExitStack() as stack:
        environment = {"HOCBA_SECRET_KEY": Fernet.generate_key().decode()}
        gateway = await stack.enter_async_context(open_gateway(settings, clock, environment, CHEAP))
        runner = serving(gateway, look)
        add_agent_pages(runner.app, demo=True)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Server(gateway, f"http://127.0.0.1:{runner.addresses[0][1]}", http)


async def _open(server: Server, code: str, school: str) -> School:
    password = Secret(OFFICER_PASSWORD)
    await found_department(server.gateway.store, server.gateway.passwords, code, f"Sở {code}", f"so-{code}", password)
    officer = await server.log_in(f"so-{code}", OFFICER_PASSWORD)
    made = await officer.ok("POST", "/department/schools", {"code": school, "name": f"Trường {school}"})
    return School(made["id"], officer, await server.log_in(made["administrator"], made["password"]))


@pytest.fixture
async def empty(server: Server) -> School:
    """A school that was just opened."""
    return await _open(server, "99", "9999001001")


@pytest.fixture
async def stranger(server: Server) -> School:
    """Another school, of another office."""
    return await _open(server, "98", "9899001001")


PROFILE = {
    "code": "9999001001", "name": "Trường THCS Mẫu", "department_code": "99", "department_name": "Sở 99",
    "commune_code": "99001", "commune": "Phường Nam Sơn", "province_code": "99", "province": "Tỉnh Mẫu",
    "place": "Nam Sơn", "ownership": "public", "tax_number": "9900000019", "levels": ["THCS"],
}  # fmt: skip


@pytest.fixture
def sample_files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(SAMPLE.glob("*.xlsx"))}


@pytest.fixture
async def school(server: Server, empty: School, sample_files: dict[str, bytes]) -> School:
    """With profile, spreadsheets, print settings, locks, and everybody logged in."""
    admin = empty.admin
    await admin.ok("PUT", "/school/profile", {"profile": PROFILE})
    stored = await admin.ok("POST", "/school/import", files=sample_files)
    assert stored["stored"], stored["plan"]["problems"]
    classes = (await admin.ok("GET", "/classes"))["classes"]
    empty.classes = {room["name"]: room["id"] for room in classes}
    members = {one["id"]: one for one in (await admin.ok("GET", "/school/members"))["members"]}
    empty.staff = {one["code"]: identity for identity, one in members.items()}
    leaders = (await admin.ok("GET", "/leaders"))["leaders"]
    settings = {"leader_id": leaders[0]["id"], "place": "Nam Sơn", "sign_date": "2026-05-29"}
    await admin.ok("PUT", "/print-settings", {"classes": list(empty.classes.values()), **settings})
    homerooms = {room["homeroom_id"]: room["name"] for room in classes}
    for made in (await admin.ok("POST", "/school/accounts", {}))["accounts"]:
        caller = await server.log_in(made["username"], made["password"])
        person = made["person"]
        if person == leaders[0]["id"]:
            empty.people["leader"] = caller
        elif person in homerooms:
            empty.people[homerooms[person]] = caller
        else:
            empty.people.setdefault("teacher", caller)
        empty.people[person] = caller
    return empty


async def locked(school: School, name: str) -> str:
    await school.admin.ok("PUT", f"/classes/{school.classes[name]}/locks/CN")
    return school.classes[name]


@pytest.fixture
async def transcripts(school: School) -> list[str]:
    """Of five pupils of 6A."""
    room = await locked(school, "6A")
    pupils = (await school.admin.ok("GET", f"/classes/{room}/pupils"))["pupils"]
    made = await school.admin.ok(
        "POST", f"/classes/{room}/transcripts", {"pupils": [pupil["id"] for pupil in pupils[:5]]}
    )
    created: list[str] = made["created"]
    assert created, made
    return created


@pytest.fixture
async def neighbour(server: Server, stranger: School) -> School:
    """The other school's account with every right that a school has."""
    rights = [Right.ADMIN, Right.APPROVE, Right.SEAL]
    one = {"id": str(uuid4()), "code": "1", "name": "Người bên cạnh", "status": WORKING, "data": {}}
    async with server.gateway.scoped(stranger.id).write() as tx:
        await tx.insert(people, [one])
    async with server.gateway.store.across_schools(write=True) as connection:
        values = {"rights": [right.value for right in rights], "person_id": one["id"]}
        await connection.execute(update(accounts).where(accounts.c.school_id == stranger.id).values(**values))
    return stranger
