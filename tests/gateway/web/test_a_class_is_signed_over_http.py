"""T5–T9, T11, T12, T21 over HTTP: who may press, what a press does, and what is refused at every step."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from hocba_core.clock import system_clock
from hocba_core.testing.phone import Mood
from hocba_core.testing.pki import Identity, TestCa
from hocba_gateway.store.schema import audit, provider_sessions, requests, signing_accounts
from hocba_viettel_mysign.simulator import Simulator

YEAR = "2025-2026"


@pytest.fixture
def clock() -> Any:
    """Vendors are polled in real time."""
    return system_clock


@pytest.fixture(scope="session")
def seal_ca() -> TestCa:
    return TestCa.create("World Government", system_clock())


@pytest.fixture
async def vendor() -> AsyncIterator[Simulator]:
    async with Simulator(clock=system_clock) as started:
        yield started


@pytest.fixture
def people_root(vendor: Simulator) -> bytes:
    return vendor.ca.root_pem


@dataclass(slots=True)
class Signing:
    """A school whose people have signing accounts, with transcripts of two pupils of 6A."""

    school: Any
    vendor: Simulator
    seal: Identity
    transcripts: list[str]
    accounts: dict[str, str] = field(default_factory=dict)

    def caller(self, person: str) -> Any:
        return self.school.people[person]

    async def press(self, person: str, kind: str, **changed: Any) -> Any:
        return await self.caller(person).call("POST", "/confirmations", self.body(person, kind, **changed))

    def body(self, person: str, kind: str, **changed: Any) -> dict[str, Any]:
        account = self.accounts["" if kind in ("phat-hanh", "goi") else person]
        made = {"key": uuid4().hex, "kind": kind, "subjects": self.transcripts, "account": account}
        return made | changed

    async def closed(self, person: str, pressed: Any) -> Any:
        assert pressed.status == 200, pressed.body
        while True:
            told = await self.caller(person).ok("GET", f"/confirmations/{pressed.body['confirmation']}")
            if not told["open"]:
                return told
            await asyncio.sleep(0.05)

    async def waiting(self, kind: str) -> dict[str, list[str]]:
        """Person -> what waits for them in that step."""
        found = {}
        for person in self.school.staff.values():
            groups = (await self.caller(person).ok("GET", "/waiting"))["waiting"]
            if ids := [one for group in groups if group["kind"] == kind for one in group["ids"]]:
                found[person] = ids
        return found

    async def step(self, kind: str) -> None:
        for person, ids in (await self.waiting(kind)).items():
            told = await self.closed(person, await self.press(person, kind, subjects=ids))
            assert {one["state"] for one in told["attempts"]} == {"signed"}, told

    async def seal_all(self, person: str, kind: str, subjects: list[str]) -> Any:
        pressed = await self.press(person, kind, subjects=subjects)
        for request in pressed.body["requests"]:
            items = (await self.caller(person).ok("GET", f"/requests/{request}/items"))["items"]
            values = {one["item"]: b64encode(self.seal.sign_digest(b64decode(one["digest"]))).decode() for one in items}
            await self.caller(person).ok("POST", f"/requests/{request}/values", {"values": values})
        return await self.closed(person, pressed)


@pytest.fixture
async def signing(school, vendor: Simulator, seal_ca: TestCa) -> Signing:
    admin = school.admin
    await admin.ok("PUT", f"/years/{YEAR}/vendors/viettel_mysign", {"settings": dict(vendor.settings())})
    made = Signing(school, vendor, seal_ca.issue_school("Trường THCS Mẫu", "9900000019"), [])
    for person in school.staff.values():
        about = await admin.ok("GET", f"/school/members/{person}")
        if number := about["personal_number"]:
            user = vendor.add_person(about["name"], number).user
            made.accounts[person] = await register(school.people[person], user)
    room = school.classes["6A"]
    await admin.ok("PUT", f"/classes/{room}/locks/CN")
    pupils = (await admin.ok("GET", f"/classes/{room}/pupils"))["pupils"]
    created = await admin.ok("POST", f"/classes/{room}/transcripts", {"pupils": [p["id"] for p in pupils[:2]]})
    made.transcripts = created["created"]
    return made


async def register(caller: Any, user: str) -> str:
    opened = await caller.ok(
        "POST", "/vendor-sessions", {"year": YEAR, "provider": "viettel_mysign", "fields": {"user_id": user}}
    )
    offered = await caller.ok("GET", f"/vendor-sessions/{opened['session']}/credentials")
    ref = offered["credentials"][0]["ref"]
    made = await caller.ok("POST", "/signing-accounts/remote", {"session": opened["session"], "ref": ref})
    return str(made["id"])


async def approve_all(signing: Signing) -> None:
    person = signing.caller("leader").me["person"]
    rights = {"rights": ["duyet_tai_khoan", "ky_phat_hanh"]}
    await signing.school.admin.ok("PUT", f"/school/members/{person}/rights", rights)
    accounts = list(signing.accounts.values())
    await signing.caller("leader").ok("POST", "/signing-accounts/approve", {"accounts": accounts})


async def bring_seal(signing: Signing) -> None:
    leader = signing.caller("leader")
    asked = await leader.ok("POST", "/signing-accounts/challenges", {"purpose": "school"})
    body = {
        "purpose": "school", "year": YEAR, "challenge": asked["challenge"],
        "certificate": b64encode(signing.seal.certificate).decode(),
        "chain": [b64encode(der).decode() for der in signing.seal.chain],
        "value": b64encode(signing.seal.sign_digest(b64decode(asked["digest"]))).decode(),
    }  # fmt: skip
    made = await leader.ok("POST", "/signing-accounts/token", body)
    signing.accounts[""] = made["id"]
    school = signing.school
    path = f"/department/schools/{school.id}/certificates/approve"
    await school.officer.ok("POST", path, {"accounts": [made["id"]]})


def reason(answer: Any) -> str:
    return str(answer.body["facts"].get("reason", answer.body["code"]))


@pytest.mark.feature("T5")
@pytest.mark.feature("T21")
async def test_each_step_is_refused_until_it_is_its_turn(signing):
    teacher = next(iter(await signing.waiting("gvbm")))
    homeroom = signing.caller("6A").me["person"]
    leader = signing.caller("leader").me["person"]
    assert reason(await signing.press(teacher, "gvbm")) == "account_not_approved"
    await approve_all(signing)
    await bring_seal(signing)

    assert reason(await signing.press(homeroom, "gvcn")) == "earlier_step"
    assert reason(await signing.press(leader, "cbql")) == "earlier_step"
    assert reason(await signing.press(leader, "phat-hanh")) == "earlier_step"
    assert (await signing.press(teacher, "gvcn")).body["code"] in ("not_your_turn", "not_found")
    refused = await signing.press(teacher, "phat-hanh")
    assert (refused.status, refused.body["code"]) == (403, "forbidden")

    await signing.step("gvbm")
    assert reason(await signing.press(leader, "cbql")) == "earlier_step"
    await signing.step("gvcn")
    assert reason(await signing.press(homeroom, "gvcn")) == "already_signed"
    await signing.step("cbql")
    told = await signing.seal_all(leader, "phat-hanh", signing.transcripts)
    assert [one["state"] for one in told["attempts"]] == ["signed", "signed"]
    room = signing.school.classes["6A"]
    lines = (await signing.school.admin.ok("GET", f"/classes/{room}/transcripts"))["transcripts"]
    assert {line["state"] for line in lines} == {"Hoàn thành ký"}


@pytest.mark.feature("T9")
async def test_a_press_is_ones_own_and_the_same_key_asks_once(signing):
    await approve_all(signing)
    first, second = list(await signing.waiting("gvbm"))[:2]
    signing.vendor.phone.will(Mood.IGNORE)
    body = signing.body(first, "gvbm")
    pressed = await signing.caller(first).ok("POST", "/confirmations", body)
    again = await signing.caller(first).ok("POST", "/confirmations", body)
    assert again["confirmation"] == pressed["confirmation"]
    other_key = await signing.press(first, "gvbm")
    assert (other_key.status, other_key.body["facts"]["state"]) == (409, "asked_already")

    path = f"/confirmations/{pressed['confirmation']}"
    assert (await signing.caller(second).call("GET", path)).status == 404
    assert (await signing.school.admin.call("GET", path)).status == 200
    assert (await signing.caller(first).ok("GET", "/confirmations"))["confirmations"] == [pressed["confirmation"]]
    request = pressed["requests"][0]
    assert (await signing.caller(second).call("POST", f"/requests/{request}/code", {"code": "1"})).status == 404
    stolen = signing.body(first, "gvbm", account=signing.accounts[second])
    assert (await signing.caller(first).call("POST", "/confirmations", stolen)).status == 404
    assert len(signing.vendor.transactions) <= 1


@pytest.mark.feature("T11")
@pytest.mark.feature("T12")
async def test_a_signer_hands_it_back_and_the_administrator_decides(signing):
    await approve_all(signing)
    teacher = next(iter(await signing.waiting("gvbm")))
    one, other = signing.transcripts
    caller, admin = signing.caller(teacher), signing.school.admin
    blank = await caller.call("POST", "/transcripts/hold", {"transcripts": [one], "reason": "  "})
    assert (blank.status, blank.body["facts"]["field"]) == (422, "reason")
    await caller.ok("POST", "/transcripts/hold", {"transcripts": [one], "reason": "Sai điểm học kỳ II"})
    assert reason(await signing.press(teacher, "gvbm", subjects=[one])) == "held"
    assert (await caller.call("POST", "/transcripts/void", {"transcripts": [one]})).status == 403
    assert reason(await admin.call("POST", "/transcripts/void", {"transcripts": [other]})) == "not_held"
    await admin.ok("POST", "/transcripts/release", {"transcripts": [one]})
    assert (await signing.waiting("gvbm"))[teacher] == signing.transcripts
    await caller.ok("POST", "/transcripts/hold", {"transcripts": [one], "reason": "Sai điểm học kỳ II"})
    await admin.ok("POST", "/transcripts/void", {"transcripts": [one]})
    room = signing.school.classes["6A"]
    lines = (await admin.ok("GET", f"/classes/{room}/transcripts"))["transcripts"]
    assert [line["id"] for line in lines] == [other]
    voided = (await admin.ok("GET", f"/classes/{room}/transcripts?voided=1"))["transcripts"]
    assert {line["id"]: line["state"] for line in voided} == {one: "Đã hủy", other: "Chờ ký"}


@pytest.mark.feature("T13")
async def test_after_voiding_a_transcript_is_created_again(signing):
    admin, room = signing.school.admin, signing.school.classes["6A"]
    one = signing.transcripts[0]
    await admin.ok("POST", "/transcripts/hold", {"transcripts": [one], "reason": "Sai ngày sinh"})
    await admin.ok("POST", "/transcripts/void", {"transcripts": [one]})
    pupil = (await admin.ok("GET", f"/transcripts/{one}"))["pupil_id"]
    made = (await admin.ok("POST", f"/classes/{room}/transcripts", {"pupils": [pupil]}))["created"]
    assert made != [one]
    assert (await admin.ok("GET", f"/transcripts/{made[0]}"))["replaces"] == one


@pytest.mark.feature("T3")
@pytest.mark.feature("T4")
async def test_files_are_handed_out_as_they_stand_and_written_down(signing, server):
    await approve_all(signing)
    one = signing.transcripts[0]
    admin = signing.school.admin
    xml = await admin.ok("GET", f"/transcripts/{one}/record.xml?purpose=xem")
    pdf = await admin.ok("GET", f"/transcripts/{one}/form.pdf?purpose=xem")
    assert xml.startswith(b"<HOC_BA>")
    assert pdf.startswith(b"%PDF")
    wrong = await admin.call("GET", f"/transcripts/{one}/record.xml?purpose=vui")
    assert (wrong.status, wrong.body["facts"]["field"]) == (422, "purpose")
    await admin.ok("POST", "/transcripts/hold", {"transcripts": [one], "reason": "Sai tên"})
    assert (await admin.call("GET", f"/transcripts/{one}/record.xml")).status == 409
    async with server.gateway.scoped(signing.school.id).read() as tx:
        rows = await tx.rows(audit.select().where(tx.of(audit), audit.c.event == "transcript.exported"))
    assert [(row.facts["form"], row.facts["purpose"]) for row in rows] == [("xml", "xem"), ("pdf", "xem")]


@pytest.mark.feature("T8")
@pytest.mark.feature("T10")
@pytest.mark.feature("T21")
async def test_who_seals_too_ends_what_a_colleague_left_halfway_and_seals_the_rest(signing, server):
    await approve_all(signing)
    await bring_seal(signing)
    for kind in ("gvbm", "gvcn", "cbql"):
        await signing.step(kind)
    school, first, second = signing.school, signing.caller("leader"), signing.caller("6A")
    person = second.me["person"]
    await school.admin.ok("PUT", f"/school/members/{person}/rights", {"rights": ["ky_phat_hanh"]})
    pressed = await signing.press("leader", "phat-hanh")
    request = pressed.body["requests"][0]
    items = (await first.ok("GET", f"/requests/{request}/items"))["items"]
    values = {one["item"]: b64encode(signing.seal.sign_digest(b64decode(one["digest"]))).decode() for one in items}
    begun = {
        one["item"]: values[one["item"]] for one in items if one["title"].removesuffix(" PDF") == items[0]["title"]
    }
    assert 0 < len(begun) < len(values)
    await first.ok("POST", f"/requests/{request}/values", {"values": begun})
    told = await second.ok("GET", f"/confirmations/{pressed.body['confirmation']}")
    (rest,) = [one["subject"] for one in told["attempts"] if one["state"] == "alive"]
    assert reason(await signing.press(person, "phat-hanh", subjects=[rest])) == "conflict"
    assert (await second.call("GET", f"/requests/{request}/items")).status == 404
    assert (await second.call("POST", f"/requests/{request}/values", {"values": values})).status == 404
    outsider = next(one for one in school.staff.values() if one not in (person, first.me["person"]))
    for nobody in (school.admin, signing.caller(outsider)):
        assert (await nobody.call("DELETE", f"/requests/{request}")).status in (403, 404)
    assert rest not in str(await signing.waiting("phat-hanh"))

    await second.ok("DELETE", f"/requests/{request}")
    assert await signing.waiting("phat-hanh") == {one: [rest] for one in (person, first.me["person"])}
    late = {item: value for item, value in values.items() if item not in begun}
    await first.ok("POST", f"/requests/{request}/values", {"values": late})
    assert await signing.waiting("phat-hanh") == {one: [rest] for one in (person, first.me["person"])}
    told = await signing.seal_all(person, "phat-hanh", [rest])
    assert [one["state"] for one in told["attempts"]] == ["signed"]
    lines = (await school.admin.ok("GET", f"/classes/{school.classes['6A']}/transcripts"))["transcripts"]
    assert {line["state"] for line in lines} == {"Hoàn thành ký"}

    async with server.gateway.scoped(school.id).read() as tx:
        ended = await tx.rows(audit.select().where(tx.of(audit), audit.c.event == "signing.failed"))
        signed = await tx.rows(audit.select().where(tx.of(audit), audit.c.event == "signing.signed"))
    (one,) = [row for row in ended if row.facts["request"] == request]
    assert (one.actor, one.facts["pressed_by"]) == (second.me["account"], first.me["person"])
    assert one.facts["subjects"] == [[rest, "phat-hanh"]]
    sealed = [done[0] for row in signed for done in row.facts.get("signed", []) if done[1] == "phat-hanh"]
    assert sorted(sealed) == sorted(signing.transcripts)


@pytest.mark.feature("T21")
async def test_what_a_person_signs_is_ended_by_nobody_else(signing):
    await approve_all(signing)
    signing.vendor.phone.will(Mood.IGNORE)
    teacher = next(iter(await signing.waiting("gvbm")))
    pressed = await signing.press(teacher, "gvbm")
    assert (await signing.caller("leader").call("DELETE", f"/requests/{pressed.body['requests'][0]}")).status == 404


@pytest.mark.feature("A5")
@pytest.mark.feature("T9")
async def test_a_session_that_was_opened_with_a_colleagues_name_signs_nothing_of_mine(signing, server):
    """By a slip, while registering: the own session goes on signing, and the colleague's is none of mine."""
    await approve_all(signing)
    (person, ids), (other, _), *_ = (await signing.waiting("gvbm")).items()
    caller = signing.caller(person)
    users = {one.number: user for user, one in signing.vendor.people.items()}
    own, colleagues = [
        users[(await signing.school.admin.ok("GET", f"/school/members/{one}"))["personal_number"]]
        for one in (person, other)
    ]

    async def log_in(user: str) -> None:
        body = {"year": YEAR, "provider": "viettel_mysign", "fields": {"user_id": user}}
        await caller.ok("POST", "/vendor-sessions", body)

    await log_in(colleagues)
    told = await signing.closed(person, await signing.press(person, "gvbm", subjects=ids[:1]))
    assert {one["state"] for one in told["attempts"]} == {"signed"}

    async with server.gateway.scoped(signing.school.id).write() as tx:
        await tx.execute(provider_sessions.delete().where(tx.of(provider_sessions)))
    await log_in(colleagues)
    refused = await signing.press(person, "gvbm", subjects=ids[1:])
    assert refused.body["code"] == "session_ended", refused.body
    await log_in(own)
    told = await signing.closed(person, await signing.press(person, "gvbm", subjects=ids[1:]))
    assert {one["state"] for one in told["attempts"]} == {"signed"}


@pytest.mark.feature("A8")
async def test_a_vendor_is_given_up_for_a_year_only_when_nobody_signs_there_any_more(signing, server):
    admin, address = signing.school.admin, f"/years/{YEAR}/vendors/viettel_mysign"

    async def given_up() -> Any:
        return await admin.call("DELETE", address)

    assert (await signing.caller("leader").call("DELETE", address)).status == 403
    refused = await given_up()
    assert (refused.status, refused.body["facts"]["state"]) == (409, "vendor_in_use")
    assert refused.body["facts"]["accounts"] == len(signing.accounts)
    assert str(len(signing.accounts)) in refused.body["detail"]
    await approve_all(signing)
    signing.vendor.phone.will(Mood.IGNORE)
    teacher = next(iter(await signing.waiting("gvbm")))
    assert (await signing.press(teacher, "gvbm")).status == 200
    scope = server.gateway.scoped(signing.school.id)
    async with scope.write() as tx:  # everybody has another account by now; what was asked is still on a phone
        await tx.execute(signing_accounts.update().where(tx.of(signing_accounts)).values(state="replaced"))
    refused = await given_up()
    assert (refused.status, refused.body["facts"]["accounts"], refused.body["facts"]["requests"]) == (409, 0, 1)
    next_year = "/years/2026-2027/vendors/viettel_mysign"
    await admin.ok("PUT", next_year, {"settings": dict(signing.vendor.settings())})
    assert [one["key"] for one in (await admin.ok("GET", f"/years/{YEAR}/vendors"))["vendors"]] == ["viettel_mysign"]

    async with scope.write() as tx:
        await tx.execute(requests.update().where(tx.of(requests)).values(state="failed", next_at=None))
    assert (await given_up()).status == 200
    assert (await admin.ok("GET", f"/years/{YEAR}/vendors"))["vendors"] == []
    assert (await given_up()).status == 404
    assert [one["key"] for one in (await admin.ok("GET", "/years/2026-2027/vendors"))["vendors"]] == ["viettel_mysign"]
    async with scope.read() as tx:
        rows = await tx.rows(audit.select().where(tx.of(audit), audit.c.event == "provider.settings"))
    told = {"year": YEAR, "provider": "viettel_mysign", "dropped": True}
    assert [row.actor for row in rows if row.facts == told] == [admin.me["account"]]
