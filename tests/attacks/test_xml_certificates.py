"""A signature that holds, by a certificate that must not be believed for this person, step or moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hocba_core.errors import CertificateRefused
from hocba_core.testing.forge import Workshop, signature
from hocba_core.testing.pki import Identity, TestCa, new_key
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers

LEADER = "099185193630"
NAME = "Dương Bích Trang"
DAY = timedelta(days=1)
Issue = Callable[[Signers], Identity]


def leader(**how: object) -> Issue:
    return lambda signers: signers.people_ca.issue_person(NAME, LEADER, **how)  # type: ignore[arg-type]


def seal(**how: object) -> Issue:
    return lambda signers: signers.seal_ca.issue_school(SCHOOL, TAX_CODE, **how)  # type: ignore[arg-type]


def with_dates(start: timedelta, end: timedelta) -> Issue:
    return lambda signers: signers.people_ca.issue_person(
        NAME, LEADER, start=signers.now + start, end=signers.now + end
    )


def self_signed(signers: Signers) -> Identity:
    own = signers.people_ca.issue_person(NAME, LEADER)
    lone = signers.people_ca.issue_person(NAME, LEADER, issued_by=own, key=own.key)
    return Identity(lone.certificate, own.key, ())


def by_an_end_entity(signers: Signers) -> Identity:
    teacher = signers.people_ca.issue_person("Giáo viên", "099100000099")
    return signers.people_ca.issue_person(NAME, LEADER, issued_by=teacher)


def under_too_long_a_path(signers: Signers) -> Identity:
    below = signers.people_ca.issue([(NameOID.COMMON_NAME, "Sub CA")], is_ca=True)
    return signers.people_ca.issue_person(NAME, LEADER, issued_by=below)


def whole_fake_chain_of_equal_names(signers: Signers) -> Identity:
    return TestCa.create("Test People", signers.now).issue_person(NAME, LEADER)


def by_the_governments_ca(signers: Signers) -> Identity:
    return signers.seal_ca.issue_person(NAME, LEADER)


def without_the_issuer(signers: Signers) -> Identity:
    good = signers.people_ca.issue_person(NAME, LEADER)
    return Identity(good.certificate, good.key, ())


def person(name: str, number: str, **how: object) -> Issue:
    return lambda signers: signers.people_ca.issue_person(name, number, **how)  # type: ignore[arg-type]


LEADERS: dict[str, tuple[Issue, set[str]]] = {
    "ended before signing": (with_dates(-300 * DAY, -DAY), {"ended", "chain"}),
    "not yet valid": (with_dates(DAY, 300 * DAY), {"ended", "chain"}),
    "self-signed": (self_signed, {"untrusted", "chain"}),
    "issued by an end entity": (by_an_end_entity, {"chain"}),
    "path longer than its CA allows": (under_too_long_a_path, {"chain"}),
    "a whole fake chain of equal names": (whole_fake_chain_of_equal_names, {"untrusted", "chain"}),
    "signature of the CA forged": (lambda signers: leader(signed_by=new_key())(signers), {"chain"}),
    "CA of another role": (by_the_governments_ca, {"untrusted"}),
    "issuer not given": (without_the_issuer, {"untrusted"}),
    "a CA's own": (leader(is_ca=True), {"usage"}),
    "for encryption only": (leader(signing_usage=False), {"usage"}),
    "for logging in only": (leader(login_only=True), {"usage"}),
    "another person": (person("Người Khác", "099100000098"), {"wrong_person"}),
    "another person of the same name": (person(NAME, "099100000098"), {"wrong_person"}),
    "no number": (person(NAME, ""), {"wrong_person"}),
    "old nine-digit number": (person(NAME, LEADER[3:], prefix="CMND:"), {"wrong_person"}),
    "number of another form": (person(NAME, LEADER, prefix="XYZ:"), {"wrong_person"}),
    "number with more behind": (person(NAME, LEADER + "1"), {"wrong_person"}),
    "a school's": (lambda signers: signers.people_ca.issue_school(SCHOOL, TAX_CODE), {"wrong_person"}),
}

SEALS: dict[str, tuple[Issue, set[str]]] = {
    "public CA in the government's place": (
        lambda signers: signers.people_ca.issue_school(SCHOOL, TAX_CODE),
        {"untrusted"},
    ),
    "a person of the public CA": (leader(), {"untrusted", "personal_seal"}),
    "a person of the government's CA": (by_the_governments_ca, {"personal_seal"}),
    "another school": (lambda signers: signers.seal_ca.issue_school("Trường Khác", "0100000002"), {"wrong_school"}),
    "another school of the same name": (
        lambda signers: signers.seal_ca.issue_school(SCHOOL, "0100000002"),
        {"wrong_school"},
    ),
    "a branch of the school": (
        lambda signers: signers.seal_ca.issue_school(SCHOOL, f"{TAX_CODE}-001"),
        {"wrong_school"},
    ),
    "a member of the school's staff": (
        lambda signers: signers.seal_ca.issue(
            [
                (NameOID.COMMON_NAME, NAME),
                (NameOID.USER_ID, f"MST:{TAX_CODE}"),
                (NameOID.SERIAL_NUMBER, f"CCCD:{LEADER}"),
            ]
        ),
        {"personal_seal"},
    ),
    "for encryption only": (seal(signing_usage=False), {"usage"}),
    "signature of the CA forged": (lambda signers: seal(signed_by=new_key())(signers), {"chain"}),
}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("name", LEADERS)
def test_a_leaders_signature_by_such_a_certificate_is_refused(name: str, workshop: Workshop) -> None:
    issue, rules = LEADERS[name]
    prepared, signer = workshop.prepared("cbql", signer=issue(workshop.signers))

    forged = workshop.signed_again("cbql", signature(prepared, signer))

    assert workshop.rules_broken(forged) & rules


@pytest.mark.feature("V2")
@pytest.mark.parametrize("name", SEALS)
def test_a_seal_by_such_a_certificate_is_refused(name: str, workshop: Workshop) -> None:
    issue, rules = SEALS[name]
    prepared, signer = workshop.prepared("phat-hanh", signer=issue(workshop.signers))

    assert workshop.rules_broken(workshop.with_seal(signature(prepared, signer))) >= rules


@pytest.mark.feature("V2")
def test_what_the_forger_uses_is_believed_when_nothing_is_wrong(workshop: Workshop) -> None:
    for slot, issue in (("cbql", leader()), ("cbql", leader(key="p256")), ("phat-hanh", seal())):
        prepared, signer = workshop.prepared(slot, signer=issue(workshop.signers))
        assert workshop.rules_broken(workshop.signed_again(slot, signature(prepared, signer))) == set()


@pytest.mark.feature("V2")
@pytest.mark.parametrize("key", [new_key("rsa", 1024), ec.generate_private_key(ec.SECP384R1())], ids=["1024", "P-384"])
def test_a_weak_or_unknown_key_is_refused_before_and_after(key: object, workshop: Workshop) -> None:
    weak = workshop.signers.seal_ca.issue_school(SCHOOL, TAX_CODE, key=key)  # type: ignore[arg-type]
    with pytest.raises(CertificateRefused):
        workshop.prepared("phat-hanh", signer=weak)

    prepared, good = workshop.prepared("phat-hanh")
    forged = signature(prepared, good, certificates=(weak.certificate, *weak.chain))
    assert workshop.rules_broken(workshop.with_seal(forged)) >= {"key", "certificate_swapped"}


@pytest.mark.feature("V2")
def test_another_certificate_of_the_same_key_is_refused(workshop: Workshop) -> None:
    """The value holds under both: only SigningCertificateV2 tells them apart."""
    prepared, signer = workshop.prepared("phat-hanh")
    other = workshop.signers.seal_ca.issue_school(SCHOOL, TAX_CODE, key=signer.key)
    forged = signature(prepared, signer, certificates=(other.certificate, *other.chain))

    assert workshop.rules_broken(workshop.with_seal(forged)) == {"certificate_swapped"}


@pytest.mark.feature("V2")
def test_a_stranger_who_shows_the_schools_certificate_is_refused(workshop: Workshop) -> None:
    prepared, _ = workshop.prepared("phat-hanh")
    stranger = workshop.signers.people_ca.issue_person("Người lạ", "099100000097", key="rsa")

    forged = signature(prepared, workshop.signers.seal, value=stranger.sign_digest)

    assert workshop.rules_broken(workshop.with_seal(forged)) == {"value"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("extra", ["root", "stranger", "leaf again", "six"])
def test_certificates_that_do_not_belong_to_the_path_are_refused(extra: str, workshop: Workshop) -> None:
    """KeyInfo of the seal is covered by nothing, so nothing may hide in it."""
    prepared, signer = workshop.prepared("phat-hanh")
    stranger = workshop.signers.people_ca.issue_person("Người lạ", "099100000097")
    root = workshop.signers.seal_ca.root_der
    more = {"root": [root], "stranger": [stranger.certificate], "leaf again": [signer.certificate], "six": [root] * 6}
    forged = signature(prepared, signer, certificates=(signer.certificate, *signer.chain, *more[extra]))

    assert workshop.rules_broken(workshop.with_seal(forged)) & {"chain_extra", "form"}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("junk", [b"", b"\x30\x00", b"junk", b"\x30\x82\xff\xff" + b"\0" * 64])
@pytest.mark.parametrize("place", ["leaf", "issuer"])
def test_junk_in_the_place_of_a_certificate_is_refused(place: str, junk: bytes, workshop: Workshop) -> None:
    prepared, signer = workshop.prepared("phat-hanh")
    shown = (junk, *signer.chain) if place == "leaf" else (signer.certificate, junk)

    assert workshop.rules_broken(workshop.with_seal(signature(prepared, signer, certificates=shown)))


@pytest.mark.feature("V2")
def test_a_time_in_the_future_is_refused(workshop: Workshop) -> None:
    prepared, signer = workshop.prepared("phat-hanh", at=workshop.now + timedelta(hours=1))

    assert workshop.rules_broken(workshop.with_seal(signature(prepared, signer))) == {"future"}


@pytest.mark.feature("V2")
def test_a_leader_before_the_teachers_is_refused(workshop: Workshop) -> None:
    prepared, signer = workshop.prepared("cbql", at=workshop.now - timedelta(days=2))

    assert workshop.rules_broken(workshop.signed_again("cbql", signature(prepared, signer))) == {"order"}
