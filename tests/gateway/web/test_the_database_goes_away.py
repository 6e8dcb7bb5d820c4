"""PostgreSQL is stopped under a gateway that serves: people are told to come back, and find all as it was."""

from __future__ import annotations

import asyncio

import pytest
from hocba_gateway.testing.postgres import Cluster, new_database

pytestmark = pytest.mark.feature("O2")


@pytest.fixture
def database_url(own_postgres: Cluster) -> str:
    return new_database(own_postgres.address)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_api_and_pages_say_when_to_come_back_and_go_on_by_themselves(server, empty, own_postgres, mode):
    assert (await empty.admin.call("GET", "/school/members")).status == 200
    held = asyncio.create_task(empty.admin.call("GET", "/school/members"))  # in the middle of it, or just before
    await asyncio.to_thread(own_postgres.stop, mode)
    assert (await held).status in (200, 503)
    try:
        for method, path, body in (
            ("GET", "/school/members", None),
            ("POST", "/school/accounts", {}),
            ("POST", "/login", {"username": "so-99", "password": "mat-khau-cua-so-99"}),
            ("GET", "/health", None),
        ):
            said = await empty.admin.call(method, path, body)
            assert (said.status, said.body["code"]) == (503, "store_trouble"), path
            assert "một phút" in said.body["todo"] and "không mất" in said.body["detail"]
            assert said.body["facts"] == {} and said.body["again"] == "later"
            assert int(said.headers["Retry-After"]) > 0
        wants_page = {"Accept": "text/html", "Cookie": f"hocba={empty.admin.token}"}
        for headers in (wants_page, wants_page | {"HX-Request": "true"}):
            async with server.http.get(f"{server.address}/", headers=headers) as page:
                text = await page.text()
                assert page.status == 503 and page.content_type == "text/html"
                assert "một phút" in text and page.headers["X-Request-Id"] in text
                assert int(page.headers["Retry-After"]) > 0
    finally:
        await asyncio.to_thread(own_postgres.start)
    # one connection of before may be found dead; never more than that
    answers = [(await empty.admin.call("GET", "/school/members")).status for _ in range(3)]
    assert answers[1:] == [200, 200], answers
    assert (await empty.admin.call("POST", "/school/accounts", {})).status == 200
