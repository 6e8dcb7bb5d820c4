"""Whatever a stranger or a broken program sends, on both databases: a clear refusal, never a fault of ours."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re
import socket
from itertools import product
from urllib.parse import urlparse

import aiohttp
import pytest
from hocba_gateway.web.reading import MOST_PARTS
from hocba_gateway.web.route import Files, Who
from hocba_gateway.web.table import ROUTES
from yarl import URL

pytestmark = pytest.mark.feature("O4")

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="files"; %s\r\n\r\nabc\r\n'


async def send(server, caller, method, path, data=None, headers=None, **sent):
    """As it stands: nothing in the address is encoded for the caller. Every refusal must be one of ours, with words."""
    told = {"Authorization": f"Bearer {caller.token}"} if caller else {}
    url = URL(f"{server.address}/api/v1{path}", encoded=True)
    async with server.http.request(method, url, data=data, headers={**told, **(headers or {})}, **sent) as answer:
        raw = await answer.read()
        said = json.loads(raw) if "json" in answer.content_type and raw else {}
    if answer.status >= 400:
        assert answer.content_type == "application/problem+json", (path, answer.status)
        assert said["title"] and said["detail"], said
        assert "…" not in said["title"] + said["detail"] + said["todo"], said
    return answer.status, said


PIECES = ("%00", "a%00b", "%01", "%0a", "H%E1%BB%8Dc", "x" * 3000, "%ED%A0%80", "%FF", "%F0%9F%98%80", "a%2Fb")


async def test_no_piece_of_an_address_is_a_fault_of_ours(server, empty):
    for route, piece in product([route for route in ROUTES if "{" in route.path], PIECES):
        caller = empty.officer if route.who is Who.OFFICER else empty.admin
        path = re.sub(r"\{\w+\}", piece, route.path.removeprefix("/api/v1"))
        sent = {"data": FILE, "headers": FORM} if route.body is Files else {"data": b"{}", "headers": JSON}
        status, said = await send(server, caller, route.method, path, **(sent if route.body else {}))
        assert status < 500, (route.name, said)


async def test_no_query_is_a_fault_of_ours(server, empty):
    for query in ("year=%00", "year=%01", "year=%ED%A0%80", "year=" + "x" * 3000, "voided=%00"):
        status, _ = await send(server, empty.admin, "GET", f"/classes?{query}")
        assert status in (200, 422)


RAW = [
    b"", b"null", b"[]", b"{", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000, b"NaN", b'{"x": 1e999}',
    b'{"username": "a", "password": "b"} and more', b'\xef\xbb\xbf{"username": "a", "password": "b"}',
    b'{"username": "\\ud800", "password": "b"}', b'{"username": 1%s, "password": "b"}' % (b"0" * 10_000),
]  # fmt: skip


async def test_json_that_is_none_is_refused_before_anybody_is_known(server):
    for raw in RAW:
        status, said = await send(server, None, "POST", "/login", raw, JSON)
        assert (status, said["code"]) == (422, "bad_input"), raw[:40]
        assert not re.search(r"\b(should|input|valid|permitted)\b", said["detail"], re.IGNORECASE), said["detail"]


@pytest.mark.parametrize("text", ["a\x00b", "\uffff"])
async def test_text_that_no_database_and_no_record_holds_is_refused_by_its_field(server, empty, text):
    profile = {"code": "9999001001", "name": text}
    for caller, method, path, body, field in (
        (None, "POST", "/login", {"username": text, "password": "x"}, "username"),
        (empty.admin, "PUT", "/school/profile", {"profile": profile}, "profile.name"),
        (empty.admin, "POST", "/school/accounts", {"people": ["x", text]}, "people.1"),
        (empty.admin, "POST", "/transcripts/hold", {"transcripts": [text], "reason": "x"}, "transcripts.0"),
        (empty.admin, "PUT", "/years/2025-2026/vendors/viettel_mysign", {"settings": {"a": [text]}}, "settings.a.0"),
        (empty.admin, "PUT", "/years/2025-2026/vendors/viettel_mysign", {"settings": {text: 1}}, "settings"),
        (empty.officer, "POST", "/department/schools", {"code": "7", "name": text}, "name"),
    ):
        status, said = await send(server, caller, method, path, json.dumps(body).encode(), JSON)
        assert (status, said["facts"]["field"]) == (422, field)


async def test_no_field_of_any_body_is_a_fault_of_ours(server, empty):
    """Walked over the table: NUL, a half of a surrogate pair, far too much, in every field and as a field's name."""
    values = ("a\x00b", "\ud800", "x" * 100_000, ["a\x00b"], {"a\x00b": 1}, [["\ufffe"]], -1, 1 << 70, None)
    for route, value in product([route for route in ROUTES if route.body not in (None, Files)], values):
        caller = None if route.is_public else empty.officer if route.who is Who.OFFICER else empty.admin
        names = list(route.body.model_fields)
        path = re.sub(r"\{\w+\}", "x", route.path.removeprefix("/api/v1"))
        for body in (dict.fromkeys(names, value), {"a\x00b": value}, *({name: value} for name in names)):
            if route.name != "session.change_password":
                status, said = await send(server, caller, route.method, path, json.dumps(body), JSON)
                assert status < 500, (route.name, said)


async def test_an_emoji_written_as_two_escapes_is_text_like_any_other(server, empty):
    profile = {"code": "9999001001", "name": "Trường \U0001f600"}
    status, said = await send(server, empty.admin, "PUT", "/school/profile", json.dumps({"profile": profile}), JSON)
    assert (status, said["profile"]["name"]) == (200, profile["name"])


async def test_what_is_too_long_for_its_column_is_refused_with_the_limit(server, empty):
    for body, field in (
        ({"code": "7" * 21, "name": "x"}, "code"),
        ({"code": "\U0001f600" * 21, "name": "x"}, "code"),
        ({"code": "7", "name": "x" * 151}, "name"),
        ({"code": " ", "name": "x"}, "code"),
    ):
        status, said = await send(server, empty.officer, "POST", "/department/schools", json.dumps(body), JSON)
        assert (status, said["facts"]["field"]) == (422, field)


async def test_a_reason_is_no_novel(empty, server):
    body = {"transcripts": ["x"], "reason": "x" * 501}
    for path in ("/transcripts/hold", "/transcripts/undo-completion"):
        status, _ = await send(server, empty.admin, "POST", path, json.dumps(body), JSON)
        assert status in (404, 422)


async def test_no_date_is_a_fault_of_ours(server, empty):
    for moment in ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "1e30", "", 1e18, -1, []):
        body = json.dumps({"start": moment, "until": None})
        status, _ = await send(server, empty.officer, "PUT", "/department/window", body, JSON)
        assert status in (200, 422)


FORMS = {
    "rubbish": b"--x\r\nrubbish",
    "a header too long": PART % (b"a" * 20_000, b"1"),
    "too many headers": b"--x\r\n" + b"A: b\r\n" * 3_000 + b"\r\nabc\r\n",
    "forms inside": b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\nabc\r\n--y--\r\n",
    "forms inside without an end": b"--x\r\nContent-Type: multipart/mixed\r\n\r\n--y\r\n\r\nabc\r\n",
    "a charset nobody knows": PART % (b"_charset_", b"klingon") + PART % (b"year", b"1") + FILE % b'filename="a.xlsx"',
    "a name that is no text": FILE % b"filename*=UTF-8''%FF%FE",
    "a name in no charset": FILE % b"filename*=klingon''%41",
    "NUL in a name": FILE % b'filename="a\x00b.xlsx"',
    "a field that is no text": PART % (b"year", b"\xff\xfe") + FILE % b'filename="a.xlsx"',
    "a field with NUL": PART % (b"year", b"2025\x002026") + FILE % b'filename="a.xlsx"',
    "a year too long": PART % (b"year", b"y" * 500) + FILE % b'filename="a.xlsx"',
    "fields without end": b"".join(PART % (b"f%d" % number, b"") for number in range(MOST_PARTS + 1)),
    "a length that is none": FILE % b'filename="a.xlsx"\r\nContent-Length: x',
    "a length below nothing": FILE % b'filename="a.xlsx"\r\nContent-Length: -5',
    "a coding nobody knows": FILE % b'filename="a.xlsx"\r\nContent-Transfer-Encoding: foo',
    "nothing": b"",
}


async def test_forms_that_are_none_change_nothing_and_are_told_so(server, empty):
    for (name, data), path in product(FORMS.items(), ("/school/import/preview", "/school/import")):
        status, said = await send(server, empty.admin, "POST", path, data + b"--x--\r\n", FORM)
        if status == 200:
            assert said["stored"] is False and said["plan"]["problems"], name
        else:
            assert status == 422, name


async def test_names_of_files_are_shown_without_folders_and_odd_letters(server, empty):
    data = FILE % b'filename="..\\..\\etc/\xff\xfe/\xc3\x81.xlsx"' + b"--x--\r\n"
    status, said = await send(server, empty.admin, "POST", "/school/import/preview", data, FORM)
    assert status == 200
    assert said["plan"]["problems"][0]["file"] == "Á.xlsx"


async def test_packed_bodies_are_refused_before_they_are_unpacked(server, empty):
    bomb = gzip.compress(b'{"username": "' + bytes(32 * 1024 * 1024))
    paths = (("/school/accounts", JSON), ("/school/import/preview", FORM), ("/login", JSON))
    for (path, kind), packing in product(paths, ("gzip", "deflate", "br", "zstd", "x")):
        status, said = await send(server, empty.admin, "POST", path, bomb, kind | {"Content-Encoding": packing})
        assert (status, said["facts"]["field"]) == (422, "Content-Encoding")


async def test_a_vendors_call_is_bounded_for_strangers(server):
    status, said = await send(server, None, "POST", "/callbacks/x", io.BytesIO(bytes(2 * 1024 * 1024)))
    assert (status, said["facts"]["field"]) == (422, "body")


async def test_another_kind_of_body_is_refused_by_name(server, empty):
    kinds = ("text/plain", "", "application/x-www-form-urlencoded", "multipart/mixed")
    for kind, path in product(kinds, ("/school/accounts", "/school/import/preview")):
        status, said = await send(server, empty.admin, "POST", path, b"x", {"Content-Type": kind})
        assert (status, said["facts"]["field"]) in ((422, "Content-Type"), (422, "body"))


async def test_other_methods_are_told_what_there_is(server):
    for method in ("HEAD", "OPTIONS", "PATCH", "TRACE"):
        async with server.http.request(method, f"{server.address}/api/v1/classes") as answer:
            assert (answer.status, answer.headers["Allow"]) == (405, "GET")


def raw(server, data):
    """Blocking: what the server says to these bytes until it closes the connection."""
    at = urlparse(server.address)
    with socket.create_connection((at.hostname, at.port), timeout=20) as line:
        line.sendall(data)
        return b"".join(iter(lambda: line.recv(65536), b""))


async def test_a_token_that_is_none_is_answered_as_not_logged_in(server):
    head = b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
    for token in (b"\xff\xfe", b"a" * 7_000, "thẻ".encode(), b" ", b"Bearer x"):
        answer = await asyncio.to_thread(raw, server, head + token + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 401 "), answer[:100]


async def test_many_uploads_at_once_are_each_answered(server, empty):
    form = [aiohttp.FormData() for _ in range(8)]
    for number, one in enumerate(form):
        one.add_field("files", b"PK\x03\x04" + bytes(1_000_000), filename=f"{number}.xlsx")
    answers = await asyncio.gather(*(send(server, empty.admin, "POST", "/school/import", one) for one in form))
    assert all(status == 200 and said["stored"] is False for status, said in answers)


@pytest.mark.feature("V6")
async def test_what_is_no_http_is_not_repeated_in_the_log(server, caplog):
    data = b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer very-secret\x00\r\n\r\n"
    assert b" 400 " in (await asyncio.to_thread(raw, server, data))[:20]
    assert "no HTTP: " in caplog.text
    assert "very-secret" not in caplog.text
