"""The package of a class: built, sealed, read back, judged; and the ways to cheat with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hocba_core import package
from hocba_core.errors import BadInput
from hocba_core.package import PackedRecord, build_manifest, read_package
from hocba_core.testing.judges import xmlsec1_complaints
from hocba_core.testing.packing import manifest_of, sealed_package
from hocba_core.testing.sample import SCHOOL, Signers, sample_uuid, signed_record
from hocba_core.verify.package import verify_package
from hocba_core.verify.verdict import Outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)
KEY = "th_tt27_1"


@pytest.fixture(scope="module")
def signers() -> Signers:
    return Signers.create(NOW)


@pytest.fixture(scope="module")
def records(signers: Signers) -> list[bytes]:
    return [signed_record(signers, KEY, number=number) for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def sealed(signers: Signers, records: list[bytes]) -> bytes:
    return sealed_package(signers, manifest_of(records, NOW))


def rules(xml: bytes, signers: Signers) -> set[str]:
    verdict = verify_package(xml, signers.trust, NOW)
    broken = {failure.rule for failure in verdict.failures} | {f.rule for s in verdict.signatures for f in s.failures}
    assert (verdict.outcome is Outcome.VALID) is (not broken)
    return broken


def test_a_package_is_read_back_as_it_was_built(records: list[bytes], sealed: bytes) -> None:
    manifest = manifest_of(records, NOW)

    read = read_package(sealed)

    assert read.manifest == manifest
    assert [record.xml for record in read.manifest.records] == records
    assert read.digest == package.digest(build_manifest(manifest))


@pytest.mark.feature("V1")
def test_a_good_package_is_valid_with_every_record(signers: Signers, sealed: bytes) -> None:
    verdict = verify_package(sealed, signers.trust, NOW)

    assert verdict.outcome is Outcome.VALID
    assert [member.uuid for member in verdict.members] == [sample_uuid(number) for number in (1, 2, 3)]
    assert verdict.signatures[0].name == SCHOOL


@pytest.mark.feature("V1")
def test_xmlsec1_accepts_the_seal_and_the_file_is_canonical(signers: Signers, sealed: bytes, tmp_path: Path) -> None:
    (tmp_path / "package.xml").write_bytes(sealed)
    (tmp_path / "seal.pem").write_bytes(signers.seal_ca.root_pem)

    assert list(xmlsec1_complaints(tmp_path / "package.xml", [tmp_path / "seal.pem"], NOW)) == []
    assert etree.tostring(etree.fromstring(sealed), method="c14n", exclusive=True) == sealed


@pytest.mark.feature("V2")
def test_a_package_without_its_seal_is_refused_where_one_is_wanted(signers: Signers, records: list[bytes]) -> None:
    bare = build_manifest(manifest_of(records, NOW))

    assert rules(bare, signers) == {"package_unsealed"}
    assert verify_package(bare, signers.trust, NOW, sealed=False).outcome is Outcome.VALID


@pytest.mark.feature("V2")
def test_a_record_put_in_after_sealing_is_refused(signers: Signers, records: list[bytes], sealed: bytes) -> None:
    other = sealed_package(signers, manifest_of(records[:2], NOW))
    signature = read_package(other).signature
    grown = package.seal(build_manifest(manifest_of(records, NOW)), signature)

    assert rules(grown, signers) == {"digest"}


@pytest.mark.feature("V2")
def test_a_record_under_another_digest_is_refused(signers: Signers, records: list[bytes]) -> None:
    manifest = manifest_of(records, NOW)
    wrong = (replace(manifest.records[0], sha256="0" * 64), *manifest.records[1:])

    assert rules(sealed_package(signers, replace(manifest, records=wrong)), signers) == {"package_record_digest"}


@pytest.mark.feature("V2")
def test_a_record_under_another_pupils_uuid_is_refused(signers: Signers, records: list[bytes]) -> None:
    manifest = manifest_of(records[:1], NOW)
    wrong = (PackedRecord.of(sample_uuid(7), records[0]),)

    assert rules(sealed_package(signers, replace(manifest, records=wrong)), signers) == {"package_record_uuid"}


@pytest.mark.feature("V2")
def test_a_bad_record_makes_the_package_bad(signers: Signers, records: list[bytes]) -> None:
    bad = records[0].replace("Giỏi".encode(), "Xuất sắc".encode()).replace(b"<CAN_NANG>42", b"<CAN_NANG>43")

    package_of_it = sealed_package(signers, manifest_of([bad, records[1]], NOW))

    assert rules(package_of_it, signers) == {"package_record_invalid"}


@pytest.mark.feature("V2")
def test_another_schools_package_of_our_records_is_refused(signers: Signers, records: list[bytes]) -> None:
    other = signers.seal_ca.issue_school("Trường Khác", "0100000002")
    manifest = replace(manifest_of(records, NOW), tax_code="0100000002")

    assert rules(sealed_package(signers, manifest, seal=other), signers) == {"package_school"}
    assert "wrong_school" in rules(sealed_package(signers, manifest_of(records, NOW), seal=other), signers)


@pytest.mark.feature("V2")
def test_the_seal_of_a_record_is_no_seal_of_a_package(signers: Signers, records: list[bytes]) -> None:
    record = records[0]
    start = record.index(b"<ds:Signature", record.index(b"<KY_PHAT_HANH"))
    theirs = record[start : record.index(b"</KY_PHAT_HANH>")]

    assert rules(package.seal(build_manifest(manifest_of(records, NOW)), theirs), signers) == {"form"}


def test_a_cancelled_record_needs_no_bytes(signers: Signers, records: list[bytes]) -> None:
    manifest = manifest_of(records[:1], NOW, event="CANCEL")
    emptied = replace(manifest, records=(replace(manifest.records[0], xml=b""),))

    assert rules(sealed_package(signers, emptied), signers) == set()
    assert rules(sealed_package(signers, replace(emptied, event="NEW")), signers) == {"package_record_digest"}


@pytest.mark.parametrize("count", [0, 51])
def test_only_one_to_fifty_records_fit(count: int) -> None:
    records = tuple(PackedRecord(sample_uuid(number), "0" * 64, b"") for number in range(count))

    with pytest.raises(BadInput):
        build_manifest(replace(manifest_of([], NOW), records=records))


def test_a_record_twice_is_refused(records: list[bytes]) -> None:
    with pytest.raises(BadInput):
        build_manifest(manifest_of([records[0], records[0]], NOW))


def test_any_name_of_a_school_survives(signers: Signers, records: list[bytes]) -> None:
    name = 'Trường "A & B" <một> Nguyê\u0303n]]>'
    read = read_package(build_manifest(replace(manifest_of(records[:1], NOW), school_name=name)))

    assert read.manifest.school_name == 'Trường "A & B" <một> Nguyễn]]>'


@pytest.mark.feature("V2")
@pytest.mark.parametrize(
    "broken",
    [
        lambda xml: b"",
        lambda xml: b"<GOI_TIN></GOI_TIN>",
        lambda xml: xml + b"\n",
        lambda xml: b'<?xml version="1.0"?>' + xml,
        lambda xml: b"<!DOCTYPE GOI_TIN>" + xml,
        lambda xml: xml.replace(b"<KY_GOI_TIN", b"<X></X><KY_GOI_TIN"),
        lambda xml: xml.replace(b"<SU_KIEN>NEW<", b"<SU_KIEN>OLD<"),
        lambda xml: xml.replace(b"<PHIEN_BAN>1<", b"<PHIEN_BAN>0<"),
        lambda xml: xml.replace(b"<PHIEN_BAN>1<", b"<PHIEN_BAN>01<"),
        lambda xml: xml.replace(b"<MA_GOI>0", b"<MA_GOI>x"),
        lambda xml: xml.replace(b"</DANH_SACH_HOC_BA>", b"<!--x--></DANH_SACH_HOC_BA>"),
        lambda xml: xml.replace(b"<NOI_DUNG>P", b"<NOI_DUNG>\nP"),
        lambda xml: xml[: len(xml) // 2],
    ],
)
def test_a_package_of_another_form_is_refused(broken: object, signers: Signers, sealed: bytes) -> None:
    assert rules(broken(sealed), signers) == {"package_form"}  # type: ignore[operator]  # one of the lambdas


@pytest.mark.feature("V2")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_changed_bit_is_caught(where: float, bit: int, signers: Signers, sealed: bytes) -> None:
    changed = bytearray(sealed)
    changed[int(where * len(changed))] ^= 1 << bit

    assert rules(bytes(changed), signers)
