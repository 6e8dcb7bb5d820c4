"""A5: at MySign's simulator, the person chooses their certificate and waits for approval."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hocba_core.errors import AccountUnknown, BadInput, CertificateRefused, Conflict, NotFound, SessionEnded
from hocba_core.provider import KeyKind
from hocba_core.secret import Secret
from hocba_core.trust import Role
from hocba_gateway.signing.load import load_account
from hocba_gateway.signing.plan import check_certificate, check_owner
from hocba_gateway.signing.sessions import save_session
from hocba_gateway.signing_accounts.decide import Owner, approve
from hocba_gateway.signing_accounts.remote import offer, register_remote
from hocba_gateway.signing_accounts.rules import NO_NUMBER, NO_NUMBER_ON_FILE, OTHER_NAME
from hocba_gateway.store.schema import people
from hocba_sandbox.provider import Sandbox
from hocba_sandbox.settings import SWITCH, Behaviour
from hocba_sandbox.simulator import Simulator as SandboxSimulator

pytestmark = pytest.mark.feature("A5")

YEAR = "2025-2026"
REASONS = [
    "not_own", "not_own by name", "organisation", "ended", "not_yet", "usage", "usage by purpose", "ca_not_allowed",
]  # fmt: skip


async def test_the_chosen_certificate_waits_for_approval(town):
    made = await town.remote("an", login={"user_id": "CMT_099185000001", "password": "không bao giờ"})
    (row,) = await town.rows()
    assert (row.id, row.state, row.person_id, row.method, row.provider) == (
        made.id, "pending", "an", "remote", "viettel_mysign",
    )  # fmt: skip
    assert made.warning == "" and row.warning is None
    assert row.subject == "Nguyễn Thị An (099…001)"
    assert town.sealer.open(row.login) == {"user_id": "CMT_099185000001"}, "no password, whatever is handed in"
    (event,) = await town.events()
    assert (event.event, event.actor) == ("signing_account.asked", "acc-an")
    assert "099185000001" not in str(event.facts)


async def test_what_is_approved_is_what_signing_takes(town):
    made = await town.remote("an")
    await approve(town.scope, [made.id], Owner.PEOPLE, actor="acc-duyet")
    async with town.scope.read() as tx:
        account = await load_account(tx, made.id)
    check_certificate(account, Role.PEOPLE, town.trust, town.clock())
    check_owner(account, "099185000001")
    assert account.credential.key_kind is KeyKind.RSA
    assert account.rules.owner == "an" and account.rules.state == "approved"


@pytest.mark.parametrize("reason", REASONS)
async def test_a_certificate_is_refused_with_the_reason(town, wrong_people, reason):
    with pytest.raises(CertificateRefused) as refusal:
        await town.remote("an", wrong_people[reason])
    assert refusal.value.facts["reason"] == reason.partition(" ")[0]
    if reason == "ca_not_allowed":
        assert refusal.value.facts["ca"] == "World Government Issuing"
    assert await town.rows() == []


async def test_one_that_the_vendor_switched_off_is_refused(town):
    town.vendor.disabled.add("CMT_099185000001")
    with pytest.raises(CertificateRefused) as refusal:
        await town.remote("an")
    assert refusal.value.facts["reason"] == "inactive"


@pytest.mark.parametrize(
    ("person", "named", "number", "warning"),
    [
        ("an", "NGUYEN THI AN", "", NO_NUMBER),
        ("an", "Nguyễn Thị An", "123456789", NO_NUMBER),
        ("cuc", "Lê Thị Cúc", "099185000003", NO_NUMBER_ON_FILE),
        ("an", "Nguyễn T. An", "099185000001", OTHER_NAME),
    ],
    ids=["no number", "an old identity card's", "no number on file", "other name"],
)
async def test_what_cannot_be_compared_warns_the_approver(town, person, named, number, warning):
    made = await town.remote(person, town.people_ca.issue_person(named, number))
    (row,) = await town.rows()
    assert made.warning == row.warning == warning


async def test_a_certificate_of_a_colleague_is_taken(town):
    identity = town.people_ca.issue_person("Nguyễn Thị An", "")
    async with town.scope.write() as tx:
        here = (tx.of(people), people.c.id == "binh")
        await tx.execute(people.update().where(*here).values(name="Nguyễn Thị An"))
    await town.remote("an", identity)
    with pytest.raises(CertificateRefused) as refusal:
        await town.remote("binh", identity)
    assert refusal.value.facts == {"reason": "taken"}


async def test_another_schools_people_take_nothing_here(town, make_school):
    identity = town.own("an")
    await town.remote("an", identity)
    town.scope = await make_school("school-2")
    await town.remote("an", identity)
    assert len(await town.rows()) == 1


async def test_asking_again_replaces_the_request_that_waits(town):
    first, second = await town.remote("an"), await town.remote("an", town.own("an"))
    assert await town.states() == {first.id: "replaced", second.id: "pending"}


async def test_what_is_approved_already_is_not_asked_for_again(town):
    identity = town.own("an")
    made = await town.remote("an", identity)
    await approve(town.scope, [made.id], Owner.PEOPLE, actor="acc-duyet")
    with pytest.raises(Conflict):
        await town.remote("an", identity)
    assert await town.states() == {made.id: "approved"}


async def test_only_the_persons_own_open_session_counts(town):
    session, ref = await town.session("an")
    how = {"year": YEAR, "session": session, "actor": "acc-binh"}
    with pytest.raises(SessionEnded):
        await register_remote(town.scope, town.sealer, town.trust, town.provider, person_id="binh", ref=ref, **how)
    with pytest.raises(NotFound):
        await register_remote(town.scope, town.sealer, town.trust, town.provider, person_id="an", ref="khác", **how)
    with pytest.raises(BadInput):
        await town.remote("an", year="2025")


async def test_a_session_that_ended_meanwhile_is_refreshed(town):
    session, ref = await town.session("an")
    town.clock.advance(timedelta(hours=2))
    town.vendor.end_tokens()
    how = {"year": YEAR, "person_id": "an", "session": session, "ref": ref, "actor": "acc-an"}
    assert await register_remote(town.scope, town.sealer, town.trust, town.provider, **how)


async def test_the_page_offers_all_certificates_and_says_which_may_not_be_used(town, wrong_people):
    async def offered(identity):
        session, _ = await town.session("an", identity)
        (one,) = await offer(
            town.scope, town.sealer, town.trust, town.provider, year=YEAR, person_id="an", session=session
        )
        return one

    good = await offered(None)
    assert (good.refusal, good.subject) == ("", "Nguyễn Thị An (099…001)")
    assert (await offered(wrong_people["ended"])).refusal == "ended"
    assert (await offered(wrong_people["not_own"])).refusal == "not_own"


async def test_an_account_that_the_vendor_does_not_know(town):
    with pytest.raises(AccountUnknown):
        await town.provider.open_session({"user_id": Secret("CMT_000000001")})


async def test_any_other_vendor_is_registered_alike(town, monkeypatch):
    monkeypatch.setenv(SWITCH, "1")
    async with SandboxSimulator(clock=town.clock, behaviour=Behaviour(key_kind=KeyKind.P256)) as vendor:
        provider = Sandbox(vendor.settings(), town.clock)
        known = vendor.add_person("Nguyễn Thị An", "099185000001", user="an")
        fields = vendor.fields_of(known)
        opened = await provider.open_session(fields)
        async with town.scope.write() as tx:
            session = await save_session(tx, town.sealer, "an", provider.key, YEAR, opened, [])
        town.trust = type(town.trust)((*town.trust.people, vendor.ca.root_der), town.trust.seal, "more")
        (one,) = await offer(town.scope, town.sealer, town.trust, provider, year=YEAR, person_id="an", session=session)
        typed = {name: value.reveal() for name, value in fields.items()}
        how = {"year": YEAR, "person_id": "an", "session": session, "ref": one.ref, "actor": "acc-an"}
        await register_remote(town.scope, town.sealer, town.trust, provider, **how, login=typed)
        await provider.close()
    (row,) = await town.rows()
    assert row.provider == "sandbox"
    assert town.sealer.open(row.login) == {"user": "an"}
