"""O1 and the whole path, as a stranger sees it: the exit code, the files that are left, other people's judges."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from hocba_core.agent_protocol import PORTS
from hocba_core.testing.judges import xmlsec1_complaints
from hocba_gateway.demo.programs import GATEWAY_PORT
from hocba_gateway.school.reading.tables import Upload
from hocba_gateway.testing import sample_workbooks
from hocba_gateway.testing.command import demo, run, written

pytestmark = [pytest.mark.feature("O1"), pytest.mark.xdist_group("demo")]


@pytest.mark.feature("T15")
@pytest.mark.feature("T8")
def test_everything_is_signed_sealed_sent_and_left_in_its_place(ran):
    report = ran.report
    made = report["transcripts"]
    assert (report["classes"], report["pupils"]) == (4, 12)
    assert made == len(ran.records) == len(list(ran.out.glob("*/*.pdf")))
    assert report["states"] == {
        "state": {"Hoàn thành ký": made}, "completion": {"Đã xác nhận": made}, "delivery": {"Đã gửi": made},
    }  # fmt: skip
    signatures = report["signatures"]
    assert signatures["gvcn"] == signatures["cbql"] == signatures["phat-hanh"] == made
    assert signatures["gvbm"] == sum(path.read_bytes().count(b'Id="sig-gvbm-') for path in ran.records)
    receipts = json.loads((ran.out / "receipts.json").read_text(encoding="utf-8"))
    assert [one["state"] for one in receipts] == ["Đã gửi"] * 4
    assert all(one["receipt"] for one in receipts)
    assert {path.name for path in (ran.out / "packages").iterdir()} == {"6a.xml", "7a.xml", "8a.xml", "9a.xml"}
    assert [path.name.partition("-")[0] for path in sorted((ran.out / "trust").iterdir())] == ["people", "seal"]


def test_who_is_left_out_is_named_with_the_reason(ran):
    report = ran.report
    assert report["pupils"] == report["transcripts"] + len(report["left_out"])
    for left in report["left_out"]:
        assert left["pupil"]
        assert left["missing"] or "Trạng thái" in left["reason"]
        assert left["pupil"] in ran.said


@pytest.mark.feature("V1")
def test_a_stranger_verifies_all_of_it(ran):
    done = run("verify", ran.out, "--trust", ran.out / "trust", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["outcome"]) == (0, "valid")
    assert len(told["files"]) == 2 * ran.report["transcripts"] + 4
    assert run("verify", ran.out, "--trust", ran.out / "trust", "--require", "revocation").returncode == 2


@pytest.mark.feature("V1")
def test_xmlsec1_accepts_every_signature_with_every_id_registered(ran):
    roots = sorted((ran.out / "trust").glob("*.pem"))
    for file in (ran.records[0], ran.records[-1], ran.out / "packages/9a.xml"):
        assert list(xmlsec1_complaints(file, roots)) == [], file.name


@pytest.mark.feature("T8")
def test_pdfsig_accepts_the_sealed_form(ran):
    done = subprocess.run(["pdfsig", "-nocert", ran.records[0].with_suffix(".pdf")], capture_output=True, text=True)
    assert "Signature is Valid." in done.stdout
    assert "Total document signed" in done.stdout


@pytest.mark.feature("V6")
def test_logs_hold_no_pin_no_password_and_nobodys_number(ran):
    numbers = {found for record in ran.records for found in re.findall(r"<SO_DINH_DANH>(\d{12})<", record.read_text())}
    names = {found for record in ran.records for found in re.findall(r"<HO_VA_TEN>([^<]+)<", record.read_text())}
    assert numbers and names
    for log in (ran.out / ".state/logs").iterdir():
        text = log.read_text(encoding="utf-8", errors="replace")
        for secret in ("12345678", *numbers, *names):
            assert secret not in text, f"{log.name} holds {secret}"


@pytest.fixture
def taken() -> Iterator[None]:
    """The gateway's usual port and every port of the agent are somebody else's."""
    with ExitStack() as stack:
        for port in (GATEWAY_PORT, *PORTS):
            holder = stack.enter_context(socket.socket())
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):  # somebody else has it already, which does as well
                holder.bind(("127.0.0.1", port))
                holder.listen()
        yield


@pytest.mark.feature("T20")
def test_a_primary_school_has_no_subject_teachers_step_and_taken_ports_are_no_trouble(taken, tmp_path, primary_school):
    done = demo(tmp_path / "out", "--data", primary_school, "--limit-pupils", "2")
    assert done.code == 0, done.said
    signatures = done.report["signatures"]
    assert "gvbm" not in signatures
    assert signatures["gvcn"] == signatures["phat-hanh"] == done.report["transcripts"] > 0


@pytest.mark.feature("O2")
@pytest.mark.feature("T20")
def test_upper_secondary_on_postgresql_and_again_in_the_same_database(postgres_url, tmp_path, upper_secondary_school):
    for _ in range(2):
        done = demo(tmp_path / "out", "--database", postgres_url, "--data", upper_secondary_school)
        assert done.code == 0, done.said
        assert done.report["transcripts"] > 0
        assert done.report["states"]["delivery"] == {"Đã gửi": done.report["transcripts"]}


@pytest.mark.feature("S1")
def test_what_cannot_be_understood_is_refused_by_cell_and_nothing_is_stored(tmp_path):
    rows = [list(row) for row in sample_workbooks.pupil_list("10A1", 2010)]
    rows[2][2] = "ngày rằm"
    wrong = Upload("hoc-sinh.xlsx", sample_workbooks.make_workbook({"CSDL": rows}))
    folder = written(tmp_path / "hong", [*sample_workbooks.upper_school(), wrong])
    done = demo(tmp_path / "out", "--data", folder)
    assert done.code == 1
    said = " ".join(done.said.split())
    assert "hoc-sinh.xlsx, trang “CSDL”, dòng 3, cột C (Ngày sinh)" in said
    assert "chưa có gì được lưu" in said
    assert not (tmp_path / "out/report.json").exists()


def test_a_folder_without_spreadsheets_is_said_to_be_one(tmp_path):
    (tmp_path / "trong").mkdir()
    done = demo(tmp_path / "out", "--data", tmp_path / "trong")
    assert done.code == 1
    assert "không có bảng tính" in " ".join(done.said.split())
