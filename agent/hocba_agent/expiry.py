"""Certificates that end soon: the person is told 30, 7 and 1 days before, once each."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hocba_core.certificate import Certificate

from hocba_agent.private_file import write_private

log = logging.getLogger(__name__)

FILE = "told.json"
DAYS = (1, 7, 30)


@dataclass(frozen=True, slots=True)
class Ending:
    name: str
    days: int
    """0: today."""
    until: datetime


def days_left(certificate: Certificate, now: datetime) -> int:
    """Whole days of the calendar on this PC; negative when it has ended."""
    return (certificate.not_after.astimezone().date() - now.astimezone().date()).days


class Endings:
    """Remembers over restarts what was told, by certificate."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._told = _load(self._file)

    def due(self, certificates: Iterable[Certificate], now: datetime) -> list[Ending]:
        """What is to be told now, which counts as told."""
        found = []
        for certificate in certificates:
            left = days_left(certificate, now)
            step = next((days for days in DAYS if left <= days), None)
            if step is None or left < 0 or self._told.get(certificate.fingerprint, 1000) <= step:
                continue
            self._told[certificate.fingerprint] = step
            found.append(Ending(certificate.name, left, certificate.not_after))
        if found:
            write_private(self._file, json.dumps(self._told, indent=1))
        return found


def _load(file: Path) -> dict[str, int]:
    """A broken file means telling again."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): int(step) for name, step in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError):
        log.warning("%s cannot be read: endings are told again", FILE)
        return {}
