"""Whatever stands in an address, form, cookie or header, on both databases: a page that says no, never a fault."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from itertools import product
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
from hocba_core.secret import Secret
from hocba_gateway.services.principal import Right
from hocba_gateway.store.schema import transcripts as table
from hocba_gateway.web.pages.session import csrf_of
from hocba_gateway.web.pages.table import TABLE
from hocba_gateway.web.route import Who
from yarl import URL

pytestmark = pytest.mark.feature("O4")

PIECES = (
    "%00", "a%00b", "%01", "%0a", "a%0d%0aSet-Cookie:%20a=b", "%09", "%7f", "x" * 3000, "%ED%A0%80", "%FF",
    "%F0%9F%98%80", "H%E1%BB%8Dc%20b%E1%BA%A1", "a%2Fb", "%2e%2e", "%25", "-1", "0", str(uuid4()).upper(),
)  # fmt: skip
"""Of an address, as they are sent."""
TEXTS = ("a\x00b", "\x01", "\r\nx: y", "\uffff", "\U0001f600", "x" * 100_000, "x" * 501, "-1", "%00", "", "<b>'\"")
"""Of a form."""
FIELDS = (
    "id", "key", "account", "back", "page", "code", "challenge", "kind", "sent_to", "reason", "person", "seal",
    "whole_class", "dang", "muc_dich", "ref", "old", "new", "again", "username", "password", "next", "f-user", "f-code",
    "certificate", "chain", "value", "user", "lop", "user_id",
)  # fmt: skip
"""Every name that a form of ours has, and the vendor's fields."""
QUERIES = ("khoi", "lop", "tt", "nam", "trang-thai", "kieu", "next", "doi-mat-khau", "never-heard-of")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
AGAIN = ("login.log_out", "password.change")
"""They end the log-in that the walk goes on with."""


@pytest.fixture
async def everything(school: Any) -> Any:
    """One who may do whatever a school does."""
    leader = school.people["leader"]
    rights = [Right.ADMIN.value, Right.APPROVE.value, Right.SEAL.value]
    await school.admin.ok("PUT", f"/school/members/{leader.me['person']}/rights", {"rights": rights})
    return leader


async def send(server: Any, caller: Any, method: str, path: str, form: Any = None, **headers: str) -> int:
    """As it stands: nothing is encoded for the caller. What is refused is a page of ours with a way out."""
    told = {"Accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if caller is not None:
        told.setdefault("Cookie", f"hocba={caller.token}")
    if method == "POST":
        told = {"Origin": server.address, **FORM, "X-CSRF": csrf_of(Secret(caller.token)) if caller else "", **told}
    url = URL(server.address + path, encoded=True)
    async with server.http.request(method, url, data=form, headers=told, allow_redirects=False) as answer:
        text = await answer.text(errors="replace")
        assert answer.status < 500, (method, path[:80], answer.status)
        if answer.status >= 400:
            assert answer.content_type == "text/html", (path, answer.status, text[:200])
            assert 'role="alert"' in text or "is-invalid" in text, (path, text)
            assert "…" not in text, (path, "a place that nothing fills", text)
            assert "openapi" not in text, (path, "advice for programs", text)
        return answer.status


def whole(path: str, piece: str) -> str:
    return re.sub(r"\{(\w+)\}", piece, path)


async def test_no_piece_of_an_address_is_a_fault_of_ours(server, everything):
    named = [route for route in TABLE if "{" in route.path]
    assert len(named) > 15
    for route, piece in product(named, PIECES):
        if route.name == "login.choose_language":
            await send(server, None, "GET", whole(route.path, piece))
            continue
        status = await send(server, everything, route.method, whole(route.path, piece), b"reason=x&person=x")
        assert status in (404, 422), (route.name, piece[:20], status)


async def test_no_query_is_a_fault_of_ours(server, everything):
    shown = [route for route in TABLE if route.method == "GET" and "{" not in route.path]
    shown += [route for route in TABLE if route.path == "/ky/{kind}" and route.method == "GET"]
    for route, piece in product(shown, PIECES):
        caller = None if route.who is Who.PUBLIC else everything
        pairs = f"lop={piece}" if len(piece) > 1000 else "&".join(f"{name}={piece}" for name in QUERIES)
        query = f"{pairs}&{piece[:100]}={piece[:100]}"
        await send(server, caller, "GET", f"{whole(route.path, 'gvbm')}?{query}")


async def test_no_field_of_a_form_is_a_fault_of_ours(server, everything, school, transcripts):
    plain = {
        "kind": "gvbm", "provider": "viettel_mysign", "transcript": transcripts[0], "slot": "gvcn",
        "person": everything.me["person"],
    }  # fmt: skip
    for route, text in product([route for route in TABLE if route.method == "POST"], TEXTS):
        if route.name in AGAIN:
            continue
        path = re.sub(r"\{(\w+)\}", lambda match: plain.get(match[1], str(uuid4())), route.path)
        caller = None if route.who is Who.PUBLIC else everything
        value = quote(text.encode(), safe="")
        form = "&".join(f"{name}={value}" for name in FIELDS) if len(text) < 1000 else f"reason={value}&id={value}"
        for piece in ({}, {"HX_Request": "true"}):
            await send(server, caller, "POST", path, form.encode(), **piece)
        await send(server, caller, "POST", path, f"{value[:2000]}=x".encode())
    assert (await everything.call("GET", "/me")).status == 200


async def test_a_body_that_is_no_form_is_refused(server, everything):
    path = "/mat-khau"
    for form in (b"%ff=%fe", b"\xff\xfe", b"old=%ED%A0%80", io.BytesIO(b"a=b&" * 300_000), b"\x00" * 1000):
        assert await send(server, everything, "POST", path, form) == 422, form
    for kind in ("multipart/form-data; boundary=x", "application/json", "text/plain", "x"):
        assert await send(server, everything, "POST", path, b"--x\r\nrubbish", Content_Type=kind) == 422, kind
    for packing in ("gzip", "br", "x"):
        assert await send(server, everything, "POST", path, b"old=x", Content_Encoding=packing) == 422, packing

    async def without_a_length():
        for _ in range(3):
            yield b"a=b&" * 100_000

    assert await send(server, everything, "POST", path, without_a_length()) == 422


BYTES = (b"\xff\xfe", b"\xed\xa0\x80", "tiếng Việt".encode(), b"a" * 5_000, b"%00%FF", b'"', b";;=;,", b"")


async def test_no_cookie_and_no_header_is_a_fault_of_ours(server, everything):
    host, port = str(urlsplit(server.address).hostname), int(urlsplit(server.address).port or 0)
    own = f"hocba={everything.token}".encode()
    for odd in BYTES:
        heads = [b"Cookie: hocba=" + odd, b"Cookie: " + odd]
        heads += [b"Cookie: " + own + b"; " + name + odd for name in (b"hocba-language=", b"hocba-notice=", b"")]
        heads += [b"Cookie: " + own + b"\r\n" + name + odd for name in (b"HX-Request: ", b"Accept: ", b"X-CSRF: ")]
        heads += [b"Cookie: " + own + b"\r\nX-CSRF: " + odd + b"\r\nOrigin: " + server.address.encode()]
        heads += [b"Cookie: " + own + b"\r\nOrigin: " + odd]
        for head, (line, more) in product(heads, ((b"GET / ", b""), (b"POST /logout ", b"Content-Length: 0\r\n"))):
            data = line + b"HTTP/1.1\r\nHost: " + f"{host}:{port}".encode() + b"\r\nConnection: close\r\n"
            answer = await asyncio.to_thread(said_to, host, port, data + more + head + b"\r\n\r\n")
            assert re.match(rb"HTTP/1\.1 (200|303|40[03]) ", answer), (head, answer[:200])


def said_to(host: str, port: int, data: bytes) -> bytes:
    """Blocking: what the server says to these bytes until it closes the connection."""
    with socket.create_connection((host, port), timeout=30) as line:
        line.sendall(data)
        return b"".join(iter(lambda: line.recv(65536), b""))


async def test_who_is_sent_to_the_support_reads_what_to_tell_them(server, everything, school, transcripts):
    """A file is lost from the store; the number on the page is the answer's, which the log has too."""
    async with server.gateway.scoped(school.id).write() as tx:
        await tx.execute(table.update().where(tx.of(table)).values(skeleton="0" * 64))
    headers = {"Cookie": f"hocba={everything.token}"}
    async with server.http.get(f"{server.address}/hoc-ba/{transcripts[0]}", headers=headers) as answer:
        assert answer.status == 404
        assert f"đọc mã {answer.headers['X-Request-Id']}." in await answer.text()
