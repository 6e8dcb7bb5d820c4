"""`hocba demo` that cannot run says so in words and with exit code 1, before it starts anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hocba_gateway.demo.command import command

pytestmark = pytest.mark.feature("O1")

SHEET = b"PK: nobody reads it before the programs run"


def demo(data: Path, out: Path) -> Result:
    return CliRunner().invoke(command, ["--once", "--data", str(data), "--out", str(out)], env={"COLUMNS": "400"})


def says(done: Result, *words: str) -> None:
    assert done.exit_code == 1, done.output
    assert "Không chạy được:" in done.output
    said = " ".join(done.output.split())
    assert all(word in said for word in words), done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("school = 3", ("“school”", "[school]")),
        ("year = 2025", ("“year”", "2025-2026")),
        ("[people]\nreleaser = 7", ("“people.releaser”",)),
        ("[print]\nleader = ['a']", ("“print.leader”",)),
        ("[shcool]", ("shcool", "school, department, print, people")),
        ("year = ", ("truong.toml", "không đọc được")),
    ],
)
def test_what_is_wrong_in_truong_toml_is_named(tmp_path, about, words):
    data = tmp_path / "truong"
    data.mkdir()
    (data / "a.xlsx").write_bytes(SHEET)
    (data / "truong.toml").write_text(about, encoding="utf-8")
    says(demo(data, tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_spreadsheets_is_named_as_it_is_written(tmp_path):
    for name in ("trống", "[red]trống[/x]", "nested"):
        (tmp_path / name).mkdir(parents=True)
        says(demo(tmp_path / name, tmp_path / "out"), "không có bảng tính nào", name)


def test_a_folder_for_results_that_cannot_be_made_is_named(tmp_path):
    data = tmp_path / "truong"
    data.mkdir()
    (data / "a.xlsx").write_bytes(SHEET)
    (tmp_path / "file").write_text("")
    says(demo(data, tmp_path / "file" / "out"), "Không mở được", "out")
