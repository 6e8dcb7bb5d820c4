"""What vendors and tokens send back: good values in every habit they have, and values that must not pass."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from hocba_core.certificate import Certificate
from hocba_core.errors import DoesNotVerify
from hocba_core.signature_value import check_value, fits
from hocba_core.testing.pki import Identity, TestCa

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)
DIGEST = sha256(b"canonical SignedInfo").digest()


@pytest.fixture(scope="module")
def ca() -> TestCa:
    return TestCa.create("Test", NOW, kind="p256")


@pytest.fixture(scope="module")
def rsa(ca: TestCa) -> Identity:
    return ca.issue_person("An", "099100000001", key="rsa")


@pytest.fixture(scope="module")
def p256(ca: TestCa) -> Identity:
    return ca.issue_person("An", "099100000001", key="p256")


def test_a_good_value_passes_unchanged(rsa: Identity, p256: Identity) -> None:
    for signer in (rsa, p256):
        value = signer.sign_digest(DIGEST)
        assert check_value(Certificate.read(signer.certificate), DIGEST, value) == value


def test_der_becomes_r_and_s(p256: Identity) -> None:
    assert isinstance(p256.key, EllipticCurvePrivateKey)
    der = p256.key.sign(DIGEST, ECDSA(Prehashed(SHA256())))

    value = check_value(Certificate.read(p256.certificate), DIGEST, der)

    assert len(value) == 64
    assert check_value(Certificate.read(p256.certificate), DIGEST, value) == value


def test_a_stripped_leading_zero_comes_back(rsa: Identity) -> None:
    certificate = Certificate.read(rsa.certificate)
    for _ in range(4000):
        digest = os.urandom(32)
        value = rsa.sign_digest(digest)
        if value[0] == 0:
            assert check_value(certificate, digest, value[1:]) == value
            return
    pytest.skip("no value began with a zero in this run (about one run in six million)")


@pytest.mark.parametrize("change", ["other digest", "other key", "flipped", "short", "long", "empty", "zeros"])
@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_a_bad_value_is_refused(kind: str, change: str, ca: TestCa, rsa: Identity, p256: Identity) -> None:
    signer = rsa if kind == "rsa" else p256
    value = signer.sign_digest(DIGEST)
    bad = {
        "other digest": signer.sign_digest(sha256(b"other").digest()),
        "other key": ca.issue_person("An", "099100000001", key=kind).sign_digest(DIGEST),
        "flipped": bytes([value[0] ^ 1]) + value[1:],
        "short": value[:-3],
        "long": value + b"\0",
        "empty": b"",
        "zeros": b"\0" * len(value),
    }[change]
    certificate = Certificate.read(signer.certificate)

    assert not fits(certificate, DIGEST, bad)
    with pytest.raises(DoesNotVerify):
        check_value(certificate, DIGEST, bad)


def test_a_digest_of_another_length_is_refused(rsa: Identity) -> None:
    with pytest.raises(DoesNotVerify):
        check_value(Certificate.read(rsa.certificate), b"x" * 20, rsa.sign_digest(DIGEST))
