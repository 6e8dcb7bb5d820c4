"""V1, `hocba verify`: exit 0 valid, 1 invalid, 2 cannot tell; every signature and every broken rule in words."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hocba_core.testing.packing import manifest_of, sealed_package
from hocba_core.testing.pdf import sealed, small_form
from hocba_core.testing.sample import Signers, sample_uuid, signed_record
from hocba_gateway.cli import main

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def signers() -> Signers:
    return Signers.create(NOW)


@pytest.fixture
def folder(tmp_path: Path, signers: Signers) -> Path:
    """As the demo leaves it: records by class, packages, trust."""
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust/people-test.pem").write_bytes(signers.people_ca.root_pem)
    (tmp_path / "trust/seal-test.pem").write_bytes(signers.seal_ca.root_pem)
    (tmp_path / "9a").mkdir()
    for number in (1, 2):
        record = signed_record(signers, "th_tt27_1", number=number)
        (tmp_path / f"9a/{sample_uuid(number)}.xml").write_bytes(record)
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


def told(result: Result) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.feature("V1")
def test_good_records_are_explained_and_exit_0(folder: Path) -> None:
    result = run(folder / "9a", "--trust", folder / "trust")

    assert result.exit_code == 0, result.output
    assert result.stdout.count("HỢP LỆ · học bạ số (XML) · XAdES B-B · thu hồi: chưa kiểm tra") == 2
    for word in ("Giáo viên chủ nhiệm", "Lãnh đạo nhà trường", "Dấu của nhà trường", "Trường THCS Mẫu", "Phủ: "):
        assert word in result.stdout
    assert "09:58:00 ngày 25/05/2026" in result.stdout
    assert "Tổng cộng: 2 tệp hợp lệ" in result.stdout


@pytest.mark.feature("V1")
def test_a_changed_record_exits_1_and_says_why(folder: Path) -> None:
    path = folder / f"9a/{sample_uuid()}.xml"
    path.write_bytes(path.read_bytes().replace(b"<CAN_NANG>42", b"<CAN_NANG>43"))

    result = run(folder / "9a", "--trust", folder / "trust")

    assert result.exit_code == 1
    assert "KHÔNG HỢP LỆ" in result.stdout
    assert "Nội dung đã bị thay đổi sau khi ký" in result.stdout
    assert "Tổng cộng: 1 tệp hợp lệ, 1 tệp không hợp lệ" in result.stdout


@pytest.mark.feature("V1")
@pytest.mark.parametrize("required", ["revocation", "timestamp", "revocation,timestamp"])
def test_what_is_required_and_not_there_exits_2(required: str, folder: Path) -> None:
    result = run(folder / "9a", "--trust", folder / "trust", "--require", required, "--json")

    assert result.exit_code == 2
    assert told(result)["outcome"] == "unknown"
    rules = {failure["rule"] for failure in told(result)["files"][0]["failures"]}
    assert rules == {f"no_{word}" for word in required.split(",")}


@pytest.mark.feature("V1")
def test_an_invalid_file_stays_invalid_whatever_is_required(folder: Path) -> None:
    (folder / "9a/x.xml").write_bytes(b"<HOC_BA></HOC_BA>")

    assert run(folder / "9a", "--trust", folder / "trust", "--require", "revocation").exit_code == 1


@pytest.mark.feature("V1")
def test_json_tells_every_signature(folder: Path) -> None:
    result = run(folder / f"9a/{sample_uuid()}.xml", "--trust", folder / "trust", "--json")

    (file,) = told(result)["files"]
    assert result.exit_code == 0
    assert file["outcome"] == "valid"
    assert file["path"].endswith(f"{sample_uuid()}.xml")
    assert [signature["slot"] for signature in file["signatures"]] == ["gvcn", "cbql", "phat-hanh"]


@pytest.mark.feature("V1")
def test_a_class_as_a_zip_is_judged(folder: Path) -> None:
    with zipfile.ZipFile(folder / "9a.zip", "w") as archive:
        for path in (folder / "9a").iterdir():
            archive.write(path, f"9A/{path.name}")
        archive.writestr("9A/readme.txt", "x")

    result = run(folder / "9a.zip", "--trust", folder / "trust", "--json")

    assert result.exit_code == 0
    assert len(told(result)["files"]) == 2


@pytest.mark.feature("V1")
def test_a_package_and_a_pdf_are_judged_as_what_they_are(folder: Path, signers: Signers) -> None:
    records = [path.read_bytes() for path in sorted((folder / "9a").iterdir())]
    (folder / "9a.xml").write_bytes(sealed_package(signers, manifest_of(records, NOW)))
    (folder / "form.pdf").write_bytes(sealed(small_form(), signers.seal, NOW))

    result = run(folder / "9a.xml", folder / "form.pdf", "--trust", folder / "trust", "--json")

    assert result.exit_code == 0, result.output
    assert [file["kind"] for file in told(result)["files"]] == ["package", "pdf"]
    assert len(told(result)["files"][0]["members"]) == 2


@pytest.mark.feature("V2")
def test_a_pdf_of_other_data_beside_its_record_is_refused(folder: Path, signers: Signers) -> None:
    """The seal on the PDF holds; the record of the same uuid says something else."""
    pdf = folder / f"9a/{sample_uuid()}.pdf"
    pdf.write_bytes(sealed(small_form(), signers.seal, NOW))

    result = run(folder / "9a", "--trust", folder / "trust")

    assert result.exit_code == 1
    assert "PDF không khớp dữ liệu đã ký" in result.stdout


@pytest.mark.feature("V2")
def test_roots_beside_the_files_are_not_believed_by_themselves(folder: Path) -> None:
    result = CliRunner(env={"HOCBA_TRUST": None}).invoke(main, ["verify", str(folder / "9a")])

    assert result.exit_code == 2
    assert "--trust" in result.output


@pytest.mark.feature("V1")
def test_nothing_to_judge_exits_2(folder: Path) -> None:
    (folder / "empty").mkdir()

    assert run(folder / "empty", "--trust", folder / "trust").exit_code == 2
    assert run(folder / "none.xml", "--trust", folder / "trust").exit_code == 2
    assert run(folder / "9a", "--trust", folder / "9a").exit_code == 2
    assert run(folder / "9a", "--trust", folder / "trust", "--require", "magic").exit_code == 2


@pytest.mark.feature("V1")
def test_a_broken_zip_exits_2(folder: Path) -> None:
    (folder / "x.zip").write_bytes(b"PK\x03\x04 no")

    assert run(folder / "x.zip", "--trust", folder / "trust").exit_code == 2
