"""Remote signing (A5): the person chooses one of the certificates that the vendor holds for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hocba_core.certificate import Certificate
from hocba_core.errors import CertificateRefused, NotFound, SessionEnded
from hocba_core.provider import Credential, SigningProvider
from hocba_core.trust import TrustStore
from hocba_core.workflow.accounts import Method
from sqlalchemy import select

from hocba_gateway.signing.sessions import open_again
from hocba_gateway.signing_accounts.keep import Registered, Source, check_year, keep, load_staff
from hocba_gateway.signing_accounts.rules import Judged, Staff, judge_person
from hocba_gateway.store.schema import provider_sessions
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope


@dataclass(frozen=True, slots=True)
class Offered:
    """One certificate at the vendor, for the person to choose from."""

    ref: str
    label: str
    subject: str
    """Name, with the number's middle hidden."""
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    turns_left: int | None
    refusal: str
    """Reason of CertificateRefused; "" when it may be chosen."""
    warning: str


async def offer(
    scope: Scope,
    sealer: Sealer,
    trust: TrustStore,
    provider: SigningProvider,
    *,
    year: str,
    person_id: str,
    session: str,
) -> tuple[Offered, ...]:
    """Every certificate of that open session (provider_sessions.id), those that may not be used with the reason.

    Raises SessionEnded when the person must log in (again), NotFound(kind="person"), ProviderTrouble …
    """
    staff, credentials = await _look(scope, sealer, provider, year, person_id, session)
    now = scope.store.clock()
    return tuple(_offered(credential, staff, trust, now) for credential in credentials)


async def register_remote(
    scope: Scope,
    sealer: Sealer,
    trust: TrustStore,
    provider: SigningProvider,
    *,
    year: str,
    person_id: str,
    session: str,
    ref: str,
    actor: str,
    login: Mapping[str, str] | None = None,
) -> Registered:
    """`ref` is one of offer()'s. `login`: what the person typed in to open the session; of it only fields that
    are no secrets are kept, encrypted, to fill the form the next time. `actor`: accounts.id.

    Raises what offer() raises, BadInput(field="year"), NotFound(kind="credential"), CertificateRefused(reason),
    Conflict(state="already_registered").
    """
    check_year(year)
    staff, credentials = await _look(scope, sealer, provider, year, person_id, session)
    chosen = next((credential for credential in credentials if credential.ref == ref), None)
    if chosen is None:
        raise NotFound(kind="credential")
    judged = _judge(chosen, staff, trust, scope.store.clock())
    told = login or {}
    kept = {one.name: told[one.name] for one in provider.can.fields if not one.secret and one.name in told}
    source = Source(Method.REMOTE, provider.key, ref, sealer.seal(kept) if kept else None)
    async with scope.write() as tx:
        return await keep(tx, judged, source, year=year, person_id=person_id, actor=actor)


async def _look(
    scope: Scope, sealer: Sealer, provider: SigningProvider, year: str, person_id: str, session: str
) -> tuple[Staff, Sequence[Credential]]:
    s = provider_sessions.c
    own = (s.id == session, s.person_id == person_id, s.provider == provider.key, s.year == year)
    async with scope.read() as tx:
        staff = await load_staff(tx, person_id)
        if await tx.row(select(s.id).where(tx.of(provider_sessions), *own)) is None:
            raise SessionEnded(provider=provider.key)
    opened = await open_again(scope, sealer, provider, session, None)
    return staff, await provider.credentials(opened)


def _judge(credential: Credential, staff: Staff, trust: TrustStore, now: datetime) -> Judged:
    judged = judge_person(Certificate.read(credential.certificate), credential.chain, staff, trust, now)
    if not credential.usable:
        raise CertificateRefused(reason="inactive")
    return judged


def _offered(credential: Credential, staff: Staff, trust: TrustStore, now: datetime) -> Offered:
    refusal = warning = ""
    try:
        warning = _judge(credential, staff, trust, now).warning
    except CertificateRefused as error:
        refusal = str(error.facts["reason"])
    certificate = Certificate.read(credential.certificate)
    return Offered(
        credential.ref, credential.label, certificate.masked_subject, certificate.issuer, certificate.serial,
        certificate.not_before, certificate.not_after, credential.turns_left, refusal, warning,
    )  # fmt: skip
