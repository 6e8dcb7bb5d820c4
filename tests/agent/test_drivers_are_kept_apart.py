from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hocba_agent.testing.processes import children, command_line, mapped, open_files
from hocba_agent.testing.running import SITE, items, until
from hocba_agent.testing.tokens import Tokens, softhsm
from hocba_core.agent_errors import Cancelled
from hocba_core.agent_protocol import Certificates
from hocba_core.errors import DriverFailed
from hocba_core.testing.pki import Identity, TestCa
from hocba_gateway.demo.agent_page import AgentPage, PageJob


async def signed(job: PageJob) -> int:
    return len([one async for one in job.run()])


@pytest.mark.feature("G2")
@pytest.mark.threat("G1")
async def test_a_driver_that_hangs_hides_no_other_and_is_killed(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    tokens.tell("hang")
    agent = await start_agent(modules=(tokens.shim, softhsm()))
    (hung,) = [one for one in children(agent.pid) if str(tokens.shim).encode() in command_line(one)]
    async with await AgentPage.connect(agent.address, SITE) as page:
        told = await page.call(Certificates())
        assert [one["trouble"] for one in told["drivers"]] == ["slow"]
        assert len(told["certificates"]) == 1
        assert len([one async for one in page.sign(told["certificates"][0]["fingerprint"], "Ký", items(2))]) == 2

        await until(lambda: hung not in children(agent.pid))
        tokens.untell("hang")
        assert len(await page.certificates()) == 1


@pytest.mark.feature("G2")
@pytest.mark.threat("G2")
async def test_a_driver_that_crashes_ends_its_job_and_is_started_again(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(3))
        tokens.tell("crash")
        with pytest.raises(DriverFailed) as failed:
            await signed(job)
        assert failed.value.facts["what"] == "crash"

        tokens.untell("crash")
        assert await signed(job) == 3


async def test_a_file_that_is_no_driver_is_named_and_the_others_work(
    start_agent, tokens: Tokens, owner: Identity, tmp_path: Path
):
    tokens.add("gv01", owner)
    text, missing = tmp_path / "text.so", tmp_path / "missing.so"
    text.write_text("not a library")
    agent = await start_agent(modules=(text, missing, tokens.shim))
    async with await AgentPage.connect(agent.address, SITE) as page:
        told = await page.call(Certificates())

    assert {one["name"]: one["trouble"] for one in told["drivers"]} == {
        "text.so": "no_library",
        "missing.so": "missing",
    }
    assert len(told["certificates"]) == 1


@pytest.mark.threat("F6")
async def test_a_certificate_that_two_drivers_see_is_listed_once(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent(modules=(tokens.shim, softhsm()))
    async with await AgentPage.connect(agent.address, SITE) as page:
        assert len(await page.certificates()) == 1


@pytest.mark.threat("F5")
async def test_two_tokens_of_one_label_are_told_apart_by_their_serial(
    start_agent, tokens: Tokens, owner: Identity, token_ca: TestCa
):
    tokens.add("gv", owner)
    other = token_ca.issue_person("Trần Văn Bình", "001190000002")
    tokens.add("gv", other)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        listed = await page.certificates()
        assert len({one.token_serial for one in listed}) == 2
        chosen = next(one for one in listed if one.der == other.certificate)
        assert len([one async for one in page.sign(chosen.fingerprint, "Ký", items(1))]) == 1
    assert agent.asked("pin")[0]["owner"] == "Trần Văn Bình"


@pytest.mark.threat("G9")
async def test_a_driver_that_prints_disturbs_nothing(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        assert len(await page.certificates()) == 1
    assert "a driver that prints" in agent.log


@pytest.mark.feature("G4")
async def test_drivers_and_windows_have_no_socket_and_the_network_process_no_driver(
    start_agent, tokens: Tokens, owner: Identity
):
    tokens.add("gv01", owner)
    agent = await start_agent(pin=[False])
    async with await AgentPage.connect(agent.address, SITE) as page:
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(1))
        running = asyncio.create_task(signed(job))
        await until(lambda: bool(agent.asked("pin")))
        (worker,) = children(agent.pid)
        (window,) = children(worker)
        for process in (worker, window):
            assert not [name for name in open_files(process) if name.startswith("socket")]
        assert "pkcs11" not in mapped(agent.pid)
        assert str(tokens.shim) in mapped(worker)
        await job.cancel()
        with pytest.raises(Cancelled):
            await running
