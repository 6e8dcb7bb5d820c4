"""Which sites may speak to the agent at all: exact origins, written by the installer or the person, never by a page."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path

from hocba_core.errors import SettingWrong

log = logging.getLogger(__name__)

FILE = "sites.txt"
"""In the config folder: one origin a line, # begins a comment."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"(https?)://({_LABEL}(?:\.{_LABEL})*)(?::([1-9]\d{{0,4}}))?")
_LOOPBACK = frozenset(("127.0.0.1", "localhost"))
_DEFAULT_PORT = {"http": "80", "https": "443"}


def checked_origin(text: str) -> str:
    """An origin as browsers write it: lower case, ASCII (xn--…), no default port, no path.

    https only; plain http for pages of this very PC. Raises SettingWrong for all else, "*" first of all.
    """
    found = _ORIGIN.fullmatch(text)
    if found is None or found[3] == _DEFAULT_PORT[found[1]] or int(found[3] or 0) > 65535:
        raise SettingWrong(setting="site", rule="https://host hoặc https://host:cổng, chữ thường, không có đường dẫn")
    if found[1] == "http" and found[2] not in _LOOPBACK:
        raise SettingWrong(setting="site", rule="http chỉ cho trang của chính máy này")
    return text


def allowed_sites(given: Iterable[str], folder: Path) -> frozenset[str]:
    """The given ones (each must be right) and the file's (a wrong line is left out, and said)."""
    sites = {checked_origin(one) for one in given}
    file = folder / FILE
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    for number, line in enumerate(lines, 1):
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        try:
            sites.add(checked_origin(entry))
        except SettingWrong:
            log.warning("%s: line %d is not an origin, left out", FILE, number)
    return frozenset(sites)
