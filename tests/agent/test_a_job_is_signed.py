from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest
from hocba_agent.testing.attacker import RawPage
from hocba_agent.testing.running import SITE, RunningAgent, items
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_core.agent_errors import AgentBusy, Cancelled, OtherToken
from hocba_core.agent_protocol import to_base64
from hocba_core.certificate import Certificate
from hocba_core.clock import system_clock
from hocba_core.errors import (
    CertificateRefused,
    DriverFailed,
    NotFound,
    PinBlocked,
    PinWrong,
    Rejected,
    TokenMissing,
    TokenPulled,
)
from hocba_core.signature_value import check_value
from hocba_core.testing.pki import Identity, TestCa
from hocba_gateway.demo.agent_page import AgentPage, PageJob

from .conftest import all_of


async def first(page: AgentPage) -> str:
    return (await page.certificates())[0].fingerprint


@pytest.mark.feature("G5")
@pytest.mark.feature("T10")
async def test_fifty_digests_are_signed_with_one_login_and_stream_one_by_one(
    page: AgentPage, agent: RunningAgent, tokens: Tokens, owner: Identity
):
    declared = items(50)
    tokens.tell("slow", 5)
    progress, values = [], {}

    async for item, value in page.sign(await first(page), "Ký học bạ lớp 6A", declared):
        values[item] = value
        progress.append(len(tokens.calls("sign")))

    certificate = Certificate.read(owner.certificate)
    for item, _, digest in declared:
        assert check_value(certificate, digest, values[item]) == values[item]
    assert progress[0] < 50, "the first value came before the last was made"
    assert len(tokens.calls("login")) == len(tokens.calls("logout")) == len(agent.asked("pin")) == 1


@pytest.mark.threat("E3")
async def test_a_token_is_given_the_digest_info_and_not_the_bare_digest(
    page: AgentPage, tokens: Tokens, owner: Identity
):
    ((item, value),) = [one async for one in page.sign(await first(page), "Đăng ký", items(1))]

    assert tokens.calls("sign") == ["sign 51"]
    assert check_value(Certificate.read(owner.certificate), items(1)[0][2], value) == value
    assert item == "i1"


async def test_a_p256_token_signs_with_r_and_s(start_agent, tokens: Tokens, token_ca: TestCa):
    owner = token_ca.issue_person("Trần Văn Bình", "001190000002", key="p256")
    tokens.add("gv02", owner)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        values = {item: value async for item, value in page.sign(await first(page), "Ký", items(3))}

    for item, _, digest in items(3):
        assert len(values[item]) == 64
        check_value(Certificate.read(owner.certificate), digest, values[item])


async def test_a_key_is_found_by_its_modulus_where_the_ids_differ(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner, ids=False)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        assert len([one async for one in page.sign(await first(page), "Ký", items(2))]) == 2


@pytest.mark.feature("G4")
async def test_the_pin_window_says_for_whom_what_and_how_many(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    tokens.tell("flags", 0x20000)  # CKF_USER_PIN_FINAL_TRY
    title = "Ký học bạ\u202e\n<b>6A</b>"

    async for _ in page.sign(await first(page), title, items(3)):
        pass

    (asked,) = agent.asked("pin")
    assert asked["site"] == SITE
    assert asked["owner"] == "Nguyễn Thị Ánh"
    assert asked["token"] == "gv01"
    assert asked["titles"] == ["6A 01 NTA", "6A 02 NTA", "6A 03 NTA"]
    assert asked["title"] == "Ký học bạ<b>6A</b>"
    assert asked["tries"] == "last"


@pytest.mark.threat("D1")
@pytest.mark.feature("G4")
async def test_a_wrong_pin_is_tried_once_and_never_again_by_itself(
    page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    agent.answers(pin=["0000", PIN])
    job = await page.open(await first(page), "Ký", items(3))

    with pytest.raises(PinWrong) as wrong:
        await all_of(job)

    assert len(tokens.calls("login")) == len(agent.asked("pin")) == 1
    assert not tokens.calls("sign")
    assert "Sai mã PIN" in str(wrong.value.facts["text"])
    # the person asks for it again, and types it right
    assert len(await all_of(job)) == 3
    assert len(tokens.calls("login")) == 2


@pytest.mark.threat("D5")
async def test_a_batch_of_a_hundred_stops_at_the_first_pin_error(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    agent.answers(pin=["wrong"])
    job = await page.open(await first(page), "Ký", items(100))

    with pytest.raises(PinWrong):
        await all_of(job)

    assert job.values == {}
    assert len(tokens.calls("login")) == 1
    assert not tokens.calls("sign")


@pytest.mark.threat("D3")
async def test_a_locked_token_opens_no_window(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    tokens.tell("flags", 0x40000)  # CKF_USER_PIN_LOCKED
    job = await page.open(await first(page), "Ký", items(1))

    with pytest.raises(PinBlocked):
        await all_of(job)

    assert not agent.asked("pin")
    assert not tokens.calls("login")


@pytest.mark.threat("D16")
async def test_a_login_that_fails_for_another_reason_is_no_wrong_pin(page: AgentPage, tokens: Tokens):
    tokens.tell("login", 0x6)  # CKR_FUNCTION_FAILED
    job = await page.open(await first(page), "Ký", items(1))

    with pytest.raises(DriverFailed) as failed:
        await all_of(job)

    assert failed.value.facts["what"] == "login"


@pytest.mark.threat("D8")
@pytest.mark.threat("D7")
async def test_after_a_job_a_wrong_pin_does_not_pass_for_right(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    agent.answers(pin=[PIN, "wrong"])
    certificate = await first(page)
    async for _ in page.sign(certificate, "Ký", items(1)):
        pass
    assert tokens.calls("log") == ["login", "logout"]

    with pytest.raises(PinWrong):
        async for _ in page.sign(certificate, "Ký", items(1, "again")):
            pass


@pytest.mark.threat("D15")
async def test_cancel_in_the_window_signs_nothing(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    agent.answers(pin=[None])

    with pytest.raises(Rejected):
        async for _ in page.sign(await first(page), "Ký", items(2)):
            pass

    assert not tokens.calls("login")


@pytest.mark.threat("E11")
@pytest.mark.feature("G5")
@pytest.mark.feature("T10")
async def test_cancel_stops_within_one_signature_and_what_is_missing_can_be_signed_later(
    page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    tokens.tell("slow", 60)
    job = await page.open(await first(page), "Ký", items(45))
    at_cancel = 0

    with pytest.raises(Cancelled) as cancelled:
        async for _ in job.run():
            if len(job.values) == 5:
                at_cancel = len(tokens.calls("sign"))
                await job.cancel()

    assert len(tokens.calls("sign")) <= at_cancel + 1
    assert cancelled.value.facts["signed"] == len(job.values) < 45
    assert tokens.calls("logout")
    tokens.tell("slow", 0)
    before = len(job.values)

    assert len(await all_of(job)) == 45 - before

    assert len(job.values) == 45
    assert len(tokens.calls("sign")) == 45, "nothing is signed twice"
    assert agent.asked("pin")[1]["signed"] == before


@pytest.mark.threat("F3")
@pytest.mark.feature("G5")
@pytest.mark.feature("T10")
async def test_a_token_pulled_and_put_back_goes_on_with_the_next_item_after_a_new_pin(
    start_agent, tokens: Tokens, owner: Identity, token_ca: TestCa
):
    mine = tokens.add("gv01", owner)
    other = tokens.add("gv02", token_ca.issue_person("Trần Văn Bình", "001190000002"))
    tokens.tell("only", mine)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        job = await page.open(await first(page), "Ký", items(50))
        tokens.tell("pull_after", 10)
        with pytest.raises(TokenPulled):
            await all_of(job)
        assert len(job.values) == 10

        with pytest.raises(TokenMissing):
            await all_of(job)

        tokens.untell("removed")
        tokens.tell("only", other)
        with pytest.raises(OtherToken):
            await all_of(job)
        assert len(agent.asked("pin")) == len(tokens.calls("login")) == 1, "no PIN is asked for another token"

        tokens.tell("only", mine)
        rest = await all_of(job)

    assert list(rest) == [f"i{n}" for n in range(11, 51)]
    assert len(agent.asked("pin")) == len(tokens.calls("login")) == 2
    assert len(tokens.calls("sign")) == 50


@pytest.mark.threat("E8")
async def test_only_what_was_declared_is_signed(agent: RunningAgent, tokens: Tokens):
    declared = [{"id": one, "title": title, "digest": to_base64(digest)} for one, title, digest in items(2)]
    smuggled = {"id": "i3", "title": "6A 03 NTA", "digest": to_base64(items(3)[2][2])}
    async with RawPage(agent.address) as page:
        await page.say("hello")
        certificate = (await page.say("certificates"))["certificates"][0]["fingerprint"]
        opened = await page.say("open", certificate=certificate, hash="SHA-256", title="Ký", items=declared)
        for field, value in (("items", [*declared, smuggled]), ("digest", "AAAA"), ("order", ["i2", "i1"])):
            refused = await page.say("run", job=opened["job"], **{field: value})
            assert (refused["code"], refused["facts"]["field"]) == ("bad_input", field)
        assert not agent.asked("pin")

        assert await page.say("run", job=opened["job"]) == {"signed": 2, "of": 2}, "the job keeps its rest"
        # and a second run signs nothing more
        assert await page.say("run", job=opened["job"]) == {"signed": 2, "of": 2}

    assert len(tokens.calls("sign")) == 2
    assert len(tokens.calls("login")) == 1


@pytest.mark.threat("E9")
async def test_a_job_belongs_to_its_connection(page: AgentPage, agent: RunningAgent, tokens: Tokens):
    job = await page.open(await first(page), "Ký", items(2))

    async with await AgentPage.connect(agent.address, SITE) as second:
        with pytest.raises(NotFound):
            await all_of(PageJob(second, job.id))
        with pytest.raises(NotFound):
            await PageJob(second, job.id).cancel()

    assert not agent.asked("pin")
    assert len(await all_of(job)) == 2


@pytest.mark.threat("E6")
async def test_a_certificate_that_is_not_in_is_refused_before_a_pin(page: AgentPage, agent: RunningAgent):
    with pytest.raises(NotFound):
        await page.open("ab" * 32, "Ký", items(1))
    assert not agent.asked("pin")


@pytest.mark.threat("E7")
async def test_a_driver_that_lies_is_caught_before_the_page_gets_a_value(page: AgentPage, tokens: Tokens):
    tokens.tell("flip")
    job = await page.open(await first(page), "Ký", items(2))

    with pytest.raises(DriverFailed) as failed:
        await all_of(job)

    assert failed.value.facts["what"] == "value"
    assert job.values == {}


@pytest.mark.threat("D6")
async def test_another_site_does_not_ride_on_a_login(start_agent, tokens: Tokens, owner: Identity):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=(SITE, "https://b.example"))
    tokens.tell("slow", 50)
    async with (
        await AgentPage.connect(agent.address, SITE) as one,
        await AgentPage.connect(agent.address, "https://b.example") as two,
    ):
        certificate = await first(one)
        running = await one.open(certificate, "Ký", items(20))
        riding = await two.open(certificate, "Ký", items(1, "b"))
        async with aclosing(running.run()) as values:
            await anext(values)
            with pytest.raises(AgentBusy):
                await all_of(riding)
        assert len(tokens.calls("login")) == 1
        await asyncio.sleep(0.2)
        assert len(await all_of(riding)) == 1

    assert [asked["site"] for asked in agent.asked("pin")] == [SITE, "https://b.example"]
    assert len(tokens.calls("login")) == 2


@pytest.mark.feature("G7")
@pytest.mark.threat("E1")
@pytest.mark.threat("E2")
async def test_certificates_that_cannot_sign_are_shown_with_the_reason_and_refused(
    start_agent, tokens: Tokens, token_ca: TestCa, owner: Identity
):
    now, day = system_clock(), timedelta(days=1)
    bad = {
        "ended": token_ca.issue_person("Hết Hạn", "001190000003", start=now - 9 * day, end=now - day),
        "not_yet": token_ca.issue_person("Chưa Đến", "001190000004", start=now + day, end=now + 9 * day),
        "usage": token_ca.issue_person("Chỉ Đăng Nhập", "001190000005", login_only=True),
    }
    tokens.add("gv01", owner, *bad.values(), extra=owner.chain)
    agent = await start_agent()
    async with await AgentPage.connect(agent.address, SITE) as page:
        listed = {one.der: one for one in await page.certificates()}
        assert listed[owner.certificate].usable
        assert listed[owner.certificate].chain == owner.chain
        assert not set(owner.chain) & set(listed), "a CA's certificate is nobody's to choose"
        for reason, identity in bad.items():
            found = listed[identity.certificate]
            assert (found.usable, found.reason) == (False, reason)
            with pytest.raises(CertificateRefused) as refused:
                await page.open(found.fingerprint, "Ký", items(1))
            assert refused.value.facts["reason"] == reason
    assert not agent.asked("pin")


@pytest.mark.feature("G6")
@pytest.mark.threat("F1")
@pytest.mark.threat("F2")
async def test_a_page_that_watches_is_told_when_a_token_goes_and_comes(agent: RunningAgent, tokens: Tokens):
    async with RawPage(agent.address) as page, RawPage(agent.address) as stranger:
        assert (await stranger.say("watch"))["code"] == "not_approved"
        await page.say("hello")
        assert len((await page.say("watch"))["certificates"]) == 1

        tokens.tell("removed")
        gone = await page.hear()
        tokens.untell("removed")
        back = await page.hear()

        assert (gone["event"], gone["certificates"]) == ("tokens", [])
        assert len(back["certificates"]) == 1
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await stranger.socket.recv()
