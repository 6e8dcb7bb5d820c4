"""A transcript that is ready to be created: made by drafting.py, stored by hocba_gateway.signing.create."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hocba_core.transcript.record import Skeleton


@dataclass(frozen=True, slots=True)
class Draft:
    skeleton: Skeleton
    class_id: str
    pupil_id: str
    year: str
    signers: Mapping[str, str]
    """Slot -> people.id; the seal has none."""
    replaces: str | None = None
    """The voided transcript that this one stands for."""
