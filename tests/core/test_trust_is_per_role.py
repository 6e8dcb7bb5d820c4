"""Roots by role, from files that say where they come from; a path's verdict is kept for its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from hocba_core.errors import SettingWrong
from hocba_core.testing.pki import TestCa
from hocba_core.trust import Role, TrustStore

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def people() -> TestCa:
    return TestCa.create("People", NOW, kind="p256")


@pytest.fixture(scope="module")
def government() -> TestCa:
    return TestCa.create("Government", NOW, kind="p256")


@pytest.fixture
def folder(tmp_path: Path, people: TestCa, government: TestCa) -> Path:
    (tmp_path / "people-one.pem").write_bytes(people.root_pem)
    (tmp_path / "seal-one.pem").write_bytes(government.root_pem)
    return tmp_path


@pytest.mark.feature("V1")
def test_each_role_believes_its_own_roots_only(folder: Path, people: TestCa, government: TestCa) -> None:
    trust = TrustStore.load(folder)
    person = people.issue_person("An", "099100000001", key="p256")
    school = government.issue_school("Trường", "0100000001", key="p256")

    assert trust.judge(Role.PEOPLE, person.certificate, person.chain, NOW).trusted
    assert trust.judge(Role.SEAL, school.certificate, school.chain, NOW).trusted
    assert trust.judge(Role.SEAL, person.certificate, person.chain, NOW).reason == "no_path"
    assert trust.judge(Role.PEOPLE, school.certificate, school.chain, NOW).reason == "no_path"


@pytest.mark.feature("V1")
def test_the_path_that_was_found_is_told(folder: Path, people: TestCa) -> None:
    person = people.issue_person("An", "099100000001", key="p256")

    verdict = TrustStore.load(folder).judge(Role.PEOPLE, person.certificate, (people.root_der, *person.chain), NOW)

    assert verdict.path == person.chain


@pytest.mark.feature("V1")
def test_a_path_is_judged_at_its_own_day(folder: Path, people: TestCa) -> None:
    person = people.issue_person("An", "099100000001", key="p256", end=NOW + timedelta(days=10))
    trust = TrustStore.load(folder)

    days = [
        trust.judge(Role.PEOPLE, person.certificate, person.chain, NOW + timedelta(days=d)).trusted for d in (0, 9, 11)
    ]

    assert days == [True, True, False]


@pytest.mark.feature("V1")
async def test_it_may_be_asked_inside_a_running_loop(folder: Path, people: TestCa) -> None:
    person = people.issue_person("An", "099100000001", key="p256")

    assert TrustStore.load(folder).judge(Role.PEOPLE, person.certificate, person.chain, NOW).trusted


def test_a_folder_without_a_roles_roots_is_refused(folder: Path) -> None:
    (folder / "seal-one.pem").unlink()

    with pytest.raises(SettingWrong):
        TrustStore.load(folder)


def test_a_root_that_is_none_is_refused(folder: Path) -> None:
    (folder / "people-two.pem").write_text("no PEM at all")

    with pytest.raises(SettingWrong):
        TrustStore.load(folder)


@pytest.mark.feature("A4")
def test_known_issuers_are_kept_beside_the_roots_and_are_none(folder: Path, people: TestCa) -> None:
    person = people.issue_person("An", "099100000001", key="p256")
    without = TrustStore.load(folder)
    (folder / "issuer-one.pem").write_bytes(pem_of(person.chain[0]))

    trust = TrustStore.load(folder)

    assert (trust.issuers, trust.version) == (person.chain, without.version)
    assert trust.judge(Role.PEOPLE, person.certificate, (), NOW).reason == "no_path"
    assert trust.judge(Role.PEOPLE, person.certificate, trust.issuers, NOW).path == person.chain


@pytest.mark.feature("A4")
def test_trust_toml_may_name_known_issuers(folder: Path, people: TestCa) -> None:
    (folder / "ca.pem").write_bytes(pem_of(people.issue_person("An", "099100000001", key="p256").chain[0]))
    (folder / "trust.toml").write_text(TOML + '[[issuers]]\nfile = "ca.pem"\nsource = "the CA\'s site, 2026-05-01"\n')

    assert len(TrustStore.at(folder).issuers) == 1


def pem_of(der: bytes) -> bytes:
    return pem.armor("CERTIFICATE", der)


TOML = """
version = "2026-05"
[[people]]
file = "people-one.pem"
source = "the CA's site, 2026-05-01"
[[seal]]
file = "seal-one.pem"
source = "ca.gov.vn, 2026-05-01"
"""


def test_trust_toml_names_version_and_sources(folder: Path) -> None:
    (folder / "trust.toml").write_text(TOML)

    trust = TrustStore.load_toml(folder / "trust.toml")

    assert trust.version == "2026-05"
    assert trust.people == TrustStore.load(folder).people


def test_an_operator_may_name_the_list_or_its_folder(folder: Path) -> None:
    without = TrustStore.at(folder)
    (folder / "trust.toml").write_text(TOML)

    assert without == TrustStore.load(folder)
    assert TrustStore.at(folder) == TrustStore.at(folder / "trust.toml") == TrustStore.load_toml(folder / "trust.toml")


def test_a_path_that_is_not_there_trusts_nobody(folder: Path) -> None:
    with pytest.raises(SettingWrong):
        TrustStore.at(folder / "nowhere")


@pytest.mark.parametrize(
    "broken",
    [TOML.replace("source", "origin"), TOML.replace("seal-one", "none"), TOML.replace("version", "v"), "x = ["],
)
def test_a_trust_toml_that_lacks_something_is_refused(broken: str, folder: Path) -> None:
    (folder / "trust.toml").write_text(broken)

    with pytest.raises(SettingWrong):
        TrustStore.load_toml(folder / "trust.toml")
