"""What was signed on this PC in its person's name: one line of JSON per job, in a file of this user alone.

Time, site, whose certificate, how many of how many, how it ended, and a digest of the declared list, which tells two
lists apart without telling what was in them. No PIN, no digest of an item, no signature.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from hocba_core.agent_protocol import Item

from hocba_agent.private_file import write_private

log = logging.getLogger(__name__)

FILE = "history.jsonl"
MOST_BYTES = 256 * 1024
"""Then the oldest lines go: about a thousand jobs."""
RUNNING, INTERRUPTED, DONE = "running", "interrupted", "done"


@dataclass(frozen=True, slots=True)
class Entry:
    job: str
    began: str
    """ISO 8601, UTC; of the first login."""
    site: str
    owner: str
    serial: str
    """Of the certificate, hexadecimal."""
    signed: int
    of: int
    outcome: str
    """done, running, interrupted (the agent ended meanwhile), or the code of the error that ended the last run."""
    items: str
    """SHA-256 over the titles and digests of the declared list, in order."""


class History:
    """Reads its file once; a job that goes on after an interruption keeps its one line."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._known = _load(self._file)

    def record(self, entry: Entry) -> None:
        """Adds it, or takes the place of what was said of the same job. A full disk must not stop a signature."""
        self._known[entry.job] = entry
        lines = [json.dumps(asdict(one), ensure_ascii=False) for one in self._known.values()]
        size = sum(len(line.encode()) + 1 for line in lines)
        while size > MOST_BYTES and len(lines) > 1:
            size -= len(lines.pop(0).encode()) + 1
            del self._known[next(iter(self._known))]
        try:
            write_private(self._file, "".join(f"{line}\n" for line in lines))
        except OSError as error:
            log.error("%s cannot be written: %s", FILE, type(error).__name__)

    def newest_first(self) -> list[Entry]:
        return list(reversed(self._known.values()))


def digest_of_list(items: Sequence[Item]) -> str:
    whole = sha256()
    for item in items:
        whole.update(sha256(item.title.encode()).digest() + item.digest)
    return whole.hexdigest()


def _load(file: Path) -> dict[str, Entry]:
    """A line that is broken is left out; the others stay."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    except OSError:
        log.warning("%s cannot be read", FILE)
        return {}
    known: dict[str, Entry] = {}
    for line in lines:
        try:
            entry = Entry(**json.loads(line))
            if not all(isinstance(one, str) for one in (entry.job, entry.began, entry.site, entry.outcome)):
                raise ValueError("not words")
        except (TypeError, ValueError):
            log.warning("%s: a line is broken, left out", FILE)
            continue
        known[entry.job] = replace(entry, outcome=INTERRUPTED) if entry.outcome == RUNNING else entry
    return known
