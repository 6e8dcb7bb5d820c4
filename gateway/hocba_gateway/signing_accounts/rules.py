"""May this certificate be registered for this person, or for this school? Pure.

The same questions come back when it signs (hocba_gateway.signing.plan) and when a stranger verifies; here they
are asked early, and answered with the reason while the person can still choose another certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from hocba_core.certificate import Certificate
from hocba_core.errors import CertificateRefused
from hocba_core.trust import ChainVerdict, Role, TrustStore

from hocba_gateway.school.world import same_name

NO_NUMBER: Final = (
    "Chứng thư số không ghi số định danh cá nhân 12 chữ số, chỉ so được họ tên; học bạ cần số này để biết ai đã ký"
)
NO_NUMBER_ON_FILE: Final = "Hồ sơ cán bộ chưa có số định danh cá nhân, chỉ so được họ tên"
OTHER_NAME: Final = "Họ tên trên chứng thư số khác với hồ sơ cán bộ, số định danh thì đúng"
_LENGTH: Final = 12
"""Digits of a personal number; older certificates carry nine of an identity card, which prove nothing here."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Who registers, as the school's file has them."""

    id: str
    """people.id."""
    name: str
    number: str
    """"" while unknown."""


@dataclass(frozen=True, slots=True)
class School:
    """Whose seal it is."""

    tax_number: str
    ownership: Literal["", "public", "private"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A certificate that may be registered."""

    certificate: Certificate
    chain: tuple[bytes, ...]
    """The issuers that were judged, DER, nearest first, without the root."""
    warning: str = ""
    """For the approver, Vietnamese."""


def judge_person(
    certificate: Certificate, chain: Sequence[bytes], staff: Staff, trust: TrustStore, now: datetime
) -> Judged:
    """Raises CertificateRefused(reason): usage, not_yet, ended, organisation, not_own, ca_not_allowed."""
    _check_use(certificate, now)
    if certificate.is_organisation or (
        certificate.organisation and certificate.organisation == certificate.name and not certificate.personal_number
    ):
        raise CertificateRefused(reason="organisation")
    warning = _check_own(certificate, staff)
    return Judged(certificate, _check_path(certificate, chain, Role.PEOPLE, trust, now), warning)


def judge_school(
    certificate: Certificate, chain: Sequence[bytes], school: School, trust: TrustStore, now: datetime
) -> Judged:
    """Raises CertificateRefused(reason): usage, not_yet, ended, personal, other_organisation, ca_not_allowed.

    A seal is believed through the roots of Role.SEAL only. Where an operator put a public CA among them, for
    private schools, a public school may still not use it: its seal comes from the government's CA.
    """
    _check_use(certificate, now)
    if certificate.personal_number or not (certificate.tax_code or certificate.organisation):
        raise CertificateRefused(reason="personal")
    if certificate.tax_code != school.tax_number:
        raise CertificateRefused(reason="other_organisation")
    path = _check_path(certificate, chain, Role.SEAL, trust, now)
    if school.ownership == "public" and _judge(certificate, chain, Role.PEOPLE, trust, now).trusted:
        raise CertificateRefused(reason="ca_not_allowed", ca=certificate.issuer)
    return Judged(certificate, path)


def _check_use(certificate: Certificate, now: datetime) -> None:
    if not certificate.may_sign or certificate.key_kind is None:
        raise CertificateRefused(reason="usage")
    if now < certificate.not_before:
        raise CertificateRefused(reason="not_yet", since=certificate.not_before.date().isoformat())
    if now > certificate.not_after:
        raise CertificateRefused(reason="ended", since=certificate.not_after.date().isoformat())


def _check_own(certificate: Certificate, staff: Staff) -> str:
    """The warning, or "". A number decides; the name does where one of the two has no number."""
    same = same_name(certificate.name, staff.name)
    if len(certificate.personal_number) == _LENGTH and staff.number:
        if certificate.personal_number != staff.number:
            raise CertificateRefused(reason="not_own")
        return "" if same else OTHER_NAME
    if not same:
        raise CertificateRefused(reason="not_own")
    return NO_NUMBER_ON_FILE if len(certificate.personal_number) == _LENGTH else NO_NUMBER


def _check_path(
    certificate: Certificate, chain: Sequence[bytes], role: Role, trust: TrustStore, now: datetime
) -> tuple[bytes, ...]:
    verdict = _judge(certificate, chain, role, trust, now)
    if not verdict.trusted:
        raise CertificateRefused(reason="ca_not_allowed", ca=certificate.issuer)
    return verdict.path


def _judge(
    certificate: Certificate, chain: Sequence[bytes], role: Role, trust: TrustStore, now: datetime
) -> ChainVerdict:
    """With the known issuers: many tokens, and some vendors, give the own certificate alone."""
    return trust.judge(role, certificate.der, (*chain, *trust.issuers), now)
