"""USB tokens: a person's (A4) and the school's (A1). The page carries challenge and value between agent and us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hocba_core.certificate import Certificate
from hocba_core.signature_value import check_value
from hocba_core.trust import TrustStore
from hocba_core.workflow.accounts import Method

from hocba_gateway.school.profile_row import require_profile
from hocba_gateway.signing_accounts.challenge import Purpose, use_challenge
from hocba_gateway.signing_accounts.keep import Registered, Source, check_year, keep, load_staff
from hocba_gateway.signing_accounts.rules import Judged, School, judge_person, judge_school
from hocba_gateway.store.store import Scope


@dataclass(frozen=True, slots=True)
class Proof:
    """What the agent gave: the chosen certificate, and the challenge signed with its key."""

    challenge: str
    """TokenChallenge.id."""
    certificate: bytes = field(repr=False)
    """DER."""
    chain: Sequence[bytes] = field(repr=False)
    """DER, what the token holds of issuers; may be empty where the issuing CA is a root."""
    value: bytes = field(repr=False)
    """Raw signature over TokenChallenge.digest."""


async def register_person_token(
    scope: Scope, trust: TrustStore, *, year: str, person_id: str, account: str, proof: Proof
) -> Registered:
    """`account`: accounts.id of the person, for whom the challenge was made.

    Raises NotFound(kind="challenge" | "person"), BadInput(field="certificate" | "year"), CertificateRefused(reason),
    DoesNotVerify, Conflict(state="already_registered").
    """
    check_year(year)
    async with scope.read() as tx:
        staff = await load_staff(tx, person_id)
    digest = await use_challenge(scope, proof.challenge, account, Purpose.PERSON)
    certificate = Certificate.read(proof.certificate)
    judged = judge_person(certificate, proof.chain, staff, trust, scope.store.clock())
    return await _keep(scope, judged, digest, proof, year, person_id, account)


async def register_school_token(
    scope: Scope, trust: TrustStore, *, year: str, account: str, proof: Proof
) -> Registered:
    """The school's certificate, brought by whoever holds the token. Besides what a person's raises:
    Incomplete(missing=[…]) while the school's profile is not whole."""
    check_year(year)
    async with scope.read() as tx:
        profile = await require_profile(tx)
    digest = await use_challenge(scope, proof.challenge, account, Purpose.SCHOOL)
    school = School(profile.tax_number, profile.ownership)
    judged = judge_school(Certificate.read(proof.certificate), proof.chain, school, trust, scope.store.clock())
    return await _keep(scope, judged, digest, proof, year, None, account)


async def _keep(
    scope: Scope, judged: Judged, digest: bytes, proof: Proof, year: str, person_id: str | None, account: str
) -> Registered:
    check_value(judged.certificate, digest, proof.value)
    async with scope.write() as tx:
        return await keep(tx, judged, Source(Method.TOKEN), year=year, person_id=person_id, actor=account)
