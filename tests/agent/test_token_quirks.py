"""Drivers that break the standard work, or fail with the true reason."""

from __future__ import annotations

import asyncio
import random

import pytest
from hocba_agent.testing.processes import alive, children, command_line, open_files
from hocba_agent.testing.running import SITE, RunningAgent, items, until
from hocba_agent.testing.tokens import Tokens
from hocba_agent.token.codes import RETURN_VALUES, CryptokiError
from hocba_agent.token.faults import fault_of
from hocba_core.agent_protocol import Certificates
from hocba_core.certificate import Certificate
from hocba_core.errors import (
    DriverFailed,
    HocbaError,
    PinBlocked,
    PinWrong,
    Rejected,
    TokenMissing,
    TokenPulled,
)
from hocba_core.signature_value import check_value
from hocba_core.testing.pki import Identity, TestCa
from hocba_gateway.demo.agent_page import AgentPage

from .conftest import all_of, ended, fails, opened, signs, what

# --- sizes --------------------------------------------------------------------------------------


@pytest.mark.threat("G11")
@pytest.mark.threat("G12")
@pytest.mark.parametrize("key", ["rsa", "p256"])
async def test_a_driver_that_says_0_when_asked_for_sizes_signs(start_agent, tokens: Tokens, token_ca: TestCa, key: str):
    owner = token_ca.issue_person("Nguyễn Thị Ánh", "001190000001", key=key)
    tokens.add("gv01", owner)
    tokens.tell("zero_attributes")
    tokens.tell("zero_sign")
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        await signs(page, owner)


@pytest.mark.threat("G12")
@pytest.mark.threat("E7")
@pytest.mark.parametrize("lie", ["empty", "short", "flip"])
async def test_a_value_that_is_none_never_reaches_the_page(page: AgentPage, tokens: Tokens, lie: str):
    tokens.tell(lie)
    job = await opened(page)

    with pytest.raises(DriverFailed) as failed:
        await all_of(job)

    assert what(failed.value) == "value"
    assert job.values == {}
    assert len(tokens.calls("sign")) == 1


# --- mechanisms and keys ------------------------------------------------------------------------


@pytest.mark.threat("E4")
@pytest.mark.parametrize("offered", ["0x1", "0x1 0x3", "0x3", "0x3 0x40"])
async def test_a_token_without_one_mechanism_signs_by_another(
    page: AgentPage, tokens: Tokens, owner: Identity, offered: str
):
    """0x1: CKM_RSA_PKCS, without CKM_SHA256_RSA_PKCS; 0x3: CKM_RSA_X_509, padded by us."""
    tokens.tell("mechanisms", offered)
    await signs(page, owner)
    assert tokens.calls("sign")[0] == ("sign 51" if "0x1" in offered else "sign 256")


@pytest.mark.threat("E4")
async def test_a_token_that_only_hashes_by_itself_is_named_before_a_pin(
    page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    tokens.tell("mechanisms", "0x40")  # CKM_SHA256_RSA_PKCS: needs the document, which is not here
    assert what(await fails(page)) == "mechanism"
    assert not agent.asked("pin")
    assert not tokens.calls("login")


@pytest.mark.threat("F11")
@pytest.mark.parametrize("kind", ["rsa", "p256"])
async def test_the_key_is_found_by_its_number_where_the_ids_differ(
    start_agent, tokens: Tokens, token_ca: TestCa, kind: str
):
    other = token_ca.issue_person("Trần Văn Bình", "001190000002", key=kind)
    owner = token_ca.issue_person("Nguyễn Thị Ánh", "001190000001", key=kind)
    tokens.add("gv01", other, owner, ids=False)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        listed = {one.der: one.fingerprint for one in await page.certificates()}
        for identity in (owner, other):
            values = await all_of(await page.open(listed[identity.certificate], "Ký", items(1)))
            check_value(Certificate.read(identity.certificate), items(1)[0][2], values["i1"])


@pytest.mark.threat("F11")
async def test_without_any_id_an_rsa_key_is_found_and_one_of_two_p256_keys_is_said_to_be_unknown(
    start_agent, tokens: Tokens, token_ca: TestCa
):
    tokens.tell("no_id")
    rsa = [token_ca.issue_person(name, "001190000001", key="rsa") for name in ("Nguyễn Thị Ánh", "Trần Văn Bình")]
    p256 = [token_ca.issue_person(name, "001190000001", key="p256") for name in ("Lê Thị Chi", "Phạm Văn Dũng")]
    tokens.add("rsa", *rsa)
    tokens.add("p256", *p256)
    tokens.add("one", alone := token_ca.issue_person("Vũ Thị Én", "001190000001", key="p256"))
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        listed = {one.der: one.fingerprint for one in await page.certificates()}
        for identity in (rsa[1], alone):
            values = await all_of(await page.open(listed[identity.certificate], "Ký", items(1)))
            check_value(Certificate.read(identity.certificate), items(1)[0][2], values["i1"])
        with pytest.raises(DriverFailed) as failed:
            await all_of(await page.open(listed[p256[1].certificate], "Ký", items(1)))
    assert what(failed.value) == "key"


@pytest.mark.threat("F6")
@pytest.mark.parametrize("shim_first", [True, False])
async def test_of_two_drivers_for_one_token_the_one_that_shows_the_key_signs(
    start_agent, tokens: Tokens, owner: Identity, shim_first: bool
):
    tokens.add("gv01", owner)
    tokens.tell("no_keys")
    modules = (tokens.shim, tokens.target) if shim_first else (tokens.target, tokens.shim)
    agent = await start_agent(modules=modules)
    async with await AgentPage.connect(agent.address, SITE) as page:
        assert len(await page.certificates()) == 1
        await signs(page, owner)
        assert not tokens.calls("login")

        agent.answers(consent=["once"], pin=["wrong"])
        assert isinstance(await fails(page), PinWrong)
        assert not tokens.calls("login"), "the PIN is not tried with the other one"


@pytest.mark.threat("D13")
async def test_a_key_that_wants_its_pin_each_time_gets_the_one_typed_for_this_job(
    page: AgentPage, agent: RunningAgent, tokens: Tokens, owner: Identity
):
    tokens.tell("always")
    await signs(page, owner, 5)
    assert len(tokens.calls("login")) == len(agent.asked("pin")) == 1
    assert len(tokens.calls("context")) == len(tokens.calls("sign")) == 5
    # and for the next job it is asked again
    await all_of(await page.open((await page.certificates())[0].fingerprint, "Ký", items(1, "next")))
    assert len(agent.asked("pin")) == 2


@pytest.mark.threat("G13")
async def test_a_driver_that_refuses_to_be_written_to_signs(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    tokens.tell("no_write")
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        await signs(page, owner)


# --- tokens that hide, fail or sleep ------------------------------------------------------------


@pytest.mark.threat("F10")
async def test_private_certificates_are_said_to_be_locked_and_signing_tells_them_apart_from_none(
    start_agent, tokens: Tokens, owner: Identity
):
    tokens.add("gv01", owner)
    tokens.tell("private")
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        told = await page.call(Certificates())
    assert told["certificates"] == []
    assert [one["trouble"] for one in told["drivers"]] == ["locked"]
    assert not tokens.calls("login")
    assert not agent.asked("pin")


@pytest.mark.threat("F9")
async def test_a_token_that_nobody_can_read_hides_no_other(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    tokens.tell("phantom")
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        told = await page.call(Certificates())
        assert (len(told["certificates"]), told["drivers"]) == (1, [])
        await signs(page, owner)


async def test_a_function_that_failed_once_ends_the_run_and_the_next_one_goes_on(
    page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    job = await opened(page, 3)
    tokens.tell("failed_once")
    with pytest.raises(DriverFailed) as failed:
        await all_of(job)
    assert what(failed.value) == "sign"
    assert len(tokens.calls("sign")) == 1, "nothing is tried again by itself"
    assert len(await all_of(job)) == 3


@pytest.mark.threat("F8")
async def test_a_login_that_a_sleep_took_away_is_asked_for_again_and_the_job_goes_on(
    page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    tokens.tell("slow", 30)
    job = await opened(page, 20)
    with pytest.raises(TokenPulled):
        async for _ in job.run():
            if len(job.values) == 5:
                tokens.tell("lost")
    done = len(job.values)
    assert 5 <= done < 20
    assert len(await all_of(job)) == 20 - done
    assert len(agent.asked("pin")) == 2


@pytest.mark.threat("F12")
async def test_while_one_signature_takes_long_the_agent_answers_and_nothing_is_signed_twice(
    page: AgentPage, tokens: Tokens
):
    tokens.tell("slow", 2500)
    job = await opened(page, 1)
    running = asyncio.create_task(all_of(job))
    await until(lambda: bool(tokens.calls("sign")))

    async with asyncio.timeout(1):
        assert len(await page.certificates()) == 1
        await (await page._socket.ping())

    assert len(await running) == 1
    assert len(tokens.calls("sign")) == 1


@pytest.mark.threat("F4")
async def test_a_token_that_comes_and_goes_again_and_again_leaves_a_driver_that_signs_and_no_open_handles(
    page: AgentPage, agent: RunningAgent, tokens: Tokens, owner: Identity
):
    tokens.tell("slow", 2)
    job = await opened(page, 90)
    (worker,) = children(agent.pid)
    handles = len(open_files(worker))
    chance = random.Random(4)
    for _ in range(25):
        tokens.tell("pull_after", len(tokens.calls("sign")) + chance.randrange(4))
        try:
            await all_of(job)
        except HocbaError as error:
            assert isinstance(error, TokenPulled | TokenMissing), error
        if (tokens.folder / "removed").exists():
            tokens.untell("removed")

    (tokens.folder / "pull_after").unlink(missing_ok=True)
    await all_of(job)
    assert len(job.values) == len(tokens.calls("sign")) == 90
    for item, _, digest in items(90):
        check_value(Certificate.read(owner.certificate), digest, job.values[item])
    assert children(agent.pid) == [worker], "the same process all the time"
    assert len(open_files(worker)) <= handles + 2


# --- drivers that hang --------------------------------------------------------------------------


@pytest.mark.threat("G1")
async def test_a_driver_that_hangs_at_its_start_keeps_nobody_waiting(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    tokens.tell("hang_init")
    agent = await start_agent(modules=(tokens.shim, tokens.target))
    async with await AgentPage.connect(agent.address, SITE) as page:
        async with asyncio.timeout(5):
            told = await page.call(Certificates())
    assert len(told["certificates"]) == 1
    assert [one["trouble"] for one in told["drivers"]] == ["slow"]


@pytest.mark.threat("G14")
@pytest.mark.threat("F10")
async def test_a_driver_that_blocks_when_read_before_a_login_is_not_read_again(
    start_agent, tokens: Tokens, owner: Identity
):
    tokens.add("gv01", owner)
    tokens.tell("shy")
    agent = await start_agent(modules=(tokens.shim, tokens.target))

    def troubles(told: dict) -> list[str]:
        return [one["trouble"] for one in told["drivers"]]

    async with await AgentPage.connect(agent.address, SITE) as page:
        told = await page.call(Certificates())
        assert (len(told["certificates"]), troubles(told)) == (1, ["slow"])
        (hung,) = [one for one in children(agent.pid) if str(tokens.shim).encode() in command_line(one)]
        for _ in range(50):
            if troubles(told := await page.call(Certificates())) in ([], ["locked"]):
                break
            await asyncio.sleep(0.2)
        assert len(told["certificates"]) == 1
    assert len(told["certificates"]) == 1
    assert not alive(hung)


@pytest.mark.threat("G15")
@pytest.mark.threat("G9")
async def test_drivers_that_deadlock_when_they_end_do_not_keep_the_agent(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    for fault in ("hang_finalize", "hang_exit", "noisy"):
        tokens.tell(fault)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        await signs(page, owner)
    (worker,) = children(agent.pid)
    await ended(agent)
    assert not alive(worker)
    assert not tokens.calls("finalize"), "nobody asked it"


@pytest.mark.threat("G7")
async def test_a_driver_is_never_called_twice_at_once(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=(SITE, "https://b.example"))
    tokens.tell("slow", 20)
    tokens.tell("slow_list", 20)

    async def work(page: AgentPage) -> None:
        for _ in range(3):
            await page.certificates()

    async with (
        await AgentPage.connect(agent.address, SITE) as one,
        await AgentPage.connect(agent.address, "https://b.example") as two,
    ):
        job = await opened(one, 10)
        await asyncio.gather(all_of(job), work(two), work(one), work(two))
    assert (tokens.folder / "in_flight").read_text().strip() == "1"


# --- return values ------------------------------------------------------------------------------


def test_every_return_value_of_the_standard_has_a_meaning_of_ours():
    assert len(RETURN_VALUES) > 90
    for value in (*RETURN_VALUES, 0x8000_1234, 0x7777):
        for during in ("list", "login", "sign"):
            fault = fault_of(CryptokiError(value), "m.so", during, still_there=True)
            assert isinstance(fault, PinWrong | PinBlocked | TokenPulled | DriverFailed | Rejected)
            assert during == "login" or not isinstance(fault, PinWrong | Rejected)
            pulled = fault_of(CryptokiError(value), "m.so", during, still_there=False)
            assert isinstance(pulled, PinWrong | PinBlocked | TokenPulled | Rejected)
    assert isinstance(fault_of(CryptokiError(0xA0), "m.so", "login", still_there=True), PinWrong)
    assert isinstance(fault_of(CryptokiError(0xA4), "m.so", "login", still_there=True), PinBlocked)
    assert isinstance(fault_of(CryptokiError(0x5), "m.so", "sign", still_there=False), TokenPulled)
