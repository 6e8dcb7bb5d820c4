"""T9, T10: a gateway that is started again, or a line that is cut, under an open progress: it goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hocba_core.testing.phone import Mood
from playwright.async_api import Page

BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
"""What a school's web server says while the gateway behind it starts."""


class Line:
    """Between browser and gateway. While `answer` is given, all gets that and is cut off (b"": cut off alone)."""

    def __init__(self, to: str, pass_on: Any) -> None:
        self._to = urlsplit(to)
        self._pass_on = pass_on
        self._writers: set[asyncio.StreamWriter] = set()
        self._answer: bytes | None = None
        self.address = ""
        self.tried = asyncio.Event()
        """Somebody came while it was broken."""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._answer is not None:
            await reader.read(1)
            writer.write(self._answer)
            writer.close()
            self.tried.set()
            return
        theirs, ours = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._writers |= {writer, ours}
        await asyncio.gather(self._pass_on(reader, ours), self._pass_on(theirs, writer))
        self._writers -= {writer, ours}

    def break_with(self, answer: bytes) -> None:
        self._answer = answer
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._answer = None


@pytest.fixture
async def line(server: Any, pass_on: Any) -> AsyncIterator[Line]:
    made = Line(server.address, pass_on)
    listening = await asyncio.start_server(made.carry, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    made.break_with(b"")
    listening.close()


@pytest.mark.feature("T9")
@pytest.mark.parametrize("answer", [b"", BAD_GATEWAY], ids=["cut", "502"])
@pytest.mark.parametrize("meanwhile", ["signed", "waiting"])
async def test_the_phones_answer_is_shown_after_the_gateway_is_back(
    approved, teachers, enter, sign, line, nothing_doubled, answer, meanwhile
):
    approved.vendor.phone.will(Mood.IGNORE)
    page: Page = await enter(approved.caller(teachers[0]), "/mat-khau")
    await page.goto(f"{line.address}/ky/gvbm?lop={approved.school.classes['6A']}")
    await sign(page)
    await page.get_by_role("heading", name="Chờ xác nhận ký số").wait_for()
    other = await enter(approved.caller(teachers[0]))  # past the line
    line.break_with(answer)
    await line.tried.wait()
    if meanwhile == "signed":
        _approve(approved)
        await other.get_by_role("link", name="Xem tiến trình").click()
        await other.get_by_text("Ký thành công 2 học bạ").wait_for()
        line.mend()
    else:
        line.mend()
        _approve(approved)
    await page.get_by_text("Ký thành công 2 học bạ").wait_for()
    await nothing_doubled(approved, teachers[0], asked=1)


def _approve(signing: Any) -> None:
    for transaction in list(signing.vendor.phone.transactions):
        signing.vendor.phone.answer(transaction, Mood.APPROVE)


@pytest.mark.feature("T10")
@pytest.mark.parametrize("answer", [b"", BAD_GATEWAY], ids=["cut", "502"])
async def test_values_of_a_token_are_kept_until_the_gateway_is_back(
    with_token, at_agent, run_agent, line, nothing_doubled, answer
):
    with_token.plug()
    with_token.tokens.tell("slow", 500)
    await run_agent(site=line.address)
    page = await at_agent(with_token.caller, "/mat-khau")
    await page.goto(line.address + with_token.address)
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("[data-agent-ok]:enabled").click()
    await page.locator(".state-signed").first.wait_for()
    line.break_with(answer)
    await page.get_by_text("Đang lưu lại chữ ký…").wait_for()
    with_token.tokens.tell("slow", 0)
    line.mend()
    await page.get_by_text(f"Ký thành công {len(with_token.signing.transcripts)} học bạ").wait_for()
    await nothing_doubled(with_token.signing, with_token.person, asked=0)
