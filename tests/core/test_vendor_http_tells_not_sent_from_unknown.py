"""Against real sockets: what a break of the line means depends on when it came and on what was asked."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hocba_core.clock import system_clock
from hocba_core.errors import Busy, HocbaError, Nonsense, OutcomeUnknown, SettingWrong, Unavailable
from hocba_core.testing.pki import TestCa
from hocba_core.vendor_http import Timeouts, VendorHttp

pytestmark = pytest.mark.feature("P1")

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TOKEN = "eyJhbGciOi.the-token-of-a-person"


@asynccontextmanager
async def serving(talk: Talk, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A socket that speaks exactly the bytes that `talk` writes. Yields its port."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")),
        0,
    )
    return head + await reader.readexactly(length)


def says(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer)
        await writer.drain()

    return talk


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def post(port: int, *, acts: bool, total: float = 5, max_body: int = 1000) -> object:
    async with VendorHttp("vendor", f"http://127.0.0.1:{port}", timeouts=Timeouts(1, total), max_body=max_body) as http:
        answer = await http.post_json(
            "/sign", {"client_secret": "shh"}, acts=acts, headers={"Authorization": f"Bearer {TOKEN}"}
        )
        return answer.json()


@pytest.mark.fault(1)
@pytest.mark.parametrize("acts", [True, False])
async def test_a_refused_connection_was_certainly_not_sent(acts: bool) -> None:
    async with serving(says(b"")) as port:
        pass
    with pytest.raises(Unavailable) as told:
        await post(port, acts=acts)
    assert told.value.facts["what"] == "no_connection"


@pytest.mark.fault(2)
async def test_a_name_that_does_not_resolve_was_certainly_not_sent() -> None:
    async with VendorHttp("vendor", "https://vendor.invalid", timeouts=Timeouts(2, 3)) as http:
        with pytest.raises(Unavailable) as told:
            await http.post_json("/sign", {}, acts=True)
    assert told.value.facts["what"] in {"name_not_found", "connect_timeout", "no_connection"}


@pytest.mark.fault(2)
async def test_a_tls_identity_that_does_not_fit_was_certainly_not_sent(tmp_path: Path) -> None:
    heard = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await read_request(reader))

    async with (
        serving(talk, tls=_stranger_tls(tmp_path)) as port,
        VendorHttp("vendor", f"https://127.0.0.1:{port}") as http,
    ):
        with pytest.raises(Unavailable) as told:
            await http.post_json("/sign", {}, acts=True)

    assert told.value.facts["what"] == "tls_identity"
    assert heard == []


@pytest.mark.fault(4)
@pytest.mark.parametrize(("acts", "kind"), [(True, OutcomeUnknown), (False, Unavailable)])
async def test_a_reply_lost_after_sending_is_unknown_only_for_what_acts(acts: bool, kind: type[HocbaError]) -> None:
    heard = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await read_request(reader))
        writer.transport.abort()

    async with serving(talk) as port:
        with pytest.raises(kind):
            await post(port, acts=acts)
    assert len(heard) == 1  # nothing is sent again by itself


@pytest.mark.fault(5)
@pytest.mark.fault(24)
@pytest.mark.parametrize(("acts", "kind"), [(True, OutcomeUnknown), (False, Unavailable)])
async def test_a_slow_drip_is_cut_by_the_total_deadline(acts: bool, kind: type[HocbaError]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(talk) as port:
        with pytest.raises(kind) as told:
            await post(port, acts=acts, total=0.3)
    assert told.value.facts["what"] == "timeout"


@pytest.mark.fault(6)
@pytest.mark.fault(7)
@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (ok(b""), "not_json"),
        (ok(b"<html>Log in to the school's Wi-Fi</html>", "Content-Type: text/html"), "not_json"),
        (ok(b'{"transac'), "not_json"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "half_an_answer"),
        (b"hello\r\n\r\n", "not_http"),
        (ok(b"x" * 5000), "too_large"),
        (ok(b"", "Location: https://elsewhere.invalid/", status="302 Found"), "redirect"),
    ],
)
@pytest.mark.parametrize("acts", [True, False])
async def test_an_answer_that_is_none_leaves_an_act_unknown(answer: bytes, what: str, acts: bool) -> None:
    async with serving(says(answer)) as port:
        with pytest.raises(OutcomeUnknown if acts else (Nonsense, Unavailable)) as told:
            await post(port, acts=acts)
    assert told.value.facts["what"] == what
    assert told.value.facts["request"]


@pytest.mark.fault(9)
@pytest.mark.parametrize(("header", "seconds"), [(["Retry-After: 7"], 7), ([], None)])
async def test_too_many_requests_asks_us_to_wait(header: list[str], seconds: int | None) -> None:
    async with serving(says(ok(b"", *header, status="429 Too Many Requests"))) as port:
        with pytest.raises(Busy) as told:
            await post(port, acts=True)
    assert told.value.facts.get("retry_after") == seconds


async def test_other_statuses_come_back_whole_for_the_plugin_to_read() -> None:
    async with serving(says(ok(b'{"error": 58008}', status="400 Bad Request"))) as port:
        assert await post(port, acts=True) == {"error": 58008}


async def test_the_vendors_request_id_is_quoted() -> None:
    async with serving(says(ok(b"?", "X-Request-Id: 7f3a"))) as port:
        with pytest.raises(Nonsense) as told:
            await post(port, acts=False)
    assert told.value.facts["request"] == "7f3a"


async def test_what_acts_never_uses_a_connection_that_lay_idle() -> None:
    peers = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername"))
        while True:
            await read_request(reader)
            writer.write(ok(b"{}"))

    async with serving(talk) as port, VendorHttp("vendor", f"http://127.0.0.1:{port}") as http:
        for acts in (False, False, True):
            await http.post_json("/any", {}, acts=acts)
    assert len(peers) == 2  # one for both questions, a fresh one for the act


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", ok(b"{"), ok(b"", status="302 Found")])
async def test_no_error_and_no_log_line_shows_a_secret(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(says(answer)) as port:
        with pytest.raises(HocbaError) as told:
            await post(port, acts=True)

    error: BaseException | None = told.value
    said = caplog.text
    while error is not None:
        said += repr(error) + str(error) + repr(vars(error))
        error = error.__cause__
    assert TOKEN not in said
    assert "shh" not in said


@pytest.mark.parametrize(
    "address",
    [
        "http://vendor.vn", "http://10.0.0.7:8080", "ftp://vendor.vn", "vendor.vn",
        "https://user:password@vendor.vn", "https://vendor.vn/?a=b",
    ],
)  # fmt: skip
def test_an_unsafe_address_is_refused_naming_the_setting(address: str) -> None:
    with pytest.raises(SettingWrong) as told:
        VendorHttp("vendor", address, setting="providers.vendor.base_url")
    assert told.value.facts["setting"] == "providers.vendor.base_url"


def _stranger_tls(folder: Path) -> ssl.SSLContext:
    now = system_clock()
    ca = TestCa.create("A stranger", now)
    identity = ca.issue([(NameOID.COMMON_NAME, "127.0.0.1")], end=now + timedelta(days=2))
    pem = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    leaf = x509.load_der_x509_certificate(identity.certificate).public_bytes(Encoding.PEM)
    (folder / "server.pem").write_bytes(pem + leaf)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
