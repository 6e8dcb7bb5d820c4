"""S5 over HTTP: log in, log out, another password, lock-out, first passwords, rights."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hocba_gateway.store.schema import accounts, logins, people
from sqlalchemy import select, update

pytestmark = pytest.mark.feature("S5")


async def test_a_session_is_what_it_says_and_ends(server, empty, clock):
    me = await empty.admin.ok("GET", "/me")
    assert me["school"] == empty.id
    assert me["rights"] == ["quan_tri"]
    await empty.admin.ok("POST", "/logout")
    assert (await empty.admin.call("GET", "/me")).status == 401


async def test_a_session_is_over_after_a_long_day(empty, clock):
    clock.advance(timedelta(hours=10, seconds=1))
    answer = await empty.admin.call("GET", "/me")
    assert (answer.status, answer.body["code"]) == (401, "not_logged_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_wrong_tries_lock_the_account_for_a_while(server, empty, clock):
    name = empty.admin.me["username"]
    for _ in range(5):
        answer = await server.nobody().call("POST", "/login", {"username": name, "password": "không phải đâu"})
        assert (answer.status, answer.body["facts"]) == (401, {"reason": "wrong"})
    locked = await server.nobody().call("POST", "/login", {"username": name, "password": "không phải đâu"})
    assert locked.body["facts"]["reason"] == "locked"
    assert "giây" in locked.body["detail"]
    clock.advance(timedelta(minutes=15, seconds=1))
    again = await server.nobody().call("POST", "/login", {"username": name, "password": "không phải đâu"})
    assert again.body["facts"]["reason"] == "wrong"


async def test_an_unknown_name_is_answered_like_a_wrong_password(server, empty):
    body = {"username": "không có ai", "password": "gì cũng được nhé"}
    unknown = await server.nobody().call("POST", "/login", body)
    wrong = await server.nobody().call("POST", "/login", body | {"username": empty.admin.me["username"]})
    assert {**unknown.body, "number": ""} == {**wrong.body, "number": ""}


async def test_another_password_ends_every_session(server, empty):
    made = await empty.officer.ok("POST", "/department/schools", {"code": "9999001002", "name": "Trường hai"})
    admin = await server.log_in(made["administrator"], made["password"])
    short = await admin.call("POST", "/password", {"old": made["password"], "new": "ngắn"})
    assert (short.status, short.body["facts"]["field"]) == (422, "password")
    wrong = await admin.call("POST", "/password", {"old": "không phải", "new": "mật khẩu mới dài"})
    assert wrong.body["facts"]["field"] == "old"
    await admin.ok("POST", "/password", {"old": made["password"], "new": "mật khẩu mới dài"})
    assert (await admin.call("GET", "/me")).status == 401
    await server.log_in(made["administrator"], "mật khẩu mới dài")


async def test_tokens_and_passwords_are_kept_as_hashes_only(server, empty):
    async with server.gateway.store.across_schools() as connection:
        kept = (await connection.execute(select(logins.c.token_hash))).scalars().all()
        hashes = (await connection.execute(select(accounts.c.password_hash))).scalars().all()
    assert empty.admin.token not in kept
    assert all(one.startswith("$argon2id$") for one in hashes)


async def test_what_was_sent_is_not_repeated_in_a_refusal(server):
    answer = await server.nobody().call("POST", "/login", {"username": "a", "password": 77001100})
    assert answer.status == 422
    assert "77001100" not in str(answer.body)


async def test_staff_get_accounts_once_and_a_forgotten_password_is_replaced(server, school):
    assert (await school.admin.ok("POST", "/school/accounts", {}))["accounts"] == []
    person = school.people["leader"].me["person"]
    made = await school.admin.ok("POST", f"/school/members/{person}/password")
    assert (await school.people["leader"].call("GET", "/me")).status == 401
    await server.log_in(made["username"], made["password"])


@pytest.mark.feature("A7")
async def test_rights_are_granted_singly_and_work_at_once(school):
    teacher = school.people["teacher"]
    person = teacher.me["person"]
    assert (await teacher.call("GET", "/packages")).status == 403
    await school.admin.ok("PUT", f"/school/members/{person}/rights", {"rights": ["ky_phat_hanh"]})
    assert (await teacher.call("GET", "/packages")).status == 200
    await school.admin.ok("PUT", f"/school/members/{person}/rights", {"rights": []})
    assert (await teacher.call("GET", "/packages")).status == 403
    wrong = await school.admin.call("PUT", f"/school/members/{person}/rights", {"rights": ["so"]})
    assert wrong.status == 422
    unknown = await school.admin.call("PUT", f"/school/members/{person}/rights", {"rights": ["vua"]})
    assert unknown.status == 422


@pytest.mark.feature("A7")
async def test_who_approves_accounts_may_grant_the_seal_only(school):
    leader, teacher = school.people["leader"], school.people["teacher"]
    path = f"/school/members/{teacher.me['person']}/rights"
    assert (await leader.call("PUT", path, {"rights": ["ky_phat_hanh"]})).status == 403
    await school.admin.ok("PUT", f"/school/members/{leader.me['person']}/rights", {"rights": ["duyet_tai_khoan"]})
    await leader.ok("PUT", path, {"rights": ["ky_phat_hanh"]})
    assert (await leader.call("PUT", path, {"rights": ["ky_phat_hanh", "quan_tri"]})).status == 403


@pytest.mark.feature("T21")
async def test_rights_end_with_the_work_and_come_back_with_it(server, school):
    leader = school.people["leader"]
    person = leader.me["person"]
    await school.admin.ok("PUT", f"/school/members/{person}/rights", {"rights": ["duyet_tai_khoan", "quan_tri"]})
    made = await school.admin.ok("POST", f"/school/members/{person}/password")
    leader = await server.log_in(made["username"], made["password"])
    body = {"username": made["username"], "password": made["password"]}

    async def becomes(status):
        async with server.gateway.scoped(school.id).write() as tx:
            await tx.execute(update(people).where(tx.of(people), people.c.id == person).values(status=status))

    await becomes("Đã nghỉ hưu")
    for method, path in (("GET", "/me"), ("GET", "/school/members"), ("POST", "/logout")):
        answer = await leader.call(method, path)
        assert (answer.status, answer.body["facts"]) == (401, {"reason": "left"})
        assert "Đang làm việc" in answer.body["detail"]
    assert (await server.nobody().call("POST", "/login", body)).body["facts"] == {"reason": "left"}
    wrong = await server.nobody().call("POST", "/login", body | {"password": "không phải đâu"})
    assert wrong.body["facts"] == {"reason": "wrong"}
    await becomes("Đang làm việc")
    assert (await leader.ok("GET", "/me"))["rights"] == ["duyet_tai_khoan", "quan_tri"]


async def test_who_finds_an_open_session_does_not_find_its_password(empty):
    wrong = {"old": "không phải đâu", "new": "mật khẩu mới dài"}
    for _ in range(5):
        assert (await empty.admin.call("POST", "/password", wrong)).body["facts"]["field"] == "old"
    locked = await empty.admin.call("POST", "/password", wrong)
    assert (locked.status, locked.body["facts"]["reason"]) == (401, "locked")
