"""What an approving office does leaves its trace: one chain per office, as one per school, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hocba_core.audit import Entry, Event, first_break
from hocba_core.secret import Secret
from hocba_core.trust import TrustStore
from hocba_gateway.services.departments import found_department
from hocba_gateway.store.schema import audit, departments
from hocba_reception_portal.simulator import Simulator
from sqlalchemy import select, update


async def chain(server, department: str) -> list[Entry]:
    async with server.gateway.store.office(department).read() as tx:
        rows = await tx.rows(select(audit).where(tx.of(audit)).order_by(audit.c.seq))
    return [Entry(row.seq, row.at, row.actor, row.event, row.facts, row.previous, row.hash) for row in rows]


async def office_of(server, code: str) -> str:
    async with server.gateway.store.across_schools() as connection:
        found = await connection.execute(select(departments.c.id).where(departments.c.code == code))
        return str(found.scalar_one())


@pytest.fixture
async def portal(clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock, trust=TrustStore.of([], [])) as started:
        yield started


async def test_every_act_of_an_office_is_a_link_with_who_and_what(server, empty, stranger, portal):
    own = await office_of(server, "99")
    officer = (await empty.officer.ok("GET", "/me"))["account"]
    settings = dict(portal.settings())
    await empty.officer.ok("PUT", "/department/portal", {"portal": "reception_portal", "settings": settings})
    window = {"start": "2026-05-01T00:00:00+07:00", "until": None}
    await empty.officer.ok("PUT", "/department/window", window)
    wrong = {"username": "so-99", "password": "khong-phai-mat-khau"}
    assert (await server.nobody().call("POST", "/login", wrong)).status == 401
    links = await chain(server, own)
    assert [link.event for link in links] == [
        Event.OFFICE_FOUNDED, Event.LOGIN, Event.SCHOOL_CREATED, Event.PORTAL_SETTINGS, Event.SEND_WINDOW,
        Event.LOGIN_FAILED,
    ]  # fmt: skip
    assert first_break(links) is None
    assert [link.actor for link in links] == [None, *[officer] * 5]
    assert links[2].facts == {"school": empty.id, "code": "9999001001"}
    assert links[3].facts == {"portal": "reception_portal"}
    assert links[4].facts == {"start": 1777568400000, "until": None}
    told = str([link.facts for link in links])
    assert not any(str(value) in told for name, value in settings.items() if "secret" in name)
    others = await chain(server, await office_of(server, "98"))
    assert [link.event for link in others] == [Event.OFFICE_FOUNDED, Event.LOGIN, Event.SCHOOL_CREATED]
    assert first_break(others) is None


async def test_a_new_password_of_an_officer_is_a_link(server, empty):
    own = await office_of(server, "99")
    new = Secret("mot-mat-khau-khac-99")
    await found_department(server.gateway.store, server.gateway.passwords, "99", "Sở 99", "so-99", new, reset=True)
    last = (await chain(server, own))[-1]
    assert (last.event, last.actor) == (Event.OFFICER_PASSWORD, None)
    assert new.reveal() not in str(last.facts)


async def test_what_is_refused_leaves_no_link(server, empty):
    own = await office_of(server, "99")
    before = len(await chain(server, own))
    taken = await empty.officer.call("POST", "/department/schools", {"code": "9999001001", "name": "Trường nữa"})
    assert taken.status == 409
    assert (await empty.officer.call("PUT", "/department/portal", {"portal": "khong-co", "settings": {}})).status == 422
    assert len(await chain(server, own)) == before


@pytest.mark.fault(58)
async def test_an_altered_link_of_an_office_is_found(server, empty):
    own = await office_of(server, "99")
    async with server.gateway.store.office(own).write() as tx:
        await tx.execute(update(audit).where(tx.of(audit), audit.c.seq == 3).values(facts={"school": "khac"}))
    assert first_break(await chain(server, own)) == 3
