"""One thing that somebody should add or look at, in words, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to add."""

    severity: Literal["error", "warning"]
    label: str
    where: str
    """Where it is entered; may be empty."""
    malformed: bool = False
    """It is there, but not of the form that it needs."""

    @property
    def text(self) -> str:
        return f"{self.label} (không hợp lệ)" if self.malformed else self.label

    def to_dict(self) -> dict[str, object]:
        return {"severity": self.severity, "item": self.text, "where": self.where}
