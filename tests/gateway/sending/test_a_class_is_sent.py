"""Completed, packed, sealed, sent, answered: against a portal that verifies what arrives as a stranger would."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hocba_core.audit import Event
from hocba_core.clock import from_millis
from hocba_core.errors import Conflict, NotFound
from hocba_core.package import read_package
from hocba_core.verify.package import verify_package
from hocba_gateway.sending.make import make_packages
from hocba_gateway.sending.status import package_status
from hocba_gateway.signing.actions import undo_completion
from hocba_gateway.store.schema import packages
from hocba_gateway.testing.world import CLASS
from hocba_reception_portal.simulator import Simulator

pytestmark = pytest.mark.feature("T15")


@pytest.mark.feature("T14")
async def test_a_completed_class_goes_from_packing_to_the_portals_answer(make_office: Any) -> None:
    office = await make_office(pupils=3)
    made = await office.make()
    assert made.needs_seal and not made.left
    assert [one.transcripts for one in made.packages] == [office.world.transcripts]
    seen = [(await office.package()).state]

    assert await office.sender.once() == 0, "nothing is sent before the school has sealed it"
    await office.seal(made)
    seen.append((await office.package()).state)
    await office.sender.once()
    seen.append((await office.package()).state)
    assert set((await office.deliveries()).values()) == {"waiting"}
    await office.go_on()
    package = await office.package()
    seen.append(package.state)

    assert seen == ["Chờ ký gói", "Đang gửi", "Chờ phản hồi", "Đã gửi"]
    assert package.count == 3 and package.receipt in office.portal.receipts
    assert set((await office.deliveries()).values()) == {"sent"}
    assert set(office.portal.held) == set(office.world.transcripts)
    for identity in office.world.transcripts:
        row = await office.transcript(identity)
        assert from_millis(row.delivered_at) == office.portal.receipts[package.receipt].at
        assert office.portal.held[identity].sha256 == row.record


async def test_what_is_sent_is_valid_for_a_stranger_and_audited_with_its_digest(make_office: Any) -> None:
    office = await make_office(pupils=2)
    await office.seal(await office.make())
    await office.go_on()

    events = await office.events()
    assert [event for event, _ in events] == [
        Event.PACKED,
        Event.PACKAGE_SEALED,
        Event.PACKAGE_SENT,
        Event.PACKAGE_ANSWERED,
    ]
    sent = await office.scope.blobs.get(events[2][1]["sha256"])
    assert verify_package(sent, office.world.desk.trust, office.world.clock()).outcome == "valid"
    manifest = read_package(sent).manifest
    assert (manifest.class_name, manifest.year, manifest.school_code) == ("9A", "2025-2026", "99000501")
    assert [receipt.sha256 for receipt in office.portal.receipts.values()] == [sha256(sent).hexdigest()]
    assert events[3][1]["accepted"] == sorted(office.world.transcripts)


@pytest.mark.feature("T14")
async def test_what_is_not_completed_stays_and_says_why(make_office: Any) -> None:
    office = await make_office(pupils=3, completed=2)
    made = await office.make()
    assert [one.transcripts for one in made.packages] == [office.world.transcripts[:2]]
    assert [(one.subject, one.facts["reason"]) for one in made.left] == [(office.world.transcripts[2], "not_completed")]
    await office.seal(made)
    await office.go_on()
    assert set(office.portal.held) == set(office.world.transcripts[:2])
    assert (await office.deliveries())[office.world.transcripts[2]] == "none"


@pytest.mark.feature("T14")
async def test_completion_cannot_be_undone_once_it_is_packed(make_office: Any) -> None:
    office = await make_office(pupils=2)
    await office.make()
    with pytest.raises(Conflict) as caught:
        await undo_completion(office.scope, office.world.transcripts, "nhầm", "account-admin")
    assert caught.value.facts["reason"] == "sent"


async def test_nothing_is_packed_outside_the_departments_window(make_office: Any) -> None:
    office = await make_office(pupils=1)
    now, day = office.world.clock(), timedelta(days=1)

    await office.set_window(now + day, now + 2 * day)
    with pytest.raises(Conflict) as early:
        await office.make()
    await office.set_window(now - 2 * day, now)
    with pytest.raises(Conflict) as late:
        await office.make()
    assert (early.value.facts["state"], late.value.facts["state"]) == ("before_window", "after_window")
    assert early.value.facts["opens"] == (now + day).isoformat()
    assert late.value.facts["closes"] == now.isoformat()
    assert await office.packages() == []

    await office.set_window(now, None)
    assert len((await office.make()).packages) == 1


async def test_pressed_twice_at_once_makes_one_package(make_office: Any) -> None:
    office = await make_office(pupils=2)
    both = await asyncio.gather(office.make(), office.make())
    assert sorted(len(made.packages) for made in both) == [0, 1]
    again = await office.make()
    assert {one.facts["reason"] for one in again.left} == {"sent"}
    assert len(await office.packages()) == 1


async def test_sixty_records_are_two_packages_in_the_order_of_the_list(make_office: Any) -> None:
    office = await make_office(pupils=60)
    made = await office.make()
    assert [len(one.transcripts) for one in made.packages] == [50, 10]
    assert made.packages[0].transcripts + made.packages[1].transcripts == office.world.transcripts
    await office.seal(made)
    await office.go_on()
    assert len(office.portal.held) == 60
    assert [one.state for one in await office.packages()] == ["Đã gửi", "Đã gửi"]


async def test_a_portal_that_wants_less_in_a_package_gets_less(make_office: Any) -> None:
    office = await make_office(pupils=3)
    await office.set_portal(records_per_package=2)
    made = await office.make()
    assert [len(one.transcripts) for one in made.packages] == [2, 1]


class WantsNoSeal(Simulator):
    wants_seal = False


async def test_a_portal_that_wants_no_seal_is_sent_to_at_once(make_office: Any) -> None:
    office = await make_office(pupils=2, portal=WantsNoSeal)
    await office.set_portal(sealed_packages="no")
    made = await office.make()
    assert not made.needs_seal
    assert (await office.package()).state == "Đang gửi"
    await office.go_on()
    assert set((await office.deliveries()).values()) == {"sent"}


async def test_an_unknown_class_is_told_as_such(make_office: Any) -> None:
    office = await make_office(pupils=1)
    async with office.portals.use(office.scope) as connector:
        can = connector.can
    with pytest.raises(NotFound):
        await make_packages(office.world.desk, office.scope, "class-none", "a", portal_can=can)
    with pytest.raises(NotFound):
        async with office.scope.read() as tx:
            await package_status(tx, "no-package")


async def test_another_school_sees_nothing_of_it(make_office: Any) -> None:
    office = await make_office(pupils=1)
    made = await office.make()
    async with office.world.store.scoped("school-2").read() as tx:
        assert await tx.rows(packages.select().where(tx.of(packages))) == []
        with pytest.raises(NotFound):
            await package_status(tx, made.packages[0].id)
    other = office.world.store.scoped("school-2")
    async with office.portals.use(office.scope) as connector:
        can = connector.can
    with pytest.raises(NotFound):
        await make_packages(office.world.desk, other, CLASS, "account-b", portal_can=can)
