"""Whose a certificate is, by every way of writing a number that is in use; broken ones are refused, never a crash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hocba_core.certificate import Certificate
from hocba_core.errors import BadInput
from hocba_core.provider import KeyKind
from hocba_core.testing.pki import TestCa, new_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)
NUMBER = "099100000001"


@pytest.fixture(scope="module")
def ca() -> TestCa:
    return TestCa.create("Test", NOW, kind="p256")


@pytest.mark.parametrize(
    ("oid", "prefix"),
    [
        *((NameOID.USER_ID, prefix) for prefix in ("", "CCCD:", "CCCD: ", "CMND:", "CMT_", "PID:", "CCCD_")),
        # a PrintableString, which has no underscore
        *((NameOID.SERIAL_NUMBER, prefix) for prefix in ("", "CCCD:", "CMND:", "PID:")),
    ],
)
def test_a_persons_number_is_found(prefix: str, oid: object, ca: TestCa) -> None:
    subject = [(NameOID.COMMON_NAME, "Nguyễn Văn An"), (oid, prefix + NUMBER)]
    read = Certificate.read(ca.issue(subject, key="p256").certificate)  # type: ignore[arg-type]  # an OID

    assert (read.name, read.personal_number, read.tax_code) == ("Nguyễn Văn An", NUMBER, "")
    assert not read.is_organisation


@pytest.mark.parametrize(
    ("written", "code"),
    [("MST:0100000001", "0100000001"), ("MST: 0100000001-001", "0100000001001"), ("MST_0100000001", "0100000001")],
)
def test_a_schools_tax_code_is_found(written: str, code: str, ca: TestCa) -> None:
    subject = [(NameOID.COMMON_NAME, "Trường"), (NameOID.USER_ID, written)]
    read = Certificate.read(ca.issue(subject, key="p256").certificate)

    assert (read.tax_code, read.personal_number) == (code, "")
    assert read.is_organisation


@pytest.mark.parametrize(
    "written", ["12345", "CCCD:09910000000", "CCCD:0991000000012", "ABC:099100000001", "CCCD:09910000000x"]
)
def test_what_is_no_number_is_not_taken_for_one(written: str, ca: TestCa) -> None:
    subject = [(NameOID.COMMON_NAME, "An"), (NameOID.USER_ID, written)]
    read = Certificate.read(ca.issue(subject, key="p256").certificate)

    assert (read.personal_number, read.tax_code) == ("", "")


def test_dates_and_usage_are_read(ca: TestCa) -> None:
    person = ca.issue_person("An", NUMBER, start=NOW, end=NOW + timedelta(days=1), key="p256")
    read = Certificate.read(person.certificate)

    assert read.may_sign
    assert read.key_kind is KeyKind.P256
    assert [read.is_valid_at(NOW + timedelta(hours=hours)) for hours in (-1, 0, 24, 25)] == [False, True, True, False]
    assert not Certificate.read(ca.issue_person("An", NUMBER, signing_usage=False, key="p256").certificate).may_sign
    assert not Certificate.read(ca.issue_person("An", NUMBER, login_only=True, key="p256").certificate).may_sign
    assert not Certificate.read(ca.issue_person("An", NUMBER, is_ca=True, key="p256").certificate).may_sign


def test_a_key_that_is_too_short_is_of_no_kind(ca: TestCa) -> None:
    weak = ca.issue_person("An", NUMBER, key=new_key("rsa", 1024))

    assert Certificate.read(weak.certificate).key_kind is None


def test_a_number_is_never_shown_whole(ca: TestCa) -> None:
    read = Certificate.read(ca.issue_person("An", NUMBER, key="p256").certificate)

    assert NUMBER not in read.masked_subject
    assert read.masked_subject == "An (099…001)"


def test_a_number_that_the_ca_wrote_into_the_name_is_not_shown_whole_either(ca: TestCa) -> None:
    read = Certificate.read(ca.issue_person(f"An {NUMBER}", NUMBER, key="p256").certificate)

    assert (read.name, read.masked_name) == (f"An {NUMBER}", "An 099…001")
    assert read.masked_subject == "An 099…001 (099…001)"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), by=st.integers(1, 255))
def test_a_damaged_certificate_is_read_or_refused_but_never_crashes(where: float, by: int, ca: TestCa) -> None:
    der = bytearray(ca.issuing.public_bytes(Encoding.DER))
    der[int(where * len(der))] ^= by

    try:
        Certificate.read(bytes(der))
    except BadInput as error:
        assert error.facts["field"] == "certificate"
