"""Prepare before the person is asked, embed after: the same bytes over a restart, whatever the vendor sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hocba_core.certificate import Certificate, issuers_in_order
from hocba_core.errors import BadInput
from hocba_core.testing.pki import TestCa
from hocba_core.xades.embed import embed
from hocba_core.xades.prepare import Prepared, Reference, prepare
from lxml import etree

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)
DS = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture(scope="module")
def ca() -> TestCa:
    return TestCa.create("Test", NOW)


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_the_digest_is_that_of_canonical_signed_info_in_its_place(kind: str, ca: TestCa) -> None:
    person = ca.issue_person("An", "099100000001", key=kind)
    prepared = prepare("gvcn", [Reference("thongtinhocba", b"x" * 32)], Certificate.read(person.certificate), NOW)

    value = person.sign_digest(prepared.digest)
    root = etree.fromstring(embed(prepared, value, person.certificate, person.chain))

    info = root.find(f"{DS}SignedInfo")
    assert info is not None
    assert sha256(etree.tostring(info, method="c14n", exclusive=True)).digest() == prepared.digest
    assert etree.tostring(root, method="c14n", exclusive=True) == embed(
        prepared, value, person.certificate, person.chain
    )


def test_what_was_prepared_survives_a_restart(ca: TestCa) -> None:
    person = ca.issue_person("An", "099100000001")
    prepared = prepare("gvcn", [Reference("thongtinhocba", b"x" * 32)], Certificate.read(person.certificate), NOW)

    assert Prepared.from_bytes(prepared.to_bytes()) == prepared


def test_the_time_is_utc_in_whole_seconds(ca: TestCa) -> None:
    person = Certificate.read(ca.issue_person("An", "099100000001").certificate)
    hanoi = NOW.astimezone(timezone(timedelta(hours=7))) + timedelta(milliseconds=999)

    prepared = prepare("gvcn", [Reference("thongtinhocba", b"x" * 32)], person, hanoi)

    assert "<xades:SigningTime>2026-05-25T03:00:00Z</xades:SigningTime>" in prepared.properties


def test_a_digest_of_another_length_is_refused(ca: TestCa) -> None:
    person = Certificate.read(ca.issue_person("An", "099100000001").certificate)

    with pytest.raises(BadInput):
        prepare("gvcn", [Reference("thongtinhocba", b"x" * 20)], person, NOW)


@pytest.mark.parametrize(
    "given", ["in order", "with the root", "leaf and all", "backwards", "twice", "with a stranger"]
)
def test_key_info_is_the_path_upwards_whatever_the_vendor_gives(given: str, ca: TestCa) -> None:
    person = ca.issue_person("An", "099100000001")
    root = ca.root_der
    stranger = TestCa.create("Other", NOW, kind="p256").issue_person("Bình", "099100000002")
    chains = {
        "in order": person.chain,
        "with the root": (*person.chain, root),
        "leaf and all": (person.certificate, *person.chain, root),
        "backwards": (root, *person.chain),
        "twice": person.chain * 2,
        "with a stranger": (*stranger.chain, stranger.certificate, *person.chain),
    }

    assert issuers_in_order(person.certificate, chains[given]) == person.chain


def test_a_chain_of_junk_is_refused(ca: TestCa) -> None:
    with pytest.raises(BadInput):
        issuers_in_order(ca.issue_person("An", "099100000001").certificate, (b"junk",))
