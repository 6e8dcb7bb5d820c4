"""Small files of the settings' folder: of this user alone, and never found half written."""

from __future__ import annotations

from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, readable by this user alone. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)  # it may be left from a crash, with other rights
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
