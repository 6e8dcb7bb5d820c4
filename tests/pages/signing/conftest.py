"""People who sign in a browser: at MySign, at vendors of every kind, with a token."""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
import sys
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from hocba_core.clock import system_clock
from hocba_core.testing.phone import Mood
from hocba_gateway.store.schema import audit, items, provider_sessions, slots
from hocba_sandbox.settings import SWITCH, Behaviour
from hocba_sandbox.simulator import Simulator as Sandbox
from hocba_sandbox.simulator import password_of
from playwright.async_api import Page, Route, expect


def _taken(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[2] / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_signed = sys.modules["hocba_tests_of_signing_over_http"]
YEAR = _signed.YEAR


@pytest.fixture
async def approved(signing: Any) -> Any:
    """Everybody of the school has an approved account at MySign, whose sessions are open."""
    await _signed.approve_all(signing)
    return signing


@pytest.fixture
async def teachers(approved: Any) -> list[str]:
    """people.id of who may sign in the first step."""
    return list(await approved.waiting("gvbm"))


async def press_ok(page: Page) -> None:
    """From the list, with what is ticked: the dialog, and its button."""
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("#sign-dialog").get_by_role("button", name="OK").click()


@pytest.fixture
def sign() -> Callable[[Page], Awaitable[None]]:
    return press_ok


@pytest.fixture
def rows_of(server: Any) -> Callable[..., Awaitable[list[Any]]]:
    """rows_of(school, query): what is stored, whatever a page says."""

    async def read(school: str, table: Any, *where: Any) -> list[Any]:
        async with server.gateway.scoped(school).read() as tx:
            return list(await tx.rows(table.select().where(tx.of(table), *where)))

    return read


@pytest.fixture
def nothing_doubled(rows_of: Any) -> Callable[..., Awaitable[None]]:
    """nothing_doubled(signing, person): each of the person's slots is signed once, by one value, asked for once."""

    async def check(signing: Any, person: str, *, asked: int) -> None:
        mine = await rows_of(signing.school.id, slots, slots.c.person_id == person, slots.c.kind == "gvbm")
        assert mine and all(row.signature is not None for row in mine)
        intents = await rows_of(signing.school.id, audit, audit.c.event == "signing.intent")
        values = [
            one for row in intents for one in row.facts["items"] if one[0] in {slot.transcript_id for slot in mine}
        ]
        assert len(values) == len(mine)
        assert len(await rows_of(signing.school.id, items)) == len(mine)
        assert len(signing.vendor.phone.transactions) == asked

    return check


# --- vendors of every kind -----------------------------------------------------------------------------


@pytest.fixture
def behaviour() -> Behaviour:
    """What the pretend vendor can; modules parametrize it."""
    return Behaviour(poll_every=timedelta(milliseconds=50))


@pytest.fixture
async def pretend(behaviour: Behaviour) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=system_clock, behaviour=behaviour) as started:
        yield started


class Pretended:
    """One teacher of 6A with an approved account at the pretend vendor, and transcripts that wait."""

    def __init__(self, signing: Any, vendor: Sandbox, person: str, user: str) -> None:
        self.signing, self.vendor, self.person, self.user = signing, vendor, person, user

    @property
    def caller(self) -> Any:
        return self.signing.school.people[self.person]

    @property
    def password(self) -> str:
        return password_of(self.user)

    @property
    def address(self) -> str:
        return f"/ky/gvbm?lop={self.signing.school.classes['6A']}"

    async def waits(self) -> int:
        return sum(len(one["ids"]) for one in (await self.caller.ok("GET", "/waiting"))["waiting"])

    def will(self, mood: Mood) -> None:
        self.vendor.phone.will(mood)

    async def becomes(self, behaviour: Behaviour) -> None:
        """The vendor is of another kind from now on."""
        self.vendor.does = behaviour
        settings = {"settings": dict(self.vendor.settings())}
        await self.signing.school.admin.ok("PUT", f"/years/{YEAR}/vendors/sandbox", settings)


@pytest.fixture
def people_root(request: pytest.FixtureRequest, behaviour_named: bool) -> bytes:
    """Of the vendor at which the module's people sign."""
    vendor = request.getfixturevalue("pretend" if behaviour_named else "vendor")
    return bytes(vendor.ca.root_pem)


@pytest.fixture
def behaviour_named(request: pytest.FixtureRequest) -> bool:
    return "pretended" in request.fixturenames


@pytest.fixture
def pupils() -> int:
    """How many transcripts wait."""
    return 4


@pytest.fixture
async def pretended(
    school: Any, pretend: Sandbox, seal_ca: Any, pupils: int, monkeypatch: pytest.MonkeyPatch
) -> Pretended:
    monkeypatch.setenv(SWITCH, "1")
    admin = school.admin
    await admin.ok("PUT", f"/years/{YEAR}/vendors/sandbox", {"settings": dict(pretend.settings())})
    made = _signed.Signing(school, pretend, seal_ca.issue_school("Trường THCS Mẫu", "9900000019"), [])
    room = school.classes["6A"]
    await admin.ok("PUT", f"/classes/{room}/locks/CN")
    everybody = (await admin.ok("GET", f"/classes/{room}/pupils"))["pupils"]
    chosen = {"pupils": [one["id"] for one in everybody[:pupils]]}
    created = await admin.ok("POST", f"/classes/{room}/transcripts", chosen)
    made.transcripts = created["created"]
    person = next(iter(await made.waiting("gvbm")))
    about = await admin.ok("GET", f"/school/members/{person}")
    user = pretend.add_person(about["name"], about["personal_number"], user="co.giao").user
    made.accounts[person] = await _register(school.people[person], pretend, user)
    await _signed.approve_all(made)
    return Pretended(made, pretend, person, user)


async def _register(caller: Any, vendor: Sandbox, user: str) -> str:
    fields = {"user": user, "password": password_of(user)}
    opened = await caller.ok("POST", "/vendor-sessions", {"year": YEAR, "provider": "sandbox", "fields": fields})
    if opened["challenge"]:
        code = vendor.login_code_of(vendor.people[user]).reveal()
        opened = await caller.ok("POST", "/vendor-sessions/answer", {"challenge": opened["challenge"], "code": code})
    offered = await caller.ok("GET", f"/vendor-sessions/{opened['session']}/credentials")
    body = {"session": opened["session"], "ref": offered["credentials"][0]["ref"]}
    return str((await caller.ok("POST", "/signing-accounts/remote", body))["id"])


@pytest.fixture
def forget_sessions(server: Any) -> Callable[[str], Awaitable[None]]:
    """forget_sessions(school): nobody is logged in at a vendor any more."""

    async def forget(school: str) -> None:
        async with server.gateway.scoped(school).write() as tx:
            await tx.execute(provider_sessions.delete().where(tx.of(provider_sessions)))

    return forget


# --- a token in the PC ---------------------------------------------------------------------------------

_agent = _taken("hocba_tests_of_the_agent", "agent/conftest.py")
_library = _taken("hocba_tests_of_the_page_library", "agent/client/conftest.py")
tls = _library.tls
shim, tokens, start_agent = _agent.shim, _agent.tokens, _agent.start_agent


@pytest.fixture
def at_agent(enter: Any, server: Any, unused_tcp_port: int) -> Callable[..., Awaitable[Page]]:
    """at_agent(caller, path, …): looks for the agent on this test's own port, for others may run on this PC."""

    async def library(route: Route) -> None:
        fetched = await route.fetch(url=server.address + urlsplit(route.request.url).path)
        text = await fetched.text()
        ports = "[14741, 18741, 22741, 26741]"
        assert ports in text
        await route.fulfill(response=fetched, body=text.replace(ports, f"[{unused_tcp_port}]"))

    async def open_one(caller: Any, path: str = "/", **options: Any) -> Page:
        page: Page = await enter(caller, "/mat-khau", **options)  # a page that looks for no agent
        await page.context.route("**/static/agent/finding.js", library)
        await page.goto(server.address + path)
        return page

    return open_one


@pytest.fixture
def run_agent(start_agent: Any, server: Any, unused_tcp_port: int) -> Callable[..., Awaitable[Any]]:
    """run_agent(site=, consent=, pin=): it knows the gateway's pages; its windows answer by script."""

    async def start(site: str = server.address, **answers: Any) -> Any:
        windows = ("--port", str(unused_tcp_port), "--development", "--log-level", "DEBUG")
        return await start_agent(sites=[site], windows=windows, **answers)

    return start


@pytest.fixture
def advised(find_barriers: Any) -> Callable[..., Awaitable[None]]:
    """advised(page, title, step, picture): that alone is said and shown ("" for none), and OK cannot be pressed."""

    async def check(page: Page, title: str, step: str, picture: str) -> None:
        trouble = page.locator("[data-agent-trouble], #token-trouble")
        await trouble.get_by_role("heading", name=title, exact=True).wait_for()
        await expect(trouble.get_by_role("heading")).to_have_count(1)
        await expect(trouble.get_by_role("listitem").filter(has_text=step)).to_have_count(1)
        if picture:
            shown = trouble.get_by_role("img", name=picture)
            assert await shown.evaluate("async one => (await one.decode(), one.naturalWidth > 0)")
        await expect(page.locator("[data-agent-ok]:enabled, #token-agree:enabled")).to_have_count(0)
        assert await find_barriers(page) == []

    return check


class Front:
    """Speaks TLS before the gateway, as a school's web server does: a site of the internet."""

    def __init__(self) -> None:
        self.site, self.behind = "", 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_gateway = await asyncio.open_connection("127.0.0.1", self.behind)
        await asyncio.gather(_pass_on(reader, to_gateway[1]), _pass_on(to_gateway[0], writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
def pass_on() -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """What comes in goes out, until one side ends."""
    return _pass_on


@pytest.fixture
async def front(tls: ssl.SSLContext) -> AsyncIterator[Front]:
    """Modules that open pages there give the gateway its address as `look`, and Front the gateway's port."""
    made = Front()
    listening = await asyncio.start_server(made.carry, "127.0.0.1", 0, ssl=tls)
    made.site = f"https://truong.example:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


class WithToken:
    """A teacher of 6A whose approved account is a token, plugged into this PC; and the agent, to be started."""

    def __init__(self, signing: Any, person: str, identity: Any, tokens: Any) -> None:
        self.signing, self.person, self.identity, self.tokens = signing, person, identity, tokens
        self.serial = ""

    @property
    def caller(self) -> Any:
        return self.signing.school.people[self.person]

    @property
    def address(self) -> str:
        return f"/ky/gvbm?lop={self.signing.school.classes['6A']}"

    def plug(self) -> None:
        self.serial = self.tokens.add("gv", self.identity)

    @property
    def signatures(self) -> int:
        return len(self.tokens.calls("sign"))


@pytest.fixture
async def with_token(signing: Any, tokens: Any) -> WithToken:
    """Twelve transcripts wait."""
    school, admin = signing.school, signing.school.admin
    room = school.classes["6A"]
    everybody = (await admin.ok("GET", f"/classes/{room}/pupils"))["pupils"]
    chosen = {"pupils": [one["id"] for one in everybody[2:14]]}
    signing.transcripts += (await admin.ok("POST", f"/classes/{room}/transcripts", chosen))["created"]
    person = next(iter(await signing.waiting("gvbm")))
    about = await admin.ok("GET", f"/school/members/{person}")
    identity = signing.vendor.ca.issue_person(about["name"], about["personal_number"])
    caller = school.people[person]
    asked = await caller.ok("POST", "/signing-accounts/challenges", {"purpose": "person"})
    body = {
        "purpose": "person", "year": YEAR, "challenge": asked["challenge"],
        "certificate": b64encode(identity.certificate).decode(),
        "chain": [b64encode(der).decode() for der in identity.chain],
        "value": b64encode(identity.sign_digest(b64decode(asked["digest"]))).decode(),
    }  # fmt: skip
    signing.accounts[person] = (await caller.ok("POST", "/signing-accounts/token", body))["id"]
    await _signed.approve_all(signing)
    return WithToken(signing, person, identity, tokens)
