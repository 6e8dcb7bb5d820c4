"""A job that ends before its time leaves nothing behind: no window, no login, no room taken."""

from __future__ import annotations

import asyncio

import pytest
from hocba_agent.testing.running import RunningAgent, items, until
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_core.agent_errors import Cancelled
from hocba_core.errors import Rejected
from hocba_gateway.demo.agent_page import AgentPage, PageJob


async def first(page: AgentPage) -> str:
    return (await page.certificates())[0].fingerprint


async def signed(job: PageJob) -> dict[str, bytes]:
    return {item: value async for item, value in job.run()}


async def test_a_pin_window_closes_when_the_page_cancels(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    agent.answers(pin=[False, PIN])
    job = await page.open(await first(page), "Ký", items(2))
    running = asyncio.create_task(signed(job))
    await until(lambda: bool(agent.asked("pin")))

    await job.cancel()

    with pytest.raises(Cancelled):
        await running
    assert not tokens.calls("login")
    assert len(await signed(job)) == 2


async def test_a_page_that_goes_away_ends_its_run_and_the_login(page: AgentPage, tokens: Tokens):
    tokens.tell("slow", 50)
    job = await page.open(await first(page), "Ký", items(50))
    async for _ in job.run():
        break
    await page.close()

    await until(lambda: bool(tokens.calls("logout")))
    assert len(tokens.calls("sign")) < 50


async def test_jobs_that_failed_leave_no_room_taken(page: AgentPage, agent: RunningAgent):
    agent.answers(pin=[None])
    certificate = await first(page)
    for number in range(6):
        with pytest.raises(Rejected):
            async for _ in page.sign(certificate, "Ký", items(1, f"n{number}")):
                pass
