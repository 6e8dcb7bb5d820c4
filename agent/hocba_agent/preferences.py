"""What the person or the installer chose, in one small file: language, whom to call, size of the windows' text."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hocba_agent.private_file import write_private
from hocba_agent.texts import LANGUAGES
from hocba_agent.windows.shown import shown

log = logging.getLogger(__name__)

FILE = "settings.json"
SCALES = 0.75, 4.0


@dataclass(frozen=True, slots=True)
class Preferences:
    language: str = "vi"
    support: str = ""
    """One line for people in trouble, such as "Phòng CNTT, 024 3942 0000"."""
    scale: float = 0.0
    """Of the windows, 1.5 for 150 %; 0: as the screen says."""


def load(folder: Path) -> Preferences:
    """A broken file or value means the default, never a program that does not start."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError):
        log.warning("%s cannot be read: defaults are used", FILE)
        return Preferences()
    if not isinstance(found, dict):
        return Preferences()
    language, support, scale = found.get("language"), found.get("support"), found.get("scale")
    return Preferences(
        language if language in LANGUAGES else "vi",
        shown(support) if isinstance(support, str) else "",
        float(scale) if isinstance(scale, int | float) and SCALES[0] <= scale <= SCALES[1] else 0.0,
    )


def choose_language(folder: Path, language: str) -> Preferences:
    """Writes it beside what else the file holds."""
    chosen = replace(load(folder), language=language if language in LANGUAGES else "vi")
    write_private(folder / FILE, json.dumps(asdict(chosen), ensure_ascii=False, indent=1))
    return chosen
