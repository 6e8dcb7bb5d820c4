"""Portals are slow, busy, away, or refuse; nobody presses anything twice, and nothing arrives twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hocba_core.audit import Event
from hocba_core.errors import Nonsense
from hocba_core.portal import Receipt, ReceiptState, RecordOutcome
from hocba_core.testing.clock import DEFAULT_START
from hocba_core.testing.fake_portal import PortalOperation
from hocba_core.testing.faults import Fault
from hocba_gateway.sending.settle import outcomes_of

pytestmark = pytest.mark.feature("T15")

SEND, STATUS = PortalOperation.SEND, PortalOperation.STATUS


async def _sealed(make_office: Any, **how: Any) -> Any:
    office = await make_office(**{"pupils": 2, **how})
    await office.seal(await office.make())
    return office


@pytest.mark.parametrize(
    "fault",
    [Fault.DROP, Fault.HALF, Fault.HTML, Fault.GARBAGE, Fault.EMPTY, Fault.LATE_500, Fault.REFUSED_401],
    ids=str,
)
async def test_an_answer_is_lost_and_the_package_arrives_once(make_office: Any, fault: Fault) -> None:
    office = await _sealed(make_office)
    office.portal.misbehave(fault, SEND)
    await office.go_on()
    assert len(office.portal.receipts) == 1
    assert set((await office.deliveries()).values()) == {"sent"}
    assert [event for event, _ in await office.events()].count(Event.PACKAGE_SENT) == 1
    if fault is not Fault.REFUSED_401:
        assert list(office.portal.arrived.values()) == [2], "the same bytes came twice and were taken once"


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.HTML, Fault.GARBAGE, Fault.BROKEN_500, Fault.BUSY_429], ids=str)
async def test_a_broken_answer_about_a_receipt_is_asked_again(make_office: Any, fault: Fault) -> None:
    office = await _sealed(make_office)
    office.portal.misbehave(fault, STATUS, times=2)
    await office.go_on()
    assert set((await office.deliveries()).values()) == {"sent"}
    assert list(office.portal.arrived.values()) == [1], "what was taken is not sent again, only asked for"


async def test_a_portal_that_is_down_is_waited_for(make_office: Any) -> None:
    office = await _sealed(make_office)
    host, port = office.portal.url.removeprefix("http://").split(":")
    await office.portal.stop()
    for _ in range(20):
        await office.sender.once()
        office.world.clock.advance(timedelta(seconds=1))
    package = await office.package()
    assert (package.state, package.trouble) == ("Đang gửi", "provider_unavailable")
    assert package.next_at is not None and not office.portal.receipts
    waited = package.next_at - office.world.clock()
    assert waited <= timedelta(seconds=60), "it never waits longer than that"

    await office.portal.start(host, int(port))
    await office.go_on(seconds=120)
    package = await office.package()
    assert (package.state, package.trouble) == ("Đã gửi", None)


async def test_a_portal_behind_a_load_balancer_that_has_nobody(make_office: Any) -> None:
    office = await _sealed(make_office)
    office.portal.down = True
    await office.sender.once()
    assert (await office.package()).trouble is not None
    office.portal.down = False
    await office.go_on()
    assert set((await office.deliveries()).values()) == {"sent"}


async def test_a_busy_portal_is_given_the_time_it_asks_for(make_office: Any) -> None:
    office = await _sealed(make_office)
    office.portal.misbehave(Fault.BUSY_429, SEND)
    await office.sender.once()
    package = await office.package()
    assert package.trouble == "provider_busy"
    assert package.next_at == office.world.clock() + timedelta(seconds=7)
    await office.go_on()
    assert (await office.package()).state == "Đã gửi"


async def test_a_receipt_that_the_portal_has_lost_sends_the_same_bytes_again(make_office: Any) -> None:
    office = await _sealed(make_office)
    await office.sender.once()
    assert (await office.package()).state == "Chờ phản hồi"
    for kept in (office.portal.receipts, office.portal._by_key, office.portal.held):  # as after an old backup
        kept.clear()
    await office.go_on()
    assert (await office.package()).receipt in office.portal.receipts
    assert set((await office.deliveries()).values()) == {"sent"}


async def test_one_refused_record_has_its_reason_and_the_others_are_sent(make_office: Any) -> None:
    office = await _sealed(make_office, pupils=3)
    bad = office.world.transcripts[1]
    office.portal.refuse(bad, "Sai mã môn học")
    await office.go_on()

    package = await office.package()
    assert package.state == "Đã gửi"
    assert [(one.transcript, one.code, one.message) for one in package.refusals] == [
        (bad, "TU_CHOI_THU", "Sai mã môn học")
    ]
    row = await office.transcript(bad)
    assert (row.delivery, row.delivery_reason) == ("refused", "Sai mã môn học")
    assert sorted((await office.deliveries()).values()) == ["refused", "sent", "sent"]
    answered = (await office.events())[-1][1]
    assert answered["refused"] == [[bad, "TU_CHOI_THU"]] and len(answered["accepted"]) == 2

    again = await office.make()
    assert [one.transcripts for one in again.packages] == [(bad,)], "only what was refused may go again"
    await office.seal(again)
    await office.go_on()
    row = await office.transcript(bad)
    assert (row.delivery, row.delivery_reason) == ("sent", None)


async def test_a_package_that_is_refused_as_a_whole_refuses_each_record_and_may_go_again(make_office: Any) -> None:
    office = await _sealed(make_office, schools=["11000001"])
    await office.go_on()
    package = await office.package()
    assert (package.state, package.code) == ("Bị từ chối", "TRUONG_LA")
    rows = [await office.transcript(identity) for identity in office.world.transcripts]
    assert {row.delivery_reason for row in rows} == {"Trường không có trong danh sách được gửi"}
    assert not office.portal.held

    office.portal.schools = frozenset()
    await office.seal(await office.make())
    await office.go_on()
    assert set((await office.deliveries()).values()) == {"sent"}


async def test_a_package_that_the_portal_does_not_even_take_is_refused_with_its_reason(make_office: Any) -> None:
    office = await _sealed(make_office)
    await office.set_portal(idempotency_header="X-Khac")
    await office.go_on()
    package = await office.package()
    assert (package.state, package.code, package.receipt) == ("Bị từ chối", "THIEU_KHOA", None)
    assert [event for event, _ in await office.events()][-1] == Event.PACKAGE_ANSWERED


async def test_a_wrong_account_names_the_setting_and_goes_on_when_it_is_mended(make_office: Any) -> None:
    office = await _sealed(make_office)
    await office.set_portal(client_secret="wrong")
    await office.sender.once()
    package = await office.package()
    assert (package.state, package.trouble) == ("Đang gửi", "provider_refuses_us")
    assert package.trouble_facts["setting"] == "portals.reception_portal.client_secret"
    await office.set_portal()
    await office.go_on()
    assert (await office.package()).state == "Đã gửi"


async def test_a_department_without_a_portal_is_waited_for(make_office: Any) -> None:
    office = await _sealed(make_office)
    await office.set_department(portal=None, portal_settings=None)
    await office.sender.once()
    assert (await office.package()).trouble == "not_found"
    await office.set_portal()
    await office.go_on()
    assert (await office.package()).state == "Đã gửi"


async def test_the_portal_is_built_once_until_its_settings_change(make_office: Any) -> None:
    office = await make_office(pupils=1)
    async with office.portals.use(office.scope) as first, office.portals.use(office.scope) as again:
        assert again is first
    await office.set_portal(records_per_package=7)
    async with office.portals.use(office.scope) as second:
        assert second is not first and second.can.records_per_package == 7


async def test_who_has_a_portal_in_hand_keeps_it_when_its_settings_change(make_office: Any) -> None:
    office = await make_office(pupils=1)
    async with office.portals.use(office.scope) as first:
        await office.set_portal(records_per_package=7)
        async with office.portals.use(office.scope) as second:
            assert second is not first
            await second.check()
        await first.check()


async def test_who_has_lost_the_lease_changes_nothing(make_office: Any) -> None:
    office = await _sealed(make_office)
    package = (await office.package()).id
    await office.sender._advance_row(office.scope, package, "somebody-else")
    assert (await office.package()).state == "Đang gửi"
    assert not office.portal.receipts


RECEIPT = Receipt("BN-1", ReceiptState.ACCEPTED, DEFAULT_START)


def test_an_accepted_receipt_without_a_list_accepts_everything() -> None:
    assert [one.accepted for one in outcomes_of(RECEIPT, ["a", "b"])] == [True, True]


def test_a_receipt_that_is_silent_about_one_record_is_not_believed() -> None:
    with pytest.raises(Nonsense):
        outcomes_of(replace(RECEIPT, records=(RecordOutcome("a", True),)), ["a", "b"])


def test_a_refused_package_refuses_each_record_with_its_own_reason_where_it_has_one() -> None:
    receipt = replace(
        RECEIPT,
        state=ReceiptState.REFUSED,
        code="X",
        message="gói",
        records=(RecordOutcome("a", False, "Y", "bản ghi"), RecordOutcome("b", True)),
    )
    assert outcomes_of(receipt, ["a", "b"]) == (
        RecordOutcome("a", False, "Y", "bản ghi"),
        RecordOutcome("b", False, "X", "gói"),
    )


@pytest.mark.parametrize("identity", ["", "x" * 101])
def test_a_receipt_whose_id_is_of_no_use_is_not_believed(identity: str) -> None:
    with pytest.raises(Nonsense):
        outcomes_of(replace(RECEIPT, id=identity, state=ReceiptState.WAITING), ["a"])
