"""Takes each guard of the agent away and looks whether a test notices: `make check-guards`.

A guard whose removal no test sees is a guard that somebody will remove by accident. Each is taken out of a copy of
the rooms, in an environment of its own, so the checkout is never touched. Exit 1 when one went unnoticed, or when a
guard's text is no longer where this table says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "agent", "gateway", "providers/sandbox", "providers/viettel_mysign", "providers/reception_portal")
LIMIT_SECONDS = 180
"""A test that hangs without its guard has noticed, too."""


@dataclass(frozen=True, slots=True)
class Guard:
    name: str
    file: str
    """Below agent/hocba_agent, or with its room in front."""
    old: str
    new: str
    tests: str
    """File below tests/agent."""
    threat: str
    """Id of the threat list that the guard is for."""


HANDSHAKE = "test_who_may_come_in.py"
LAST = "test_guards_of_last_resort.py"
NOT_IN_YET = '            if error.name != "USER_ALREADY_LOGGED_IN":\n'
GUARDS = (
    Guard(
        "Origin must be a known site", "handshake.py",
        "if not origins or origins[0] not in self._sites:", "if not origins:", HANDSHAKE, "A1",
    ),
    Guard(
        "Host must be ours", "handshake.py",
        "if len(hosts) != 1 or hosts[0].lower() not in self._hosts:", "if len(hosts) != 1:", HANDSHAKE, "A5",
    ),
    Guard("only GET", "handshake.py", 'if request.method != "GET":', "if False:", HANDSHAKE, "A9"),
    Guard(
        "not another user's browser", "handshake.py",
        "if belongs_to_another_user(peer[:2], ours[:2]):", "if False:", HANDSHAKE, "A19",
    ),
    Guard(
        "log out before a log-in that would not be looked at", "token/module.py",
        "            self._library.logout(session)\n            self._library.login(session, USER, pin)\n",
        "            return\n", LAST, "D8",
    ),
    Guard(
        "a wrong PIN is never tried again", "token/module.py",
        f"{NOT_IN_YET}                raise\n",
        f"{NOT_IN_YET}                self._library.login(session, USER, pin)\n",
        "test_a_job_is_signed.py", "D1",
    ),
    Guard(
        "a job is its own connection's", "connection.py",
        "self._jobs: dict[str, Job] = {}", 'self._jobs = __import__("sys").modules.setdefault("jobs of everybody", {})',
        "test_a_job_is_signed.py", "E9",
    ),
    Guard(
        "a digest is 32 bytes, in the message", "core/hocba_core/agent_protocol.py",
        "if len(digest) != DIGEST_BYTES:", "if False:", "test_messages_are_strict.py", "B4",
    ),
    Guard(
        "a digest is 32 bytes, before DigestInfo", "token/mechanism.py",
        "if len(digest) != 32:", "if False:", LAST, "E5",
    ),
    Guard(
        "a driver has a deadline", "driver.py",
        "asyncio.timeout(limit.total_seconds())", "asyncio.timeout(None)", "test_drivers_are_kept_apart.py", "G1",
    ),
    Guard(
        "a login ends when the person leaves", "desk.py",
        "            stop.set()\n", "            pass\n", "test_the_person_leaves.py", "D9",
    ),
    Guard(
        "every value is checked before it leaves", "token/module.py",
        "return check_value(certificate, digest, value)", "return value", "test_a_job_is_signed.py", "E7",
    ),
)  # fmt: skip


def main(words: Sequence[str]) -> int:
    """`words`: parts of names; none takes every guard."""
    chosen = [guard for guard in GUARDS if not words or any(word in guard.name for word in words)]
    unnoticed = 0
    for guard in chosen:
        started = time.monotonic()
        said = _without(guard)
        unnoticed += said != "noticed"
        print(f"{said:>10}  {guard.threat:<4} {guard.name}  ({time.monotonic() - started:.0f} s)", flush=True)  # noqa: T201
    print(f"{len(chosen) - unnoticed} of {len(chosen)} guards: a test notices when it is gone")  # noqa: T201
    return 1 if unnoticed else 0


def _without(guard: Guard) -> str:
    with tempfile.TemporaryDirectory(prefix="hocba-guards-") as folder:
        copy = Path(folder)
        for room in (*ROOMS, "tests"):
            shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        target = copy / (guard.file if guard.file.startswith("core/") else f"agent/hocba_agent/{guard.file}")
        text = target.read_text(encoding="utf-8")
        if text.count(guard.old) != 1:
            return "moved"
        target.write_text(text.replace(guard.old, guard.new), encoding="utf-8")
        return _judged(copy, guard)


def _judged(copy: Path, guard: Guard) -> str:
    python = _environment(copy)
    command = [python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"tests/agent/{guard.tests}"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "noticed"
    return {0: "UNNOTICED", 1: "noticed"}.get(done.returncode, f"pytest {done.returncode}")


def _environment(copy: Path) -> Path:
    """The packages of the checkout's environment, with the copy's rooms in front of the checkout's own.

    Children of the agent run isolated (-I), so a PYTHONPATH would not reach them.
    """
    venv.create(copy / ".venv", with_pip=False, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = copy / ".venv" / "lib" / version / "site-packages"
    packages = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    own.joinpath("rooms.pth").write_text("\n".join([*(str(copy / room) for room in ROOMS), str(packages)]) + "\n")
    return copy / ".venv" / "bin" / "python"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
