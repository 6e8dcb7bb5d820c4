"""The frame of every page: cookie, Origin, CSRF, content policy; errors that a person can read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hocba_gateway.web.pages.table import TABLE
from hocba_gateway.web.route import Who

pytestmark = pytest.mark.feature("S5")

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Browser:
    """A browser as far as the server can tell: cookies kept, redirects shown, Origin as given."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        self.origin: str | None = server.address

    async def get(self, path: str, **headers: str) -> Any:
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Any:
        return await self._ask("POST", path, fields, headers)

    async def _ask(self, method: str, path: str, fields: dict[str, str] | None, headers: dict[str, str]) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST" and self.origin is not None:
            sent["Origin"] = self.origin
        url = f"{self.server.address}{path}"
        async with self.server.http.request(method, url, data=fields, headers=sent, allow_redirects=False) as answer:
            text = await answer.text()
            for name, morsel in answer.cookies.items():
                self.cookies[name] = morsel.value
            return Seen(answer.status, text, answer.headers, answer.cookies)

    async def log_in(self, username: str, password: str) -> Any:
        return await self.post("/login", {"username": username, "password": password, "next": "/"})


class Seen:
    def __init__(self, status: int, text: str, headers: Any, cookies: Any) -> None:
        self.status, self.text, self.headers, self.cookies = status, text, headers, cookies

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.text)
        assert found
        return found[1]


@pytest.fixture
async def account(server, empty) -> dict[str, str]:
    made = await empty.officer.ok("POST", "/department/schools", {"code": "9999001002", "name": "Trường hai"})
    return {"username": made["administrator"], "password": made["password"]}


@pytest.fixture
async def browser(server, account) -> Browser:
    """Logged in."""
    made = Browser(server)
    answer = await made.log_in(**account)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    return made


async def test_the_cookie_is_out_of_a_scripts_reach(server, account):
    answer = await Browser(server).log_in(**account)
    cookie = answer.cookies["hocba"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"


async def test_nobody_is_sent_to_log_in_and_back(server):
    browser = Browser(server)
    answer = await browser.get("/ky/gvbm?lop=x" if _has("/ky/{kind}") else "/")
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/login?next=%2F")


def _has(path: str) -> bool:
    return any(route.path == path for route in TABLE)


@pytest.mark.parametrize("place", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)"])
async def test_a_log_in_never_leads_elsewhere(server, account, place):
    answer = await Browser(server).post("/login", {**account, "next": place})
    assert answer.headers["Location"] == "/"


async def test_wrong_is_said_with_the_name_kept_and_the_password_not(server, account):
    answer = await Browser(server).post("/login", {"username": account["username"], "password": "sai mất rồi"})
    assert answer.status == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in answer.text
    assert account["username"] in answer.text
    assert "sai mất rồi" not in answer.text


async def test_every_page_has_the_strict_policy_and_no_inline_script(browser):
    for route in TABLE:
        if route.method == "GET" and "{" not in route.path:
            answer = await browser.get(route.path)
            policy = answer.headers["Content-Security-Policy"]
            if answer.status != 303:
                assert "script-src 'self'" in policy and "unsafe" not in policy, route.path
            assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text), route.path
            assert not re.search(r"\son\w+=|style=", answer.text), route.path
            assert answer.headers["Cache-Control"] == "no-store"


async def test_a_form_from_elsewhere_is_refused(browser):
    csrf = (await browser.get("/")).csrf
    for origin in (None, "https://evil.test", "null", browser.server.address + ".evil.test"):
        browser.origin = origin
        answer = await browser.post("/logout", {"csrf": csrf})
        assert answer.status == 403, origin
    browser.origin = browser.server.address
    for wrong in ("", "0" * 64):
        assert (await browser.post("/logout", {"csrf": wrong})).status == 403
    assert (await browser.get("/")).status == 200
    assert (await browser.post("/logout", {"csrf": csrf})).status == 303
    assert (await browser.get("/")).status == 303


async def test_every_form_wants_the_proofs(browser):
    """A page that changes something and is not public is refused without them, whatever it is."""
    asked = [route for route in TABLE if route.method == "POST" and route.who is not Who.PUBLIC]
    assert asked
    for route in asked:
        path = re.sub(r"\{\w+\}", "x", route.path)
        assert (await browser.post(path, {})).status == 403, route.path


async def test_the_api_reads_no_cookie(browser):
    answer = await browser.get("/api/v1/me")
    assert answer.status == 401


async def test_a_token_of_the_api_opens_no_page(server, account):
    caller = await server.log_in(**account)
    answer = await Browser(server).get("/", Authorization=f"Bearer {caller.token}")
    assert answer.status == 303


async def test_an_error_is_a_page_with_a_way_out_or_a_message_for_a_piece(browser):
    csrf = (await browser.get("/")).csrf
    whole = await browser.post("/ngon-ngu", {"csrf": csrf, "language": "xx"})
    assert whole.status == 422
    assert 'href="/"' in whole.text
    for path in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/khong-co.css"):
        assert (await browser.get(path)).status == 404
    piece = await browser.post("/logout", {"csrf": "0"}, HX_Request="true")
    assert piece.headers["HX-Retarget"] == "#messages"
    assert "message-wrong" in piece.text


async def test_what_never_changes_is_kept_for_ever(browser):
    page = (await browser.get("/")).text
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = await browser.get(address)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


async def test_a_log_in_on_a_second_tab_is_no_refusal_and_leads_where_that_tab_was_going(browser, account):
    """Both tabs asked for the log-in, and the second was filled in after the first; its page holds no token of it."""
    before = browser.cookies["hocba"]
    answer = await browser.post("/login", {**account, "next": "/mat-khau"})
    assert (answer.status, answer.headers["Location"]) == (303, "/mat-khau")
    assert (await browser.get("/login?next=%2Fmat-khau")).headers["Location"] == "/mat-khau"
    assert (await browser.get("/login?next=https%3A%2F%2Fevil.test")).headers["Location"] == "/"
    browser.cookies["hocba"] = before
    assert (await browser.get("/")).status == 303, "the log-in that it took the place of has ended"


@pytest.mark.parametrize("piece", [{}, {"HX_Request": "true"}])
async def test_a_press_after_the_end_of_a_log_in_leads_back_to_the_page_that_it_was_on(browser, piece):
    """A form's answer, which no address shows again, and pages of others lead to the first page."""
    browser.cookies["hocba"] = "ended"
    own = browser.server.address
    places = {f"{own}/ky/gvbm?lop=x": "%2Fky%2Fgvbm%3Flop%3Dx"}
    places |= dict.fromkeys((f"{own}/logout", "https://evil.test/ky/gvbm", f"{own}.evil.test/", "x"), "%2F")
    for referer, place in places.items():
        answer = await browser.post("/ky/gvbm/hoi", {"id": "x"}, Referer=referer, **piece)
        assert answer.headers["HX-Redirect" if piece else "Location"] == f"/login?next={place}", referer
