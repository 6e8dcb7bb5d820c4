"""As the demo uses it: a process of its own, its phone driven over HTTP, its keys kept in a folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from hocba_core.certificate import Certificate
from hocba_core.clock import system_clock
from hocba_core.errors import Rejected
from hocba_core.provider import Completed, Pending, Session, SignatureRequest, ToSign
from hocba_core.secret import Secret
from hocba_core.signature_value import check_value
from hocba_viettel_mysign.provider import ViettelMySign

pytestmark = [pytest.mark.feature("P8"), pytest.mark.feature("P1")]

USER, NAME, NUMBER = "CMT_001085000017", "Nguyễn Thị An", "001085000017"
DIGEST = sha256(b"a document").digest()


Running = Callable[..., AbstractAsyncContextManager[Mapping[str, Any]]]


@pytest.fixture
def running(run_program: Running, tmp_path: Path) -> Running:
    """running(*arguments): with one person."""
    people = tmp_path / "people.json"
    people.write_text(json.dumps([{"user_id": USER, "name": NAME, "number": NUMBER}]))
    own = ("--ca-dir", str(tmp_path / "ca"), "--people", str(people))
    return lambda *more: run_program("hocba_viettel_mysign.simulator", *own, *more)


def provider(ready: Mapping[str, Any]) -> ViettelMySign:
    settings = {name: ready[name] for name in ("client_id", "client_secret", "profile_id")}
    return ViettelMySign({"base_url": ready["address"], "poll_seconds": 0.02, **settings}, system_clock)


def root_of(ready: Mapping[str, Any]) -> x509.Certificate:
    return x509.load_pem_x509_certificate(Path(ready["root"]).read_bytes())


async def ask(mysign: ViettelMySign) -> tuple[Session, SignatureRequest, Pending]:
    session = await mysign.open_session({"user_id": Secret(USER)})
    assert isinstance(session, Session)
    (credential,) = await mysign.credentials(session)
    request = SignatureRequest("r1", credential, (ToSign("i1", "6A1 số 12 N.T.A.", DIGEST),), "Lớp 6A1")
    pending = await mysign.start(session, request)
    assert isinstance(pending, Pending)
    return session, request, pending


async def finish(mysign: ViettelMySign, session: Session, pending: Pending) -> Completed:
    async with asyncio.timeout(10):
        while True:
            answer = await mysign.poll(session, pending)
            if isinstance(answer, Completed):
                return answer
            await asyncio.sleep(pending.poll_after.total_seconds())


async def test_it_signs_and_its_people_chain_to_the_root_that_it_wrote(running: Running) -> None:
    async with running("--after-ms", "100") as ready:
        mysign = provider(ready)
        session, request, pending = await ask(mysign)
        completed = await finish(mysign, session, pending)
        await mysign.close()

    certificate = Certificate.read(request.credential.certificate)
    assert check_value(certificate, DIGEST, completed.values["i1"])
    assert (certificate.name, certificate.personal_number) == (NAME, NUMBER)
    issuing, root = (x509.load_der_x509_certificate(der) for der in request.credential.chain)
    assert root == root_of(ready)
    x509.load_der_x509_certificate(certificate.der).verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)


async def test_the_phone_is_driven_over_http(running: Running) -> None:
    async with running("--mood", "ignore") as ready, aiohttp.ClientSession() as phone:

        async def press(path: str, **said: object) -> int:
            async with phone.post(f"{ready['address']}/_simulator/{path}", json=said) as response:
                return response.status

        async def see() -> Mapping[str, Any]:
            async with phone.get(f"{ready['address']}/_simulator/transactions") as response:
                seen: Mapping[str, Any] = await response.json()
                return seen

        mysign = provider(ready)
        session, _, first = await ask(mysign)
        (waiting,) = (await see())["transactions"]
        assert (waiting["state"], waiting["titles"]) == ("waiting", ["6A1 số 12 N.T.A."])
        assert waiting["description"] == "Lớp 6A1"

        assert await press("answer", transaction=waiting["transaction"], mood="approve") == 200
        assert await press("answer", transaction=waiting["transaction"], mood="reject") == 409
        await finish(mysign, session, first)

        await press("phone", mood="reject", user=USER)
        session, _, second = await ask(mysign)
        with pytest.raises(Rejected):
            await finish(mysign, session, second)

        await press("fault", fault="busy_429", operation="start")
        assert (await see())["states"] == {"done": 1, "rejected": 1}
        assert (await see())["signatures"] == 1
        await press("people", name="Trần Văn Bình", number="001085000025")
        await mysign.open_session({"user_id": Secret("CMT_001085000025")})
        await mysign.close()


async def test_a_second_start_knows_the_same_people(running: Running, tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        async with running() as ready:
            mysign = provider(ready)
            session = await mysign.open_session({"user_id": Secret(USER)})
            assert isinstance(session, Session)
            seen.append([(one.ref, one.certificate, one.chain) for one in await mysign.credentials(session)])
            await mysign.close()
    assert seen[0] == seen[1]
    for kept in (tmp_path / "ca").glob("*person*"):
        assert kept.stat().st_mode & 0o077 == 0
