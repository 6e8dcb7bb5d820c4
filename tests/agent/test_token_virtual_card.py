"""A card of software in a virtual reader, behind Debian's own smart card service and OpenSC: what SoftHSM2 cannot."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hocba_agent.testing.attacker import RawPage
from hocba_agent.testing.piv_card import make_card
from hocba_agent.testing.running import SITE, RunningAgent, items
from hocba_agent.testing.virtual_reader import VirtualReader, opensc
from hocba_core.agent_errors import OtherToken
from hocba_core.agent_protocol import Certificates, TokenCertificate
from hocba_core.certificate import Certificate
from hocba_core.errors import CertificateRefused, HocbaError, PinBlocked, PinWrong, TokenMissing, TokenPulled
from hocba_core.signature_value import check_value
from hocba_core.testing.pki import Identity, TestCa
from hocba_gateway.demo.agent_page import AgentPage, PageJob

pytestmark = pytest.mark.xdist_group("smart card service")

PIN = "246813"


class Card:
    """A card's folder, and what the card counted."""

    def __init__(self, folder: Path, owner: Identity) -> None:
        self.folder = folder
        self.owner = owner

    @property
    def left(self) -> int:
        return int(self._state["left"])

    @property
    def verified(self) -> int:
        """PINs that it was given, right or wrong."""
        return int(self._state["verified"])

    def change(self, **values: object) -> None:
        """Only while it is not in."""
        (self.folder / "card.json").write_text(json.dumps({**self._state, **values}))

    @property
    def _state(self) -> dict[str, object]:
        state: dict[str, object] = json.loads((self.folder / "card.json").read_text())
        return state


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[VirtualReader]:
    with VirtualReader(tmp_path / "reader") as virtual:
        yield virtual


def new_card(
    folder: Path, ca: TestCa, name: str = "Nguyễn Thị Hồng Nhung", key: str = "rsa", serial: bytes | None = None
) -> Card:
    login = ca.issue_person(name, "001190000001", login_only=True)
    owner = ca.issue_person(name, "001190000001", key=key)
    return Card(make_card(folder, PIN, serial or secrets.token_bytes(16), login, owner), owner)


@pytest.fixture
def card(tmp_path: Path, token_ca: TestCa) -> Card:
    return new_card(tmp_path / "card", token_ca)


@pytest.fixture
async def agent(start_agent, reader: VirtualReader) -> RunningAgent:
    started: RunningAgent = await start_agent(modules=(opensc(),), pin=[PIN], environment=reader.environment)
    return started


@pytest.fixture
async def page(agent: RunningAgent) -> AsyncIterator[AgentPage]:
    async with await AgentPage.connect(agent.address, SITE) as opened:
        yield opened


async def seen(page: AgentPage, count: int) -> list[TokenCertificate]:
    """Certificates, as soon as there are so many: a reader needs a moment."""
    for _ in range(200):
        listed = await page.certificates()
        if len(listed) == count:
            return listed
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{len(listed)} certificates instead of {count}")


async def opened(page: AgentPage, card: Card, count: int) -> PageJob:
    listed = {one.der: one for one in await seen(page, 2)}
    return await page.open(listed[card.owner.certificate].fingerprint, "Ký", items(count))


async def all_of(job: PageJob) -> dict[str, bytes]:
    return {item: value async for item, value in job.run()}


@pytest.mark.threat("D13")
@pytest.mark.threat("E1")
@pytest.mark.parametrize("key", ["rsa", "p256"])
async def test_a_signing_key_gets_its_pin_before_each_signature_and_the_person_is_asked_once(
    page: AgentPage, agent: RunningAgent, reader: VirtualReader, tmp_path: Path, token_ca: TestCa, key: str
):
    card = new_card(tmp_path / "card", token_ca, key=key)
    reader.insert(card.folder)
    listed = {one.der: one for one in await seen(page, 2)}
    signing = listed.pop(card.owner.certificate)
    (login,) = listed.values()
    assert (signing.usable, login.usable, login.reason) == (True, False, "usage")
    with pytest.raises(CertificateRefused):
        await page.open(login.fingerprint, "Ký", items(1))

    values = await all_of(await page.open(signing.fingerprint, "Ký", items(5)))

    for item, _, digest in items(5):
        check_value(Certificate.read(card.owner.certificate), digest, values[item])
    assert len(agent.asked("pin")) == 1
    assert card.verified >= 6, "one login, and one before each signature"
    assert agent.asked("pin")[0]["token"] == "Nguyễn Thị Hồng Nhung"


@pytest.mark.threat("F1")
@pytest.mark.threat("F2")
@pytest.mark.feature("G6")
async def test_a_page_hears_of_a_card_that_is_put_in_and_pulled(agent: RunningAgent, reader: VirtualReader, card: Card):
    async with RawPage(agent.address) as page:
        await page.say("hello")
        assert (await page.say("watch"))["certificates"] == []

        reader.insert(card.folder)
        came = await page.hear()
        reader.pull()
        went = await page.hear()

    assert (came["event"], len(came["certificates"])) == ("tokens", 2)
    assert went["certificates"] == []


@pytest.mark.threat("D1")
async def test_a_wrong_pin_costs_one_try_and_the_last_one_is_warned_of(
    page: AgentPage, agent: RunningAgent, reader: VirtualReader, card: Card
):
    agent.answers(consent=["once"], pin=["999999", "999998", "999997"])
    reader.insert(card.folder)
    job = await opened(page, card, 2)
    for left, told in ((2, {"few", "several"}), (1, {"last"})):
        with pytest.raises(PinWrong) as wrong:
            await all_of(job)
        assert card.left == left, "one try, no other slot, key or driver"
        assert wrong.value.facts["tries_left"] in told

    with pytest.raises(PinBlocked):
        await all_of(job)
    assert card.left == 0
    assert [asked["tries"] for asked in agent.asked("pin")][-1] == "last"


@pytest.mark.threat("D2")
@pytest.mark.threat("D3")
async def test_a_card_tells_of_its_last_try_and_opens_no_window_when_it_is_locked(
    page: AgentPage, agent: RunningAgent, reader: VirtualReader, card: Card
):
    card.change(left=1)
    reader.insert(card.folder)
    assert len(await all_of(await opened(page, card, 1))) == 1
    assert agent.asked("pin")[0]["tries"] == "last"

    reader.pull()
    await seen(page, 0)
    card.change(left=0)
    reader.insert(card.folder)
    with pytest.raises(PinBlocked):
        await all_of(await opened(page, card, 1))
    assert len(agent.asked("pin")) == 1


@pytest.mark.threat("F3")
@pytest.mark.feature("G5")
async def test_a_card_pulled_in_a_job_goes_on_when_it_is_back_and_another_is_refused(
    page: AgentPage, agent: RunningAgent, reader: VirtualReader, card: Card, tmp_path: Path, token_ca: TestCa
):
    reader.insert(card.folder, slow=50)
    job = await opened(page, card, 8)
    with pytest.raises(TokenPulled):
        async for _ in job.run():
            if len(job.values) == 3:
                reader.pull()
    done = len(job.values)
    assert 3 <= done <= 4

    await seen(page, 0)
    with pytest.raises(TokenMissing):
        await all_of(job)
    reader.insert(new_card(tmp_path / "other", token_ca, "Trần Văn Bình").folder)
    await seen(page, 2)
    with pytest.raises(OtherToken):
        await all_of(job)
    assert len(agent.asked("pin")) == 1
    reader.pull()
    await seen(page, 0)

    reader.insert(card.folder)
    await seen(page, 2)
    assert len(await all_of(job)) == 8 - done
    assert len(agent.asked("pin")) == 2


@pytest.mark.threat("F4")
async def test_a_card_that_comes_and_goes_at_any_moment_leaves_an_agent_that_signs(
    page: AgentPage, reader: VirtualReader, card: Card
):
    reader.insert(card.folder, slow=20)
    job = await opened(page, card, 40)
    for stop in (0, 1, 3, 6):
        at = len(job.values) + stop
        try:
            async for _ in job.run():
                if len(job.values) >= at:
                    reader.pull()
                    at = 1000
        except HocbaError as error:
            assert isinstance(error, TokenPulled | TokenMissing), error
        reader.insert(card.folder, slow=20)
        await seen(page, 2)
    while len(job.values) < 40:
        await all_of(job)
    for item, _, digest in items(40):
        check_value(Certificate.read(card.owner.certificate), digest, job.values[item])


@pytest.mark.threat("F5")
@pytest.mark.parametrize("serial", [None, bytes(16)])
async def test_two_cards_at_once_are_two_tokens_even_where_they_have_no_serial(
    page: AgentPage, reader: VirtualReader, tmp_path: Path, token_ca: TestCa, serial: bytes | None
):
    first, second = (new_card(tmp_path / name, token_ca, serial=serial) for name in ("first", "second"))
    reader.insert(first.folder, 0)
    reader.insert(second.folder, 1)
    listed = await seen(page, 4)
    assert len({one.token_serial for one in listed}) == (1 if serial else 2)
    chosen = next(one for one in listed if one.der == second.owner.certificate)
    assert len(await all_of(await page.open(chosen.fingerprint, "Ký", items(2)))) == 2
    assert (first.verified, second.verified > 0) == (0, True)


@pytest.mark.threat("F7")
async def test_the_smart_card_service_stops_and_starts_and_the_agent_recovers(
    page: AgentPage, reader: VirtualReader, card: Card
):
    reader.insert(card.folder)
    assert len(await all_of(await opened(page, card, 1))) == 1

    reader.pull()
    reader.stop_service()
    await seen(page, 0)
    told = await page.call(Certificates())
    assert {"name": "PC/SC", "trouble": "service_off"} in told["drivers"]

    reader.start_service()
    reader.insert(card.folder)
    assert len(await all_of(await opened(page, card, 2))) == 2
    assert (await page.call(Certificates()))["drivers"] == []
