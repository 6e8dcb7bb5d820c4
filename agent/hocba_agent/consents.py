"""Sites whose person said "remember": a small file with an end date for each."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hocba_core.clock import Clock

from hocba_agent.private_file import write_private

log = logging.getLogger(__name__)

FILE = "consents.json"
LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Consent:
    """Times are ISO 8601, UTC."""

    granted: str
    expires: str
    used: str


class Consents:
    """Reads its file once; writes it whole, by rename, at each change."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._file = folder / FILE
        self._clock = clock
        self._known = _load(self._file)

    def holds(self, site: str) -> bool:
        """Valid now? Notes the use. A PC clock set back before the day of consent does not lengthen it."""
        found, now = self._known.get(site), self._clock()
        if found is None or not _time(found.granted) <= now < _time(found.expires):
            return False
        self._known[site] = Consent(found.granted, found.expires, now.isoformat())
        self._save()
        return True

    def remember(self, site: str) -> None:
        now = self._clock()
        self._known[site] = Consent(now.isoformat(), (now + LIFETIME).isoformat(), now.isoformat())
        self._save()

    def revoke(self, site: str) -> None:
        if self._known.pop(site, None) is not None and not self._save():
            with suppress(OSError):
                self._file.unlink(missing_ok=True)  # better that all are asked again than that this one is not

    def listed(self) -> dict[str, Consent]:
        return dict(self._known)

    def _save(self) -> bool:
        """False where the disk does not take it: until the end of this run it holds all the same."""
        try:
            write_private(self._file, json.dumps({site: asdict(one) for site, one in self._known.items()}, indent=1))
        except OSError as error:
            log.error("%s cannot be written: %s", FILE, type(error).__name__)
            return False
        return True


def _load(file: Path) -> dict[str, Consent]:
    """A broken file or entry means asking again, never more than that."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        log.warning("%s cannot be read: every site is asked again", FILE)
        return {}
    known = {}
    for site, entry in found.items() if isinstance(found, dict) else ():
        try:
            consent = Consent(**entry)
            if _time(consent.granted).tzinfo is None or _time(consent.expires).tzinfo is None:
                raise ValueError("naive time")
        except (TypeError, ValueError):
            log.warning("%s: an entry is broken, left out", FILE)
            continue
        known[site] = consent
    return known


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
