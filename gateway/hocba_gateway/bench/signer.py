"""A vendor for the bench: it holds the keys in a process of its own, so that its RSA work is not counted as ours.

It answers at once, without a phone, over HTTP, as late as it is told to: the time covers its own work.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hocba_core.clock import Clock
from hocba_core.errors import Refused
from hocba_core.provider import (
    Approval,
    Capabilities,
    Completed,
    Completion,
    Credential,
    Json,
    KeyKind,
    Session,
    SignatureRequest,
    SigningProvider,
)
from hocba_core.secret import Secret
from hocba_core.testing.pki import Key, sign_raw
from hocba_core.vendor_http import VendorHttp

KEY = "bench"


class BenchVendor(SigningProvider):
    """A key's `ref` is its place among those that the process was given."""

    key = KEY
    title = "Bench"

    def __init__(self, settings: Json, clock: Clock) -> None:
        self._http = VendorHttp(KEY, settings["base_url"])
        self.delay = timedelta(0)
        self.requests = 0
        """How often it was asked to sign."""

    @property
    def can(self) -> Capabilities:
        return Capabilities(
            fields=(),
            login_challenges=frozenset(),
            approval=Approval.NONE,
            completion=Completion.IMMEDIATE,
            batch_limit=None,
            keys=frozenset({KeyKind.RSA}),
            title_chars=40,
            description_chars=120,
            lifetime=timedelta(minutes=3),
        )

    async def close(self) -> None:
        await self._http.close()

    async def check(self) -> None:
        return None

    async def open_session(self, fields: Mapping[str, Secret]) -> Session:
        raise Refused(reason="no_login", provider=KEY)

    async def credentials(self, session: Session) -> Sequence[Credential]:
        return ()

    async def start(self, session: Session, request: SignatureRequest) -> Completed:
        self.requests += 1
        body = {
            "key": int(request.credential.ref),
            "seconds": self.delay.total_seconds(),
            "digests": {item.item: b64encode(item.digest).decode() for item in request.items},
        }
        answer = await self._http.post_json("/sign", body, acts=True)
        return Completed({item: b64decode(value) for item, value in answer.json().items()})


@dataclass(slots=True)
class VendorProcess:
    """Use it as a context manager: it listens when that is entered. Blocking, like all of multiprocessing."""

    keys: Sequence[Key]
    url: str = ""
    _process: multiprocessing.process.BaseProcess | None = None

    def __enter__(self) -> VendorProcess:
        spawning = multiprocessing.get_context("spawn")
        ours, theirs = spawning.Pipe()
        pems = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in self.keys]
        self._process = spawning.Process(target=_serve, args=(pems, theirs), daemon=True)
        self._process.start()
        self.url = ours.recv()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.join()


def _serve(pems: Sequence[bytes], tell: Connection) -> None:
    asyncio.run(_listen([load_pem_private_key(pem, None) for pem in pems], tell))


async def _listen(keys: Sequence[Any], tell: Connection) -> None:
    async def sign(request: web.Request) -> web.Response:
        loop = asyncio.get_running_loop()
        arrived = loop.time()
        asked = await request.json()
        key = keys[asked["key"]]
        values = {
            item: b64encode(sign_raw(key, b64decode(digest))).decode() for item, digest in asked["digests"].items()
        }
        await asyncio.sleep(arrived + asked["seconds"] - loop.time())
        return web.json_response(values)

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/sign", sign)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    tell.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await asyncio.Event().wait()
