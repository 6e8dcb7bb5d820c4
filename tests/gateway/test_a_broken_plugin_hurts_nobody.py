"""A plugin that does not load is said by name and reason, to whom it helps; everybody else works on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from hocba_gateway.testing.served import Served, configured, init, refused, served

pytestmark = pytest.mark.feature("P10")

YEAR = "2025-2026"
GOOD = """
    from datetime import timedelta
    from hocba_core.hookspecs import hookimpl
    from hocba_core.provider import Approval, Capabilities, Completion, SigningProvider

    class Vendor(SigningProvider):
        key = "{key}"
        title = "Một nhà cung cấp"
        def __init__(self, settings, clock): pass
        @property
        def can(self):
            return Capabilities(
                fields=(), login_challenges=frozenset(), approval=Approval.PHONE, completion=Completion.POLL,
                batch_limit=None, keys=frozenset(), title_chars=40, description_chars=80,
                lifetime=timedelta(minutes=3),
            )
        async def check(self): pass
        async def open_session(self, fields): raise AssertionError
        async def credentials(self, session): return []
        async def start(self, session, request): raise AssertionError

    @hookimpl
    def hocba_register_provider():
        return Vendor
"""
BROKEN = "import a_library_that_is_gone"
MUTE = GOOD.replace("return Capabilities(", "return undefined(")
FRAGILE = GOOD.replace("def __init__(self, settings, clock): pass", "def __init__(self, settings, clock): self.nothing")

Install = Callable[..., None]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def install(site: Path, install_into: Install) -> Install:
    """install("dist-name", "key", source), for processes with that environment."""
    return partial(install_into, site)


@pytest.fixture
def environment(site: Path) -> Mapping[str, str]:
    return os.environ | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return with_plugins(tmp_path, "vendor_good", "vendor_one")


def with_plugins(folder: Path, *providers: str, portals: tuple[str, ...] = ("reception_portal",)) -> Path:
    return configured(folder, f"sqlite:///{folder}/hocba.sqlite", providers=list(providers), portals=list(portals))


def opened(gateway: Served) -> tuple[str, str]:
    """The officer's token, and that of a new school's administrator."""
    officer = gateway.log_in()
    school = gateway.ok("POST", "/department/schools", {"code": "9999001001", "name": "Trường mẫu"}, officer)
    return officer, gateway.log_in(school["administrator"], school["password"])


def uses(gateway: Served, admin: str, key: str) -> tuple[int, dict[str, object]]:
    return gateway.call("PUT", f"/years/{YEAR}/vendors/{key}", {"settings": {}}, admin)


def test_the_gateway_starts_with_the_others_and_says_what_is_wrong(install, environment, tmp_path):
    install("vendor-good", "vendor_good", GOOD)
    install("vendor-bad", "vendor_bad", BROKEN)
    install("vendor-twin", "vendor_twin", GOOD)
    install("vendor-copy", "vendor_twin", GOOD)
    names = ("vendor_good", "vendor_bad", "vendor_twin")
    config = with_plugins(tmp_path, *names, portals=("cong_khong_co",))
    assert init(config).returncode == 0
    with served(config, tmp_path / "log", environment=environment) as gateway:
        officer, admin = opened(gateway)
        assert uses(gateway, admin, "vendor_good")[0] == 200
        status, told = uses(gateway, admin, "vendor_bad")
        assert (status, told["code"]) == (422, "plugin_broken")
        assert "vendor_bad" in told["detail"] and "a_library_that_is_gone" in told["detail"]
        listed = gateway.ok("GET", f"/years/{YEAR}/vendors", token=admin)
        assert [one["key"] for one in listed["vendors"]] == ["vendor_good"]
        assert set(listed["unusable"]) == {"vendor_bad", "vendor_twin", "cong_khong_co"}
        assert "vendor-copy 1.2 and vendor-twin 1.2" in listed["unusable"]["vendor_twin"]
        portal = {"portal": "cong_khong_co", "settings": {}}
        assert "cong_khong_co" in gateway.call("PUT", "/department/portal", portal, officer)[1]["detail"]
        health = gateway.ok("GET", "/health")
    assert health["ok"] is True
    assert health["unusable"] == ["cong_khong_co", "vendor_bad", "vendor_twin"]
    said = (tmp_path / "log").read_text()
    assert "“vendor_bad”: vendor-bad 1.2:" in said and "a_library_that_is_gone" in said
    assert "“vendor_twin”: offered twice, by vendor-copy 1.2 and vendor-twin 1.2" in said
    assert "“cong_khong_co”: not installed" in said
    assert "khởi động lại" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("source", [BROKEN, FRAGILE, MUTE], ids=["does not load", "does not begin", "cannot say"])
def test_a_school_that_uses_it_is_told_and_works_on_with_another(install, environment, tmp_path, config, source):
    install("vendor-good", "vendor_good", GOOD)
    install("vendor-one", "vendor_one", GOOD)
    assert init(config).returncode == 0
    with served(config, tmp_path / "log", environment=environment) as gateway:
        _, admin = opened(gateway)
        assert [uses(gateway, admin, key)[0] for key in ("vendor_good", "vendor_one")] == [200, 200]
        listed = gateway.ok("GET", f"/years/{YEAR}/vendors", token=admin)
        assert [one["key"] for one in listed["vendors"]] == ["vendor_good", "vendor_one"]
    install("vendor-one", "vendor_one", source)  # an update that went wrong
    with served(config, tmp_path / "log-2", environment=environment) as gateway:
        listed = gateway.ok("GET", f"/years/{YEAR}/vendors", token=admin)
        assert [one["key"] for one in listed["vendors"]] == ["vendor_good"]
        assert list(listed["unusable"]) == ["vendor_one"] and listed["unusable"]["vendor_one"]
        opening = {"year": YEAR, "provider": "vendor_one", "fields": {}}
        status, told = gateway.call("POST", "/vendor-sessions", opening, admin)
    assert (status, told["code"]) == (422, "plugin_broken")
    assert told["facts"] == {"plugin": "vendor_one", "reason": "not_loaded"}
    assert "vendor_one" in told["detail"] and "USB" in told["todo"]


def test_the_demo_needs_all_that_it_names(tmp_path):
    config = configured(tmp_path, f"sqlite:///{tmp_path}/hocba.sqlite", providers=["vendor_nowhere"], mode="demo")
    done = refused(config)
    assert (done.returncode, done.stdout) == (1, "")
    assert "“vendor_nowhere”: not installed" in done.stderr
    assert "Traceback" not in done.stderr
