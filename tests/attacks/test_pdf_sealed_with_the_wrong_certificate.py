"""Whose seal is it, was it allowed, and when: facts, signing §5.1 D."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hocba_core.certificate import Certificate
from hocba_core.pades import cms
from hocba_core.pades.prepare import prepare
from hocba_core.testing.pdf import Forger, sealed, small_form
from hocba_core.testing.pki import YEAR, Identity, TestCa, new_key
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers
from hocba_core.verify.pdf import verify_pdf
from hocba_core.verify.verdict import Outcome

pytestmark = pytest.mark.feature("V2")

Make = Callable[[Signers], Identity]


def _foreign(signers: Signers) -> Identity:
    return TestCa.create("Nobody's", signers.now).issue_school(SCHOOL, TAX_CODE)


CASES: dict[str, tuple[Make, set[str]]] = {
    "of another school": (lambda s: s.seal_ca.issue_school("Trường Khác", "0100000002"), {"wrong_school"}),
    "of a person": (lambda s: s.people_ca.issue_person("Hiệu Trưởng", "099185193630"), {"untrusted", "personal_seal"}),
    "of a person by the seal's CA": (
        lambda s: s.seal_ca.issue_person("Hiệu Trưởng", "099185193630"),
        {"personal_seal"},
    ),
    "by a public CA": (lambda s: s.people_ca.issue_school(SCHOOL, TAX_CODE), {"untrusted"}),
    "by a CA that nobody knows": (_foreign, {"untrusted"}),
    "ended": (
        lambda s: s.seal_ca.issue_school(SCHOOL, TAX_CODE, start=s.now - 2 * YEAR, end=s.now - YEAR),
        {"ended", "chain"},
    ),
    "not yet valid": (
        lambda s: s.seal_ca.issue_school(SCHOOL, TAX_CODE, start=s.now + YEAR, end=s.now + 2 * YEAR),
        {"ended", "chain"},
    ),
    "for encryption": (lambda s: s.seal_ca.issue_school(SCHOOL, TAX_CODE, signing_usage=False), {"usage"}),
    "for logging in": (lambda s: s.seal_ca.issue_school(SCHOOL, TAX_CODE, login_only=True), {"usage"}),
    "of a CA": (lambda s: s.seal_ca.issue_school(SCHOOL, TAX_CODE, is_ca=True), {"usage", "chain"}),
    "with a forged issuer's signature": (
        lambda s: s.seal_ca.issue_school(SCHOOL, TAX_CODE, signed_by=new_key("rsa")),
        {"untrusted", "chain"},
    ),
    "without a tax code": (lambda s: s.seal_ca.issue_person(SCHOOL, ""), {"personal_seal"}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_seal_is_refused(name: str, signers: Signers):
    make, expected = CASES[name]
    identity = make(signers)

    verdict = verify_pdf(sealed(small_form(), identity, signers.now), signers.trust, signers.now)

    found = {failure.rule for failure in verdict.all_failures()}
    assert verdict.outcome is Outcome.INVALID
    assert found and found <= expected
    assert all(failure.text for failure in verdict.all_failures())


def test_another_certificate_for_the_same_key_is_refused(signers: Signers):
    """Swapped in the CMS: the signing-certificate attribute no longer names it."""
    key = new_key("rsa")
    used, swapped = (signers.seal_ca.issue_school(SCHOOL, TAX_CODE, key=key) for _ in range(2))
    pdf = prepare(small_form(), Certificate.read(used.certificate), used.chain, signers.now).pdf

    def build(digest: bytes, own: bytes, chain: object, kind: object, value: bytes) -> bytes:
        # the same attributes and value, but the signer is said to be another
        der = cms.build(digest, own, chain, kind, value)  # type: ignore[arg-type]
        return der.replace(used.certificate, swapped.certificate)

    verdict = verify_pdf(Forger(used).sign(pdf, build), signers.trust, signers.now)

    assert verdict.outcome is Outcome.INVALID
    assert {failure.rule for failure in verdict.all_failures()} == {"pdf_form"}


def test_a_seal_of_the_future_is_refused(signers: Signers):
    pdf = sealed(small_form(), signers.seal, signers.now + timedelta(hours=1))

    verdict = verify_pdf(pdf, signers.trust, signers.now)

    assert {failure.rule for failure in verdict.all_failures()} == {"future"}


@pytest.mark.parametrize("kind", ["rsa", "p256"])
@pytest.mark.parametrize("value", ["zero", "ones", "one", "other"])
def test_a_value_that_was_not_made_by_the_key_is_refused(kind: str, value: str, signers: Signers):
    identity = signers.seal_ca.issue_school(SCHOOL, TAX_CODE, key=kind)
    certificate = Certificate.read(identity.certificate)
    pdf = prepare(small_form(), certificate, identity.chain, signers.now).pdf
    size = certificate.key_bytes
    wrong = {
        "zero": bytes(size),
        "ones": b"\xff" * size,
        "one": bytes(size - 1) + b"\1",
        "other": identity.sign_digest(bytes(32)),
    }[value]

    def build(digest: bytes, own: bytes, chain: object, key_kind: object, _: bytes) -> bytes:
        return cms.build(digest, own, chain, key_kind, wrong)  # type: ignore[arg-type]

    verdict = verify_pdf(Forger(identity).sign(pdf, build), signers.trust, signers.now)

    assert verdict.outcome is Outcome.INVALID
    assert {failure.rule for failure in verdict.all_failures()} <= {"value", "pdf_form"}
