"""Every number of Viettel's is mapped, and the unknown ones are treated by rule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hocba_core.errors import (
    AccountUnknown,
    CertificateEnded,
    HocbaError,
    OutcomeUnknown,
    OutOfTurns,
    RefusesUs,
    RequestRefused,
    SessionEnded,
    SettingWrong,
    Unavailable,
)
from hocba_core.provider import Pending
from hocba_core.testing.clock import HandClock
from hocba_core.testing.fake_vendor import Fault, Operation
from hocba_core.testing.phone import Mood, State
from hocba_core.testing.stage import Stage, good_items, make_request
from hocba_core.vendor_http import Answer
from hocba_viettel_mysign import faults
from hocba_viettel_mysign.provider import NOBODY, ViettelMySign
from hocba_viettel_mysign.simulator import Simulator

pytestmark = pytest.mark.feature("P1")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    clock = HandClock()
    async with Simulator(clock=clock) as fake:
        made = Stage(ViettelMySign, fake, clock)
        yield made
        await made.close()


@pytest.mark.parametrize(
    ("code", "status", "acts", "kind"),
    [
        ("58007", 200, False, RefusesUs),
        ("86024", 401, False, RefusesUs),
        ("86002", 400, True, RefusesUs),
        ("58008", 200, False, AccountUnknown),
        ("59033", 401, False, AccountUnknown),
        ("58038", 401, True, SessionEnded),
        ("4005", 200, True, OutOfTurns),
        ("13004", 200, True, CertificateEnded),
        ("50000", 200, True, OutcomeUnknown),
        ("50000", 200, False, Unavailable),
        ("99999", 502, True, OutcomeUnknown),
        ("99999", 400, True, RequestRefused),
        ("99999", 200, False, RequestRefused),
    ],
)
def test_an_error_number_becomes_the_narrowest_kind(code: str, status: int, acts: bool, kind: type[HocbaError]) -> None:
    answer = Answer("viettel_mysign", status, b"", "7f3a", acts)
    error = faults.refusal(answer, code, "Số CCCD 001085000017\nkhông hợp lệ")

    assert type(error) is kind
    assert error.facts["vendor_code"] == code
    assert error.facts["vendor_message"] == "Số CCCD … không hợp lệ"


@pytest.mark.fault(19)
@pytest.mark.parametrize(("mood", "kind"), [(Mood.FAIL, RequestRefused), (Mood.ENDED, CertificateEnded)])
async def test_other_endings_of_a_transaction(stage: Stage, mood: Mood, kind: type[HocbaError]) -> None:
    stage.fake.phone.will(mood)
    with pytest.raises(kind):
        await stage.finish(await stage.ask())


@pytest.mark.parametrize("status", sorted(faults.WAITING))
async def test_waiting_statuses_wait(status: str) -> None:
    assert faults.ended(Answer("viettel_mysign", 200, b"", "", False), status, "") is None


async def test_a_status_that_nobody_described_is_waited_for_and_then_unknown(stage: Stage) -> None:
    stage.fake.phone.will(Mood.IGNORE)
    asked = await stage.ask()
    assert isinstance(asked.answer, Pending)
    assert isinstance(stage.fake, Simulator)
    stage.fake.statuses |= {State.WAITING: "7777", State.LAPSED: "7777"}

    assert await asked.provider.poll(asked.session, asked.answer) == asked.answer
    stage.clock.advance(timedelta(seconds=300))
    with pytest.raises(OutcomeUnknown) as told:
        await asked.provider.poll(asked.session, asked.answer)
    assert told.value.facts["vendor_code"] == "7777"


@pytest.mark.fault(10)
async def test_a_token_that_is_over_is_not_tried_and_a_new_one_needs_nobody(stage: Stage) -> None:
    stage.fake.phone.will(Mood.IGNORE)
    asked = await stage.ask()
    stage.clock.advance(timedelta(seconds=3600))
    before = stage.fake.heard[Operation.POLL]
    assert isinstance(asked.answer, Pending)
    with pytest.raises(SessionEnded):
        await asked.provider.poll(asked.session, asked.answer)
    assert stage.fake.heard[Operation.POLL] == before

    session = await asked.provider.refresh(asked.session)
    assert session.expires_at > stage.clock()


@pytest.mark.fault(10)
async def test_tokens_forgotten_by_the_vendor_end_the_session_before_anybody_is_asked(stage: Stage) -> None:
    provider, person = stage.provider(), stage.person()
    session = await stage.session(provider, person)
    credential = await stage.credential(provider, session)
    assert isinstance(stage.fake, Simulator)
    stage.fake.end_tokens()
    with pytest.raises(SessionEnded):
        await provider.start(session, make_request(credential, 1))
    assert not stage.fake.transactions


async def test_an_undecodable_value_spoils_its_item_only(stage: Stage) -> None:
    asked = await stage.ask(count=3)
    stage.fake.misbehave(Fault.UNDECODABLE, Operation.POLL)
    completed = await stage.finish(asked)
    assert good_items(asked.request, completed) == {"item-2", "item-3"}
    assert len(completed.values) == 3


@pytest.mark.feature("P8")
@pytest.mark.parametrize(
    ("ending", "code"), [("-reject", "rejected"), ("-expire", "lapsed"), ("-noturn", "out_of_turns")]
)
async def test_the_user_names_ending_scripts_the_phone(stage: Stage, ending: str, code: str) -> None:
    person = stage.fake.add_person("Nguyễn Thị An", "001085000017", user=f"CMT_001085000017{ending}")
    with pytest.raises(HocbaError) as told:
        asked = await stage.ask(person)
        stage.clock.advance(timedelta(seconds=2))
        await stage.finish(asked)
    assert told.value.code == code


@pytest.mark.feature("P8")
async def test_a_slow_person_takes_three_seconds(stage: Stage) -> None:
    person = stage.fake.add_person("Nguyễn Thị An", "001085000017", user="CMT_001085000017-slow")
    asked = await stage.ask(person)
    began = stage.clock()
    await stage.finish(asked)
    assert stage.clock() - began >= timedelta(seconds=3)


async def test_check_asks_about_nobody_unless_a_person_is_set(stage: Stage) -> None:
    settings = {**stage.fake.settings(), "check_user_id": NOBODY}
    with pytest.raises(AccountUnknown):
        await stage.provider(settings).check()


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_secret": None}, "client_secret"),
        ({"base_url": "http://remotesigning.viettel.vn"}, "base_url"),
        ({"batch_limit": 0}, "batch_limit"),
        ({"batch_limit": True}, "batch_limit"),
        ({"poll_seconds": "3"}, "poll_seconds"),
        ({"sign_algorithm": "1.2.840.113549.1.1.5"}, "sign_algorithm"),
        ({"ca_file": "/nowhere/ca.pem"}, "ca_file"),
        ({"clientid": "x"}, "clientid"),
    ],
)
def test_a_wrong_setting_is_named(change: dict[str, object], setting: str) -> None:
    with pytest.raises(SettingWrong) as told:
        ViettelMySign({"client_id": "a", "client_secret": "shh", **change}, HandClock())
    assert told.value.facts["setting"] == f"providers.viettel_mysign.{setting}"
    assert "shh" not in str(told.value)
