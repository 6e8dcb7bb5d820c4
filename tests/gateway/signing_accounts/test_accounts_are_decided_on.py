"""A6, A3, A10: yes or no to one or many, and who signs meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hocba_core.errors import BadInput, CertificateRefused, Conflict, NotFound
from hocba_gateway.signing_accounts.decide import Owner, approve, reject
from hocba_gateway.signing_accounts.listing import (
    list_school_certificates,
    list_staff,
    own_account,
    school_certificate,
)
from hocba_gateway.store.schema import people
from hocba_gateway.testing.sample_school import SCHOOL_PROFILE

pytestmark = pytest.mark.feature("A6")

YEAR = "2025-2026"
SCHOOL, TAX = SCHOOL_PROFILE.name, SCHOOL_PROFILE.tax_number


async def staff(town):
    async with town.scope.read() as tx:
        return {one.person_id: one for one in await list_staff(tx, YEAR)}


async def test_many_are_approved_at_once(town):
    made = [(await town.remote("an")).id, (await town.token("binh", town.own("binh"))).id]
    decided = await approve(town.scope, made, Owner.PEOPLE, actor="acc-duyet", person_id="duyet")
    assert {one.id for one in decided} == set(made)
    assert not any(one.own or one.replaced for one in decided)
    assert set((await town.states()).values()) == {"approved"}
    event = (await town.events())[-1]
    assert event.event == "signing_account.decided"
    assert (event.actor, event.facts["state"], set(event.facts["accounts"])) == ("acc-duyet", "approved", set(made))


async def test_a_rejection_needs_a_reason_that_its_owner_reads(town):
    made = await town.remote("an")
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(BadInput):
            await reject(town.scope, [made.id], Owner.PEOPLE, reason, actor="acc-duyet")
    await reject(town.scope, [made.id], Owner.PEOPLE, " Sai nhà cung cấp ", actor="acc-duyet")
    async with town.scope.read() as tx:
        own = await own_account(tx, YEAR, "an")
    assert (own.state_name, own.current.reason, own.waiting) == ("Từ chối duyệt", "Sai nhà cung cấp", None)
    await town.remote("an")
    assert (await staff(town))["an"].account.state_name == "Đã đăng ký, chờ duyệt"


async def test_approving_ones_own_is_allowed_and_marked(town):
    mine, other = await town.remote("duyet"), await town.remote("an")
    decided = await approve(town.scope, [mine.id, other.id], Owner.PEOPLE, actor="acc-duyet", person_id="duyet")
    assert {one.id: one.own for one in decided} == {mine.id: True, other.id: False}
    assert (await town.events())[-1].facts["own"] == [mine.id]
    listed = await staff(town)
    assert listed["duyet"].account.current.own and not listed["an"].account.current.own
    assert listed["an"].account.current.decided_by == "duyet@school-1"


@pytest.mark.feature("A10")
async def test_the_old_account_signs_until_the_new_one_is_approved(town):
    old = await town.remote("an")
    await approve(town.scope, [old.id], Owner.PEOPLE, actor="acc-duyet")
    town.clock.advance(timedelta(minutes=1))
    rejected = await town.token("an", town.own("an"))
    await reject(town.scope, [rejected.id], Owner.PEOPLE, "chưa cần", actor="acc-duyet")
    town.clock.advance(timedelta(minutes=1))
    new = await town.token("an", town.own("an"))
    assert await town.states() == {old.id: "approved", rejected.id: "rejected", new.id: "pending"}
    account = (await staff(town))["an"].account
    assert (account.state_name, account.current.id, account.waiting.id) == ("Đã duyệt tài khoản", old.id, new.id)
    (decided,) = await approve(town.scope, [new.id], Owner.PEOPLE, actor="acc-duyet")
    assert decided.replaced == (old.id,)
    assert await town.states() == {old.id: "replaced", rejected.id: "rejected", new.id: "approved"}
    account = (await staff(town))["an"].account
    assert (account.current.id, account.waiting) == (new.id, None)
    assert [one.id for one in account.history] == [new.id, rejected.id, old.id]


async def test_all_or_none(town):
    made = await town.remote("an")
    for others, kind in ((["khác"], NotFound), ([], NotFound)):
        with pytest.raises(kind):
            await approve(town.scope, [made.id, *others] if others else [], Owner.PEOPLE, actor="acc-duyet")
    done = await town.remote("binh")
    await approve(town.scope, [done.id], Owner.PEOPLE, actor="acc-duyet")
    with pytest.raises(Conflict):
        await reject(town.scope, [made.id, done.id], Owner.PEOPLE, "muộn", actor="acc-duyet")
    assert await town.states() == {made.id: "pending", done.id: "approved"}


async def test_one_that_ended_while_it_waited_is_not_approved(town):
    made = await town.remote("an", town.own("an", end=town.clock() + timedelta(days=2)))
    town.clock.advance(timedelta(days=3))
    with pytest.raises(CertificateRefused) as refusal:
        await approve(town.scope, [made.id], Owner.PEOPLE, actor="acc-duyet")
    assert refusal.value.facts["reason"] == "ended"
    await reject(town.scope, [made.id], Owner.PEOPLE, "hết hạn", actor="acc-duyet")


async def test_no_school_decides_on_anothers(town, make_school):
    made = await town.remote("an")
    other = await make_school("school-2")
    with pytest.raises(NotFound):
        await approve(other, [made.id], Owner.PEOPLE, actor="acc-duyet")


@pytest.mark.feature("A3")
async def test_a_schools_certificate_is_the_departments_to_decide(town, make_school, store):
    made = await town.seal(town.seal_ca.issue_school(SCHOOL, TAX))
    with pytest.raises(NotFound):
        await approve(town.scope, [made.id], Owner.PEOPLE, actor="acc-duyet")
    await make_school("school-2")
    await make_school("elsewhere", department="khác")
    listed = await list_school_certificates(store, "so", YEAR)
    assert {one.school: one.account.state_name for one in listed} == {
        "school-1": "Chờ duyệt đăng ký", "school-2": "Chưa đăng ký",
    }  # fmt: skip
    await approve(town.scope, [made.id], Owner.SCHOOL, actor="officer")
    async with town.scope.read() as tx:
        seal = await school_certificate(tx, YEAR)
    assert (seal.state_name, seal.current.id) == ("Đã duyệt", made.id)
    # a new certificate: the old one seals until the department says yes
    town.clock.advance(timedelta(minutes=1))
    again = await town.seal(town.seal_ca.issue_school(SCHOOL, TAX, key="rsa"))
    await reject(town.scope, [again.id], Owner.SCHOOL, "Chưa hết hạn chứng thư cũ", actor="officer")
    async with town.scope.read() as tx:
        seal = await school_certificate(tx, YEAR)
    assert (seal.state_name, seal.current.id) == ("Đã duyệt", made.id)
    assert [(one.state_name, one.reason) for one in seal.history] == [
        ("Từ chối duyệt", "Chưa hết hạn chứng thư cũ"), ("Đã duyệt", ""),
    ]  # fmt: skip


async def test_the_list_holds_every_member_of_staff(town):
    await town.remote("an")
    await town.token("binh", town.own("binh"))
    listed = await staff(town)
    assert {person: one.account.state_name for person, one in listed.items()} == {
        "an": "Đã đăng ký, chờ duyệt",
        "binh": "Đã đăng ký, chờ duyệt",
        "cuc": "Chưa đăng ký tài khoản",
        "duyet": "Chưa đăng ký tài khoản",
    }
    row = listed["an"].to_dict()
    assert (row["name"], row["position"], row["status"]) == ("Nguyễn Thị An", "Giáo viên", "Đang làm việc")
    shown = row["waiting"]
    assert (shown["method_name"], shown["provider"]) == ("REMOTE SIGNING", "viettel_mysign")
    assert (shown["not_before"], shown["not_after"]) == ("25/05/2025", "24/05/2028")
    assert shown["serial"] and shown["issuer"] == "Fake vendor Issuing"
    assert listed["binh"].to_dict()["waiting"]["method_name"] == "USB TOKEN"
    assert "099185000001" not in str(row)
    async with town.scope.read() as tx:
        assert {one.account.state for one in await list_staff(tx, "2026-2027")} == {"none"}


@pytest.mark.feature("A4")
async def test_of_two_who_bring_one_certificate_at_once_one_gets_it(town):
    async with town.scope.write() as tx:
        await tx.execute(people.update().where(tx.of(people), people.c.id == "binh").values(name="Nguyễn Thị An"))
    identity = town.people_ca.issue_person("Nguyễn Thị An", "")
    done = await asyncio.gather(town.token("an", identity), town.token("binh", identity), return_exceptions=True)
    refused = [one for one in done if isinstance(one, CertificateRefused)]
    assert [one.facts["reason"] for one in refused] == ["taken"]
    assert len(await town.rows()) == 1


async def test_two_approvers_at_once_decide_once(town):
    made = await town.remote("an")
    decisions = [
        approve(town.scope, [made.id], Owner.PEOPLE, actor="acc-duyet"),
        reject(town.scope, [made.id], Owner.PEOPLE, "sai", actor="acc-binh"),
    ]
    done = await asyncio.gather(*decisions, return_exceptions=True)
    assert [type(one) for one in done if isinstance(one, Exception)] == [Conflict]
    assert [event.event for event in await town.events()][1:] == ["signing_account.decided"]
