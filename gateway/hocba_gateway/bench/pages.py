"""A leader's list of 1,500 pupils over HTTP, alone and while a class of 45 is being signed by the same process."""

from __future__ import annotations

import asyncio
import gc
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from hocba_core.clock import system_clock
from hocba_core.testing.pki import pooled_key
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers, signed_record

from hocba_gateway.bench.batch import CALL, PUPILS, School, school_of
from hocba_gateway.bench.row import Row
from hocba_gateway.bench.signer import VendorProcess
from hocba_gateway.rendering.render import Renderer, Seal
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.store.schema import accounts, logins, schools, slots
from hocba_gateway.testing.world import LEADER
from hocba_gateway.web.application import serving

LISTED = 1500
LOOKS = 60
GOAL_MILLIS = 150.0
SIGNATURE_BYTES = 4500
"""Of a teacher's signature with its chain: what a list must not read."""
_TOKEN = "bench-token"  # noqa: S105 - of a school that lives for a minute
_WHAT = f"a list page of {LISTED:,} pupils over HTTP, SQLite"


async def rows() -> AsyncIterator[Row]:
    with ExitStack() as stack:
        vendor = stack.enter_context(VendorProcess([pooled_key("rsa", number) for number in range(4)]))
        folder = Path(tempfile.mkdtemp(prefix="hocba-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        signers = Signers.create(system_clock())
        form = Renderer().sealable(signed_record(signers), Seal(SCHOOL, TAX_CODE, signers.now))
        async with school_of(f"sqlite:///{folder}/sqlite", folder / "blobs", vendor.url, form) as school:
            await _fill(school)
            async with _served(school) as look:
                alone = [await look() for _ in range(LOOKS)]
                enough = asyncio.Event()
                signing = asyncio.create_task(_sign_until(school, enough))
                beside = [await look() for _ in range(LOOKS)]
                enough.set()
                await signing
    yield _row(_WHAT, alone)
    yield _row(f"the same while a class of {PUPILS} is being signed", beside)


def _row(what: str, times: list[float]) -> Row:
    high = statistics.quantiles(times, n=20)[-1] * 1000
    said = f"p95 {high:.0f} ms, median {statistics.median(times) * 1000:.0f} ms"
    return Row(what, "–", f"p95 < {GOAL_MILLIS:.0f} ms", said, high < GOAL_MILLIS)


async def _fill(school: School) -> None:
    """Everything waits for the leader: signed by subject teachers and homeroom teacher."""
    world = school.world
    for first in range(0, LISTED, 250):
        await world.make_transcripts(250, first=100_000 + first)
    world.skeletons.clear()  # kept for tests; no gateway has them in memory
    signed = {"signature": bytes(SIGNATURE_BYTES), "signed_at": 0}
    account: dict[str, Any] = {"id": "bench", "school_id": world.scope.school, "person_id": LEADER, "username": "bench"}
    account |= {"password_hash": "", "rights": [], "created_at": 0}
    login = {"token_hash": sha256(_TOKEN.encode()).hexdigest(), "account_id": "bench", "created_at": 0}
    own = {"id": world.scope.school, "department_id": "-", "code": "1", "name": SCHOOL, "profile": {}, "created_at": 0}
    async with world.scope.write() as tx:
        await tx.execute(slots.update().where(tx.of(slots), slots.c.kind.in_(["gvbm", "gvcn"])).values(**signed))
    async with world.store.across_schools(write=True) as connection:
        await connection.execute(schools.insert(), [own])
        await connection.execute(accounts.insert(), [account])
        await connection.execute(logins.insert(), [login | {"expires_at": 2**42}])


@asynccontextmanager
async def _served(school: School) -> AsyncIterator[Any]:
    """Gives look(): seconds until the whole page is here."""
    none: Any = None
    world = school.world
    gateway = Gateway(world.desk, none, none, none, none, world.runner, world.runner)
    runner = serving(gateway)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/ky/cbql"
    async with aiohttp.ClientSession(cookies={"hocba": _TOKEN}, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:

        async def look() -> float:
            started = time.perf_counter()
            async with http.get(address) as answer:
                page = await answer.text()
            took = time.perf_counter() - started
            assert page.count(" data-tick ") >= LISTED  # the class comes to it
            return took

        await look()
        gc.collect()
        gc.freeze()  # as `hocba serve` does once it stands
        yield look
        gc.unfreeze()
    await runner.cleanup()


async def _sign_until(school: School, enough: asyncio.Event) -> None:
    while not enough.is_set():
        await school.sign(PUPILS, CALL)
