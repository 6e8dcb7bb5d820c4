"""`hocba verify`: judges files as a stranger would, without a server, a database or the network.

Exit 0 when every file is valid, 1 when one is not, 2 when it cannot be told (no trusted roots, nothing to read, or
something was required that the files do not carry).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

import click
from hocba_core.clock import system_clock
from hocba_core.errors import SettingWrong
from hocba_core.trust import TrustStore
from hocba_core.verify.file import REQUIREMENTS, together, verify_file, with_requirements
from hocba_core.verify.verdict import Outcome, Verdict

from hocba_gateway.commands.verify_input import CannotRead, files_of
from hocba_gateway.commands.verify_report import OUTCOMES, lines

EXITS = {Outcome.VALID: 0, Outcome.INVALID: 1, Outcome.UNKNOWN: 2}


def _required(_context: click.Context, _parameter: click.Parameter, value: str) -> frozenset[str]:
    words = frozenset(word.strip() for word in value.split(",") if word.strip())
    if words - set(REQUIREMENTS):
        raise click.BadParameter(f"chỉ nhận: {', '.join(REQUIREMENTS)}")
    return words


@click.command("verify")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH...")
@click.option(
    "--trust",
    "trust_path",
    envvar="HOCBA_TRUST",
    type=click.Path(exists=True, path_type=Path),
    help="Thư mục có people-*.pem và seal-*.pem (chứng thư gốc được tin cậy), hoặc trust.toml.",
)
@click.option("--require", "required", default="", callback=_required, help="revocation,timestamp")
@click.option("--json", "as_json", is_flag=True, help="Kết quả dạng JSON.")
def command(paths: tuple[Path, ...], trust_path: Path | None, required: frozenset[str], as_json: bool) -> None:
    """Kiểm tra chữ ký của học bạ XML, PDF, gói tin, thư mục hoặc tệp ZIP."""
    if trust_path is None:
        # roots lying beside the files are not taken by themselves: who forged the files could have put them there
        _cannot("Chưa có danh sách tổ chức được tin cậy: hãy dùng --trust THƯ_MỤC hoặc biến HOCBA_TRUST.", as_json)
    try:
        trust = TrustStore.at(trust_path)
        found = [(name, data) for path in paths for name, data in files_of(path)]
    except CannotRead as error:
        _cannot(str(error), as_json)
    except SettingWrong as error:
        _cannot(f"Danh sách tin cậy không dùng được: {error.facts['rule']}.", as_json)
    if not found:
        _cannot("Không có tệp XML hay PDF nào để kiểm tra.", as_json)
    now = system_clock()
    judged = together([verify_file(data, trust, now) for _, data in found])
    verdicts = [with_requirements(verdict, required) for verdict in judged]
    names = [name for name, _ in found]
    overall = _overall(verdicts)
    if as_json:
        files = [{"path": name, **verdict.to_dict()} for name, verdict in zip(names, verdicts, strict=True)]
        click.echo(json.dumps({"outcome": overall.value, "files": files}, ensure_ascii=False, indent=1))
    else:
        for name, verdict in zip(names, verdicts, strict=True):
            click.echo("\n".join(lines(name, verdict)))
        click.echo(_summary(verdicts))
    sys.exit(EXITS[overall])


def _overall(verdicts: list[Verdict]) -> Outcome:
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.INVALID in outcomes:
        return Outcome.INVALID
    return Outcome.UNKNOWN if Outcome.UNKNOWN in outcomes else Outcome.VALID


def _summary(verdicts: list[Verdict]) -> str:
    counts = ((outcome, sum(verdict.outcome is outcome for verdict in verdicts)) for outcome in Outcome)
    return "Tổng cộng: " + ", ".join(f"{count} tệp {OUTCOMES[outcome].lower()}" for outcome, count in counts if count)


def _cannot(why: str, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"outcome": "unknown", "files": [], "error": why}, ensure_ascii=False))
    else:
        click.echo(why, err=True)
    sys.exit(EXITS[Outcome.UNKNOWN])
