"""`hocba init` and `hocba serve` as an operator runs them: what stops a start is said, what ends a run loses nothing.

Commands that end by themselves run in this process, but for one of each: a start of Python costs more than they do.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hocba_core.clock import system_clock
from hocba_core.testing.phone import Mood
from hocba_gateway.commands import init as init_command
from hocba_gateway.commands import serve
from hocba_gateway.testing.served import OFFICER, PASSWORD, Served, configured, init, refused, served
from hocba_viettel_mysign.simulator import Simulator

pytestmark = pytest.mark.feature("S5")

SAMPLE = Path(__file__).parents[2] / "gateway/hocba_gateway/demo/schools/thcs-mau"
YEAR = "2025-2026"


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    """The command sets this process's."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return configured(tmp_path, f"sqlite:///{tmp_path}/hocba.sqlite")


def found(config: Path, *words: str, password: str = PASSWORD) -> Result:
    """`hocba init`, in this process."""
    own = ("--config", str(config), "--code", "99", "--name", "Sở mẫu", "--officer", OFFICER)
    return CliRunner().invoke(init_command.command, [*own, *words], input=password + "\n")


# --- init --------------------------------------------------------------------------------------------


def test_the_first_officer_logs_in_and_files_are_for_nobody_else(config, tmp_path):
    done = init(config)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert PASSWORD not in done.stdout
    key = (tmp_path / "secret.key").read_bytes()
    with served(config, tmp_path / "log") as gateway:
        token = gateway.log_in()
        assert gateway.call("GET", "/me", token=token)[1]["rights"] == ["so"]
        assert found(config, "--reset-password", password="mat-khau-khac-99").exit_code == 0
        assert gateway.call("GET", "/me", token=token)[0] == 401  # another password ends open sessions
        gateway.log_in(OFFICER, "mat-khau-khac-99")
    assert (tmp_path / "secret.key").read_bytes() == key
    for name in ("hocba.sqlite", "secret.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
    again = found(config)
    assert again.exit_code == 1
    assert "Tên đăng nhập này đã có người dùng" in again.stderr


@pytest.mark.parametrize("password", ["", "ngắn", "dài" * 100], ids=["none", "short", "long"])
def test_a_password_that_is_none_makes_no_officer(config, password):
    done = found(config, password=password)
    assert done.exit_code == 1
    assert "“password” cần: từ 10 đến 200 ký tự" in done.stderr
    assert "Traceback" not in done.stderr


# --- a start that is refused --------------------------------------------------------------------------


def of_another_version(folder: Path) -> str:
    path = folder / "newer.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999_from_the_future')")
    connection.close()
    return f"sqlite:///{path}"


def of_no_database(folder: Path) -> str:
    (folder / "garbage.sqlite").write_bytes(b"not a database, but long enough to look like one" * 40)
    return f"sqlite:///{folder}/garbage.sqlite"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key that nobody knows": ({"databse": "x"}, "databse"),
    "a port that is none": ({"port": 70_000}, "port"),
    "a word for a number": ({"render_processes": "hai"}, "render_processes"),
    "no renderer": ({"render_processes": 0}, "render_processes"),
    "no database": ({"database": None}, "database"),
    "a database of another kind": ({"database": "mysql://x"}, "database"),
    "a database that nobody answers for": ({"database": "postgresql://nobody:hidden-one@127.0.0.1:1/x"}, "database"),
    "a database in no folder": ({"database": "sqlite:////khong/co/x.sqlite"}, "database"),
    "no key at all": ({"key_file": None}, "secret_key"),
    "a key file that is not there": ({"key_file": "khong-co.key"}, "key_file"),
    "a folder for a key": ({"key_file": "trust"}, "key_file"),
    "no trust": ({"trust": "khong-co"}, "trust"),
    "an address that is not ours": ({"host": "203.0.113.1"}, "203.0.113.1"),
}


@pytest.mark.parametrize(("values", "named"), WRONG.values(), ids=WRONG.keys())
def test_a_start_is_refused_naming_key_and_rule(tmp_path, values, named):
    (tmp_path / "secret.key").write_text("x" * 43 + "=\n")
    config = configured(tmp_path, **{"database": f"sqlite:///{tmp_path}/hocba.sqlite"} | values)
    done = CliRunner().invoke(serve.command, ["--config", str(config)])
    says_no(done.exit_code, done.stdout, done.stderr, named)


@pytest.mark.parametrize("made", [of_another_version, of_no_database])
def test_a_database_that_is_not_ours_is_left_alone(tmp_path, made):
    done = found(configured(tmp_path, made(tmp_path)))
    says_no(done.exit_code, done.stdout, done.stderr, "database")


def test_a_port_that_is_taken_is_named(config):
    assert found(config).exit_code == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = refused(config, "--port", port)
    says_no(done.returncode, done.stdout, done.stderr, port)


def says_no(code: int, out: str, said: str, named: str) -> None:
    assert (code, out) == (1, ""), said
    assert named in said
    assert "cần:" in said or "Không" in said, said
    assert "Traceback" not in said
    assert "hidden-one" not in said


# --- a run that is ended -------------------------------------------------------------------------------


@pytest.mark.fault(57)
def test_told_to_end_it_answers_what_it_has_in_hand(config, tmp_path):
    assert found(config).exit_code == 0
    with served(config, tmp_path / "log") as gateway, ThreadPoolExecutor() as people:
        asked = [people.submit(gateway.log_in) for _ in range(4)]  # a tenth of a second of one core each
        time.sleep(0.1)
        gateway.process.send_signal(signal.SIGTERM)
        assert all(one.result() for one in asked)
        assert gateway.process.wait(timeout=20) == 0
        assert gateway.process.stdout is not None and gateway.process.stdout.read() == ""
    assert "Traceback" not in (tmp_path / "log").read_text()


class Played:
    """A teacher of the sample school who pressed Ký and has not looked at the phone."""

    def __init__(self, gateway: Served, vendor: Simulator) -> None:
        self.vendor = vendor
        officer = gateway.log_in()
        school = gateway.ok("POST", "/department/schools", {"code": "9999001001", "name": "Trường mẫu"}, officer)
        admin = gateway.log_in(school["administrator"], school["password"])
        gateway.ok("PUT", "/school/profile", {"profile": PROFILE}, admin)
        status, stored = gateway.upload("/school/import", sorted(SAMPLE.glob("*.xlsx")), admin)
        assert (status, stored["stored"]) == (200, True), stored
        room = next(one for one in gateway.ok("GET", "/classes", token=admin)["classes"] if one["name"] == "6A")
        leader = gateway.ok("GET", "/leaders", token=admin)["leaders"][0]["id"]
        settings = {"classes": [room["id"]], "leader_id": leader, "place": "Nam Sơn", "sign_date": "2026-05-29"}
        gateway.ok("PUT", "/print-settings", settings, admin)
        gateway.ok("PUT", f"/years/{YEAR}/vendors/viettel_mysign", {"settings": dict(vendor.settings())}, admin)
        gateway.ok("PUT", f"/classes/{room['id']}/locks/CN", token=admin)
        pupils = gateway.ok("GET", f"/classes/{room['id']}/pupils", token=admin)["pupils"]
        wanted = {"pupils": [pupil["id"] for pupil in pupils[:2]]}
        created = gateway.ok("POST", f"/classes/{room['id']}/transcripts", wanted, admin)["created"]
        assert len(created) == 2
        route = gateway.ok("GET", f"/transcripts/{created[0]}", token=admin)["route"]
        name = next(step["signer"] for step in route if step["kind"] == "gvbm")
        staff = gateway.ok("GET", "/school/members", token=admin)["members"]
        teacher = next(one["id"] for one in staff if one["name"] == name)
        self.token = self._works(gateway, admin, teacher, ["duyet_tai_khoan"])
        account = self._registers(gateway, admin, teacher)
        gateway.ok("POST", "/signing-accounts/approve", {"accounts": [account]}, self.token)
        press = {"key": "mot-lan-bam", "kind": "gvbm", "subjects": created, "account": account}
        self.pressed = gateway.ok("POST", "/confirmations", press, self.token)
        self.press = press

    def _works(self, gateway: Served, admin: str, person: str, rights: list[str]) -> str:
        (made,) = gateway.ok("POST", "/school/accounts", {"people": [person]}, admin)["accounts"]
        gateway.ok("PUT", f"/school/members/{person}/rights", {"rights": rights}, admin)
        return gateway.log_in(made["username"], made["password"])

    def _registers(self, gateway: Served, admin: str, person: str) -> str:
        about = gateway.ok("GET", f"/school/members/{person}", token=admin)
        user = self.vendor.add_person(about["name"], about["personal_number"]).user
        opening = {"year": YEAR, "provider": "viettel_mysign", "fields": {"user_id": user}}
        session = gateway.ok("POST", "/vendor-sessions", opening, self.token)["session"]
        offered = gateway.ok("GET", f"/vendor-sessions/{session}/credentials", token=self.token)["credentials"]
        chosen = {"session": session, "ref": offered[0]["ref"]}
        account: str = gateway.ok("POST", "/signing-accounts/remote", chosen, self.token)["id"]
        return account

    def told(self, gateway: Served) -> Any:
        return gateway.ok("GET", f"/confirmations/{self.pressed['confirmation']}", token=self.token)

    def asked(self) -> None:
        until(lambda: len(self.vendor.transactions) == 1)

    def signed(self, gateway: Served) -> None:
        """The phone is tapped; the gateway finishes by itself, and has asked nobody twice."""
        (waiting,) = self.vendor.transactions
        assert self.vendor.phone.answer(waiting.id, Mood.APPROVE)
        until(lambda: not self.told(gateway)["open"])
        assert {one["state"] for one in self.told(gateway)["attempts"]} == {"signed"}
        again = gateway.ok("POST", "/confirmations", self.press, self.token)
        assert again["confirmation"] == self.pressed["confirmation"]
        assert len(self.vendor.transactions) == 1


PROFILE = {
    "code": "9999001001", "name": "Trường THCS Mẫu", "department_code": "99", "department_name": "Sở 99",
    "commune_code": "99001", "commune": "Phường Nam Sơn", "province_code": "99", "province": "Tỉnh Mẫu",
    "place": "Nam Sơn", "ownership": "public", "tax_number": "9900000019", "levels": ["THCS"],
}  # fmt: skip


def until(happens: Any) -> None:
    end = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
async def vendor() -> Any:
    async with Simulator(clock=system_clock) as started:
        started.phone.will(Mood.IGNORE)
        yield started


def with_vendor(folder: Path, database: str, vendor: Simulator) -> Path:
    config = configured(folder, database, providers=["viettel_mysign"])
    (folder / "trust" / "people-vendor.pem").write_bytes(vendor.ca.root_pem)
    assert found(config).exit_code == 0
    return config


@pytest.mark.feature("T9")
@pytest.mark.fault(31)
async def test_killed_while_a_phone_waits_it_goes_on_after_the_next_start(tmp_path, vendor):
    def play() -> None:
        config = with_vendor(tmp_path, f"sqlite:///{tmp_path}/hocba.sqlite", vendor)
        with served(config, tmp_path / "log") as gateway:
            played = Played(gateway, vendor)
            played.asked()
            gateway.process.kill()
        with served(config, tmp_path / "log") as gateway:
            played.signed(gateway)

    await asyncio.to_thread(play)


@pytest.mark.fault(38)
async def test_of_two_gateways_on_one_database_the_other_goes_on(postgres_url, tmp_path, vendor):
    def play() -> None:
        config = with_vendor(tmp_path, postgres_url, vendor)
        with served(config, tmp_path / "log") as first, served(config, tmp_path / "log-2") as second:
            played = Played(first, vendor)
            played.asked()
            first.process.kill()
            played.signed(second)

    await asyncio.to_thread(play)
