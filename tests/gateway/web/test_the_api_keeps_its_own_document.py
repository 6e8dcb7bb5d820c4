"""O4: a stranger's program drives the whole API from its own document, as an administrator, on both databases.

Every answer is one that the document promises, and none is a fault of ours, whatever was sent.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hocba_gateway.testing.served import Served, configured, init, served
from hocba_gateway.web.table import ROUTES

pytestmark = pytest.mark.feature("O4")

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
EXAMPLES = 4
"""A route, besides some twenty that are made to break one rule each; all are the same in every run."""


def administrator(gateway: Served) -> str:
    officer = gateway.log_in()
    _, made = gateway.call("POST", "/department/schools", {"code": "9999001001", "name": "Trường mẫu"}, officer)
    return gateway.log_in(made["administrator"], made["password"])


def test_the_api_keeps_its_own_document(database_url: str, tmp_path: Path) -> None:
    config = configured(tmp_path, database_url, providers=["viettel_mysign"], portals=["reception_portal"])
    assert init(config).returncode == 0
    with served(config, tmp_path / "log") as gateway:
        command = [
            str(Path(sys.executable).parent / "schemathesis"),
            *("run", f"{gateway.address}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {administrator(gateway)}"),
            *("--exclude-operation-id", "session.log_out"),  # ends the session that drives the rest
            *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"),
            *("--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-shrink"),
            *("--warnings", "off", "--no-color"),
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout[-6_000:]
        assert gateway.call("GET", "/health")[1]["ok"]
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log, log[-4_000:]
    asked = set(re.findall(r"application (\S+) (/api/\S+) \d", log))
    assert {(route.method, route.path) for route in ROUTES} - asked <= {("POST", "/api/v1/logout")}
