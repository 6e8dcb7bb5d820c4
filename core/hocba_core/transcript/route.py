"""The slots of a transcript: who signs, in which order, and what each signature covers."""

from __future__ import annotations

from enum import StrEnum


class SlotKind(StrEnum):
    """A role's place in the record. The value is the ClaimedRole and the start of the slot's name."""

    GVBM = "gvbm"  # subject teacher: gvbm-1, gvbm-2 …; own block
    GVCN = "gvcn"  # homeroom teacher: #thongtinhocba
    CBQL = "cbql"  # leader: #data
    SEAL = "phat-hanh"  # the school's certificate: #data and the leader's Signature
