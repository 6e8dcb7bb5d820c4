"""Debian's Chromium, and a web server that plays any site there is; the agent and its tokens are the real ones."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hocba_agent.testing.running import RunningAgent
from hocba_agent.testing.tokens import Tokens
from hocba_core.agent_protocol import HEALTH_PATH, PATH, VERSION
from hocba_core.clock import system_clock
from hocba_core.testing.pki import Identity
from hocba_gateway.web.pages.agent_demo import add_agent_pages
from playwright.async_api import Browser, Page, async_playwright
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

_CHROMIUM = Path("/usr/bin/chromium")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-position=0,0",
)

SCRIPT = """
import * as agents from "/static/agent/hocba-agent.js";
import { simulator } from "/static/agent/simulator.js";
const look = (number, prefix = "i") => ({
  id: `${prefix}${number}`, title: `Mục ${prefix}${number}`,
  digest: new Uint8Array(32).map((_, at) => (at < 2 ? number >> (8 * at) : prefix.charCodeAt(0))),
});
window.items = (count, prefix) => Array.from({ length: count }, (_, number) => look(number + 1, prefix));
window.error = (error) => ({
  name: error.name, code: error.code, message: error.message, facts: error.facts, again: error.again,
});
window.caught = (promise) => promise.then(() => null, window.error);
window.values = {};
window.sign = async (job) => {
  for await (const { id, value } of job) window.values[id] = agents.toBase64(value);
};
Object.assign(window, { agents, simulator, ready: true });
"""
"""What the tests' own pages have at hand."""


@dataclass(slots=True)
class Sites:
    """Every host name is served, on one port by http and on one by https."""

    http: int
    https: int
    pages: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    """Path → HTML and headers, for pages of a test's own."""

    def origin(self, host: str = "school.example", scheme: str = "https") -> str:
        return f"{scheme}://{host}:{self.http if scheme == 'http' else self.https}"

    @property
    def public(self) -> str:
        """For Chromium: these servers stand on the internet, not on this PC."""
        spaces = ",".join(f"127.0.0.1:{port}=public" for port in (self.http, self.https))
        return f"--ip-address-space-overrides={spaces}"


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "school.example")])
    now = system_clock()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "site.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
async def sites(tls: ssl.SSLContext) -> AsyncIterator[Sites]:
    """The page library and the demo page as the gateway serves them, and pages of a test's own."""
    found = Sites(0, 0)

    async def page(request: web.Request) -> web.Response:
        html, headers = found.pages.get(request.path, ('<script type="module" src="/test.js"></script>', {}))
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def script(_: web.Request) -> web.Response:
        return web.Response(text=SCRIPT, content_type="text/javascript")

    async def open_to_all(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["Access-Control-Allow-Origin"] = "*"  # a frame without an origin loads modules too

    app = web.Application()
    add_agent_pages(app, demo=True)
    app.router.add_get("/test.js", script)
    app.router.add_get("/{path:.*}", page)
    app.on_response_prepare.append(open_to_all)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    found.http, found.https = (address[1] for address in runner.addresses)
    yield found
    await runner.cleanup()


OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(sites: Sites) -> AsyncIterator[OpenPage]:
    """open_page(url, public=, granted=, display=): in a browser of its own, without a screen unless one is given.

    "public" counts as a page of the internet; "granted" as one that its person has allowed to reach this PC.
    """
    browsers: list[Browser] = []
    async with async_playwright() as playwright:

        async def open_one(url: str, *, public: bool = False, granted: bool = False, display: str = "") -> Page:
            arguments = [*_QUIET, "--host-resolver-rules=MAP *.example 127.0.0.1"]
            browser = await playwright.chromium.launch(
                executable_path=_CHROMIUM,
                args=[*arguments, sites.public] if public else arguments,
                headless=not display,
                env={**os.environ, "DISPLAY": display},
            )
            browsers.append(browser)
            context = await browser.new_context(ignore_https_errors=True)
            context.set_default_timeout(20_000)
            if granted:
                await context.grant_permissions(["local-network-access"])
            page = await context.new_page()
            await page.goto(url)
            return page

        yield open_one
        for browser in browsers:
            await browser.close()


@pytest.fixture
async def page(open_page: OpenPage, sites: Sites) -> Page:
    """Of the site that `agent` knows, with the library at hand."""
    return await _ready(await open_page(sites.origin()))


@pytest.fixture
def ready() -> Callable[[Any], Awaitable[Any]]:
    return _ready


async def _ready(page: Any) -> Any:
    """A page or a frame, once its script has run."""
    await page.wait_for_function("window.ready")
    return page


@pytest.fixture
async def agent(start_agent, tokens: Tokens, owner: Identity, sites) -> RunningAgent:
    """It knows one site, of those that `sites` plays."""
    tokens.add("gv01", owner)
    return await start_agent(sites=[sites.origin()])


@dataclass(slots=True)
class Impostor:
    """A program that took a port of the set."""

    port: int
    heard: list[str] = field(default_factory=list)


Imitate = Callable[..., Awaitable[Impostor]]


@pytest.fixture
async def imitate() -> AsyncIterator[Imitate]:
    """imitate(health=, says=): answers GET with `health` (None: says 404), and each message with what `says` gives."""
    servers = []

    async def start(
        health: object = None, says: Callable[[dict[str, Any]], Any] = lambda _: None, port: int = 0
    ) -> Impostor:
        made = Impostor(port)

        def answer(connection: ServerConnection, request: Request) -> Response | None:
            if request.path == PATH:
                return None
            body = json.dumps(health).encode()
            headers = Headers({"Content-Length": str(len(body)), "Connection": "close"})
            if health is None or request.path != HEALTH_PATH:
                return Response(404, "Not Found", headers, body)
            headers["Access-Control-Allow-Origin"] = "*"
            return Response(200, "OK", headers, body)

        async def talk(connection: ServerConnection) -> None:
            async for text in connection:
                made.heard.append(str(text))
                said = says(json.loads(text))
                if said is not None:
                    await connection.send(said if isinstance(said, str) else json.dumps({"v": VERSION, **said}))

        server = await serve(talk, "127.0.0.1", port, process_request=answer)
        servers.append(server)
        made.port = next(iter(server.sockets)).getsockname()[1]
        return made

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def mute_port() -> AsyncIterator[int]:
    """Somebody listens there, takes every connection and never says a word."""
    writers: list[asyncio.StreamWriter] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in writers:
        writer.close()
