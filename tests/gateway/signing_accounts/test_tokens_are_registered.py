"""A4, A1: a USB token signs a one-time challenge; the school's certificate must be the school's."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import pytest
from hocba_core.errors import BadInput, CertificateRefused, DoesNotVerify, Incomplete, NotFound
from hocba_core.trust import Role, TrustStore
from hocba_gateway.school.profile_row import load_profile_of_school, save_profile
from hocba_gateway.signing.load import load_account
from hocba_gateway.signing.plan import check_certificate
from hocba_gateway.signing_accounts.challenge import LIVES, Purpose, make_challenge
from hocba_gateway.signing_accounts.decide import Owner, approve
from hocba_gateway.signing_accounts.token import register_person_token, register_school_token
from hocba_gateway.store.schema import token_challenges
from hocba_gateway.testing.sample_school import SCHOOL_PROFILE
from sqlalchemy import select

YEAR = "2025-2026"
SCHOOL, TAX = SCHOOL_PROFILE.name, SCHOOL_PROFILE.tax_number

person_token = pytest.mark.feature("A4")
school_token = pytest.mark.feature("A1")


def person_how(proof, **changed):
    return {"year": YEAR, "person_id": "an", "account": "acc-an", "proof": proof} | changed


@person_token
@pytest.mark.parametrize("kind", ["rsa", "p256"])
async def test_a_persons_token_proves_itself_and_waits_for_approval(town, kind):
    made = await town.token("an", town.own("an", key=kind))
    (row,) = await town.rows()
    assert (row.id, row.state, row.method, row.provider, row.credential_ref, row.login) == (
        made.id, "pending", "token", None, None, None,
    )  # fmt: skip
    assert len(row.chain) == 1


@person_token
@pytest.mark.parametrize("reason", ["not_own", "organisation", "ended", "usage", "ca_not_allowed"])
async def test_the_rules_are_those_of_remote_signing(town, wrong_people, reason):
    with pytest.raises(CertificateRefused) as refusal:
        await town.token("an", wrong_people[reason])
    assert refusal.value.facts["reason"] == reason


@person_token
@school_token
async def test_a_token_that_holds_no_issuer_is_completed_with_one_that_is_known(town):
    """Many tokens hold the own certificate alone; what is signed must still carry the whole chain."""
    person, school = town.own("an"), town.seal_ca.issue_school(SCHOOL, TAX)
    town.trust = replace(town.trust, issuers=(*person.chain, *school.chain))
    await town.token("an", replace(person, chain=()))
    await town.seal(replace(school, chain=()))
    kept = {row.person_id: tuple(b64decode(one) for one in row.chain) for row in await town.rows()}
    assert kept == {"an": person.chain, None: school.chain}


@person_token
async def test_a_certificate_without_its_key_proves_nothing(town):
    mine, thief = town.own("an", key="rsa"), town.own("an", key="rsa")
    asked = await make_challenge(town.scope, "acc-an", Purpose.PERSON)
    proof = await town.proof("acc-an", mine, Purpose.PERSON)
    stolen = replace(proof, value=thief.sign_digest(asked.digest))
    with pytest.raises(DoesNotVerify):
        await register_person_token(town.scope, town.trust, **person_how(stolen))
    with pytest.raises(NotFound):
        await register_person_token(town.scope, town.trust, **person_how(proof))  # it was used up by the thief
    assert await town.rows() == []


@person_token
async def test_a_challenge_is_used_once(town):
    proof = await town.proof("acc-an", town.own("an"), Purpose.PERSON)
    await register_person_token(town.scope, town.trust, **person_how(proof))
    with pytest.raises(NotFound):
        await register_person_token(town.scope, town.trust, **person_how(proof))


@person_token
async def test_a_challenge_is_one_accounts_for_one_purpose_and_five_minutes(town):
    identity = town.own("an")
    proof = await town.proof("acc-an", identity, Purpose.PERSON)
    with pytest.raises(NotFound):
        await register_person_token(town.scope, town.trust, **person_how(proof, account="acc-binh"))
    with pytest.raises(NotFound):
        await register_school_token(town.scope, town.trust, year=YEAR, account="acc-an", proof=proof)
    town.clock.advance(LIVES)
    with pytest.raises(NotFound) as refusal:
        await register_person_token(town.scope, town.trust, **person_how(proof))
    assert refusal.value.facts == {"kind": "challenge"}


@person_token
async def test_old_challenges_do_not_pile_up(town):
    first = await make_challenge(town.scope, "acc-an", Purpose.PERSON)
    second = await make_challenge(town.scope, "acc-an", Purpose.PERSON)
    assert first.digest != second.digest and len(first.digest) == 32
    await make_challenge(town.scope, "acc-binh", Purpose.PERSON)
    town.clock.advance(LIVES + timedelta(seconds=1))
    last = await make_challenge(town.scope, "acc-an", Purpose.SCHOOL)
    async with town.scope.read() as tx:
        rows = await tx.rows(select(token_challenges.c.id).where(tx.of(token_challenges)))
    assert [row.id for row in rows] == [last.id]


@person_token
async def test_what_is_no_certificate(town):
    proof = replace(await town.proof("acc-an", town.own("an"), Purpose.PERSON), certificate=b"PK")
    with pytest.raises(BadInput):
        await register_person_token(town.scope, town.trust, **person_how(proof))


@school_token
async def test_the_schools_certificate_waits_for_the_department(town):
    made = await town.seal(town.seal_ca.issue_school(SCHOOL, TAX))
    (row,) = await town.rows()
    assert (row.id, row.person_id, row.state, row.method) == (made.id, None, "pending", "token")
    await approve(town.scope, [made.id], Owner.SCHOOL, actor="officer")
    async with town.scope.read() as tx:
        account = await load_account(tx, made.id)
    check_certificate(account, Role.SEAL, town.trust, town.clock())
    assert account.rules.owner is None


@school_token
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda town: town.seal_ca.issue_person("Phạm Văn Duyệt", "099185000004"), "personal"),
        (lambda town: town.seal_ca.issue_person("Phạm Văn Duyệt", ""), "personal"),
        (lambda town: town.seal_ca.issue_school("Trường Khác", "9900000027"), "other_organisation"),
        (lambda town: town.seal_ca.issue_school("Phân hiệu", f"{TAX}-001"), "other_organisation"),
        (lambda town: town.people_ca.issue_school(SCHOOL, TAX), "ca_not_allowed"),
        (lambda town: town.seal_ca.issue_school(SCHOOL, TAX, end=town.clock() - timedelta(1)), "ended"),
        (lambda town: town.seal_ca.issue_school(SCHOOL, TAX, signing_usage=False), "usage"),
    ],
    ids=["a person's", "a person's without number", "another school", "a branch", "public CA", "ended", "purpose"],
)
async def test_what_is_not_the_schools_is_refused(town, make, reason):
    with pytest.raises(CertificateRefused) as refusal:
        await town.seal(make(town))
    assert refusal.value.facts["reason"] == reason
    assert await town.rows() == []


@school_token
async def test_a_public_ca_is_for_private_schools_only(town, make_school):
    both = TrustStore.of([town.people_ca.root_pem], [town.seal_ca.root_pem, town.people_ca.root_pem])
    identity = town.people_ca.issue_school(SCHOOL, TAX)
    with pytest.raises(CertificateRefused) as refusal:
        await town.seal(identity, both)
    assert refusal.value.facts == {"reason": "ca_not_allowed", "ca": "Public CA Issuing"}
    town.scope = await make_school("private-1", ownership="private")
    assert await town.seal(identity, both)


@school_token
@pytest.mark.feature("S8")
async def test_a_half_known_school_registers_nothing(town):
    async with town.scope.write() as tx:
        profile = await load_profile_of_school(tx)
        await save_profile(tx, profile.model_copy(update={"tax_number": ""}), "qtv")
    with pytest.raises(Incomplete) as refusal:
        await town.seal(town.seal_ca.issue_school(SCHOOL, TAX))
    assert refusal.value.facts["missing"] == ["Mã số thuế"]
