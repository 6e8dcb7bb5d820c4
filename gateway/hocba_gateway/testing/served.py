"""`hocba init` and `hocba serve` as an operator runs them: a folder of one's own, processes, HTTP. Blocking."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from hocba_core.clock import system_clock
from hocba_core.testing.pki import TestCa

OFFICER = "can-bo-so"
PASSWORD = "mat-khau-cua-so-99"  # noqa: S105 - of a gateway that a test throws away


def configured(folder: Path, database: str, **values: Any) -> Path:
    """A config file, and roots of nobody; `values` replace or add keys of settings.Settings, None leaves one out."""
    trust = folder / "trust"
    if not trust.exists():
        trust.mkdir()
        for role in ("people", "seal"):
            (trust / f"{role}-test.pem").write_bytes(TestCa.create(f"Test {role}", system_clock()).root_pem)
    told: dict[str, Any] = {
        "database": database, "blobs": "blobs", "trust": "trust", "key_file": "secret.key", "port": 0,
    } | values  # fmt: skip
    path = folder / "hocba.toml"
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in told.items() if value is not None)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def init(config: Path, *words: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    own = ("--code", "99", "--name", "Sở mẫu", "--officer", OFFICER, *words)
    return _run(["init", "--config", str(config), *own], password + "\n")


def refused(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`hocba serve` that is expected to end by itself."""
    return _run(["serve", "--config", str(config), *words], "")


def _run(words: list[str], line: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hocba_gateway", *words]
    return subprocess.run(command, input=line, capture_output=True, text=True, timeout=60, check=False)


@dataclass(frozen=True, slots=True)
class Served:
    process: subprocess.Popen[str]
    address: str
    log: Path

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, token: str | None = None
    ) -> tuple[int, Any]:
        """Status, and what was said: JSON, else bytes."""
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, path, data, "application/json", token)

    def upload(self, path: str, files: Iterable[Path], token: str) -> tuple[int, Any]:
        head = 'Content-Disposition: form-data; name="files"; filename='
        parts = (f'--x\r\n{head}"{file.name}"\r\n\r\n'.encode() + file.read_bytes() + b"\r\n" for file in files)
        return self._send("POST", path, b"".join(parts) + b"--x--\r\n", "multipart/form-data; boundary=x", token)

    def _send(self, method: str, path: str, data: bytes | None, kind: str, token: str | None) -> tuple[int, Any]:
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = Request(f"{self.address}/api/v1{path}", data, headers, method=method)
        try:
            answer = urlopen(request, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            raw = answer.read()
            return answer.status, json.loads(raw) if "json" in answer.headers["Content-Type"] else raw

    def ok(self, method: str, path: str, body: Mapping[str, Any] | None = None, token: str | None = None) -> Any:
        status, said = self.call(method, path, body, token)
        assert status == 200, said
        return said

    def log_in(self, username: str = OFFICER, password: str = PASSWORD) -> str:
        token: str = self.ok("POST", "/login", {"username": username, "password": password})["token"]
        return token


@contextmanager
def served(config: Path, log: Path, *words: str, environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Waits until it is ready; kills it in the end where it still runs."""
    with log.open("a") as sink:
        command = [sys.executable, "-m", "hocba_gateway", "serve", "--config", str(config), *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sink, text=True, env=environment)
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text()
            yield Served(process, json.loads(line)["address"], log)
        finally:
            if process.poll() is None:
                process.kill()
