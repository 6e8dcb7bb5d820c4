"""Plugins are found, and their faults kept to themselves: with real little distributions on sys.path."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hocba_core.errors import PluginBroken
from hocba_core.registry import load_portals, load_providers

pytestmark = pytest.mark.feature("P10")

GOOD = """
    from hocba_core.hookspecs import hookimpl
    from hocba_core.provider import SigningProvider

    class Vendor(SigningProvider):
        key = "{key}"
        title = "A vendor"
        @property
        def can(self): raise AssertionError("never asked by the registry")
        async def check(self): pass
        async def open_session(self, fields): pass
        async def credentials(self, session): return []
        async def start(self, session, request): pass

    @hookimpl
    def hocba_register_provider():
        return Vendor
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install_into: Install) -> Iterator[Install]:
    """install("dist-name", "key", source), for this process."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield partial(install_into, tmp_path)
    for module in set(sys.modules) - before:
        del sys.modules[module]


def test_an_installed_plugin_appears(install: Install) -> None:
    install("vendor-one", "vendor_one", GOOD)

    registry = load_providers(["vendor_one"])

    assert registry.provider("vendor_one").title == "A vendor"
    assert registry.broken == {}
    assert registry.distributions == {"vendor_one": "vendor-one 1.2"}


def test_a_plugin_that_nobody_named_is_not_even_imported(install: Install) -> None:
    install("vendor-one", "vendor_one", GOOD)
    install("vendor-loud", "vendor_loud", "raise SystemExit('imported')")

    assert set(load_providers(["vendor_one"]).providers) == {"vendor_one"}
    assert "vendor_loud" not in sys.modules


def test_a_twin_is_refused_naming_both(install: Install) -> None:
    install("vendor-one", "vendor_one", GOOD)
    install("vendor-copy", "vendor_one", GOOD)

    registry = load_providers(["vendor_one"])

    assert registry.providers == {}
    assert "vendor-copy 1.2 and vendor-one 1.2" in registry.broken["vendor_one"]
    assert "vendor_copy" not in sys.modules


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import a_library_that_is_not_there", "ModuleNotFoundError: No module named 'a_library_that"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit"),
        ("def broken(:", "SyntaxError"),
        ("", "has no hocba_register_provider() marked @hookimpl"),
        (GOOD.replace("@hookimpl", ""), "has no hocba_register_provider() marked @hookimpl"),
        (GOOD.replace("hocba_register_provider", "hocba_registre_provider"), "unknown hook"),
        (GOOD.replace("hocba_register_provider()", "hocba_register_provider(shop)"), "shop"),
        (GOOD.replace("return Vendor", "return Vendor()"), "its hook failed"),
        (GOOD.replace("return Vendor", "return dict"), "is not a SigningProvider"),
        (GOOD.replace("return Vendor", "raise ValueError('no licence')"), "ValueError: no licence"),
        (GOOD.replace("return Vendor", "return None"), "returned nothing"),
        (GOOD.replace("async def start", "async def begin"), "Vendor lacks start"),
        (GOOD.replace('"{key}"', '"vendor_two"'), "is 'vendor_bad' but Vendor.key is 'vendor_two'"),
        (GOOD.replace('"A vendor"', '""'), "has no title"),
    ],
)
def test_a_broken_plugin_is_named_with_its_reason_and_hurts_nobody(install: Install, source: str, words: str) -> None:
    install("vendor-bad", "vendor_bad", source)
    install("vendor-one", "vendor_one", GOOD)

    registry = load_providers(["vendor_bad", "vendor_one"])

    assert set(registry.providers) == {"vendor_one"}
    assert registry.broken["vendor_bad"].startswith("vendor-bad 1.2: ")
    assert words in registry.broken["vendor_bad"]


def test_a_name_that_is_not_installed_is_kept_as_broken(install: Install) -> None:
    install("vendor-one", "vendor_one", GOOD)

    registry = load_providers(["vendor_nowhere", "vendor_one"])

    assert "not installed" in registry.broken["vendor_nowhere"]
    assert set(registry.providers) == {"vendor_one"}
    with pytest.raises(PluginBroken) as told:
        registry.provider("vendor_nowhere")
    assert told.value.facts["plugin"] == "vendor_nowhere"
    with pytest.raises(PluginBroken):
        registry.demand_all()


def test_a_provider_is_no_portal(install: Install) -> None:
    install("vendor-one", "vendor_one", GOOD, group="hocba.portals")

    assert "has no hocba_register_portal()" in load_portals(["vendor_one"]).broken["vendor_one"]


def test_viettel_mysign_is_found_as_it_is_installed() -> None:
    registry = load_providers(["viettel_mysign"]).demand_all()
    assert registry.provider("viettel_mysign").title == "Viettel MySign"
