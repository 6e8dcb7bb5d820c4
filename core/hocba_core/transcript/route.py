"""The kinds of slots: who signs, in which order, and what each signature covers."""

from __future__ import annotations

from enum import StrEnum


class SlotKind(StrEnum):
    """A role's place in the record, in the order of signing. A slot's name, which is also its ClaimedRole, is the
    value, followed by a number where a record has several (gvbm-1)."""

    GVBM = "gvbm"  # subject teacher: gvbm-1, gvbm-2 …; own block
    GVCN = "gvcn"  # homeroom teacher: #thongtinhocba
    CBQL = "cbql"  # leader: #data
    SEAL = "phat-hanh"  # the school's certificate: #data and the leader's Signature
