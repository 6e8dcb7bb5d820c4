"""What administrators have told the browsers of this PC: one of the few files that ask which system it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

_POLICY_FOLDERS = {
    "Chrome": "/etc/opt/chrome/policies/managed",
    "Chromium": "/etc/chromium/policies/managed",
    "Edge": "/etc/opt/edge/policies/managed",
    "Firefox": "/etc/firefox/policies",
}
_POLICY_KEYS = {"Chrome": r"SOFTWARE\Policies\Google\Chrome", "Edge": r"SOFTWARE\Policies\Microsoft\Edge"}


def browser_policies(root: Path = Path("/")) -> list[tuple[str, dict[str, object] | None]]:
    """Browser and its managed policies by name, several times where several files hold some; None: unreadable.

    Linux: the folders where administrators put them, below `root`. Windows: the registry. Elsewhere nothing.
    """
    found: list[tuple[str, dict[str, object] | None]] = []
    if sys.platform == "win32":
        for browser, key in _POLICY_KEYS.items():
            found += [(browser, policies) for policies in _policies_in_registry(key)]
        return found
    for browser, folder in _POLICY_FOLDERS.items():
        for file in sorted((root / folder.lstrip("/")).glob("*.json")):
            try:
                told = json.loads(file.read_text(encoding="utf-8"))
                policies = told.get("policies", told)
                found.append((browser, dict(policies)))
            except (OSError, ValueError, AttributeError, TypeError):
                found.append((browser, None))
    return found


def _policies_in_registry(key: str) -> list[dict[str, object]]:
    if sys.platform == "win32":
        import winreg

        return list(_both_hives(winreg, key))
    return []


def _both_hives(winreg: Any, key: str) -> Iterator[dict[str, object]]:
    for hive in (winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER):
        with suppress(OSError), winreg.OpenKey(hive, key) as opened:
            keys, values, _ = winreg.QueryInfoKey(opened)
            found: dict[str, object] = {
                name: value for name, value, _ in map(partial(winreg.EnumValue, opened), range(values))
            }
            for name in map(partial(winreg.EnumKey, opened), range(keys)):
                with winreg.OpenKey(opened, name) as listed:
                    count = winreg.QueryInfoKey(listed)[1]
                    found[name] = [winreg.EnumValue(listed, number)[1] for number in range(count)]
            yield found
