"""Whose turn it is in many transcripts at once: the first kind of slot that is not wholly signed, as SQL."""

from __future__ import annotations

from typing import Final

from hocba_core.workflow.states import ORDER
from sqlalchemy import ColumnElement, Subquery, case, func, select

from hocba_gateway.store.schema import slots
from hocba_gateway.store.store import Tx

RANKS: Final = {kind.value: rank for rank, kind in enumerate(ORDER)}
"""Kind of slot -> its place on the route, from 0."""
LAST: Final = len(ORDER)
"""Of a kind that stands on no route: after all others."""


def rank_of_slot() -> ColumnElement[int]:
    """Of the row of `slots` that the query is at."""
    return case(RANKS, value=slots.c.kind, else_=LAST)


def query_turns(tx: Tx) -> Subquery:
    """transcript_id and `rank` of the kind whose turn it is; a transcript that all have signed is not among them."""
    return (
        select(slots.c.transcript_id, func.min(rank_of_slot()).label("rank"))
        .where(tx.of(slots), slots.c.signature.is_(None))
        .group_by(slots.c.transcript_id)
        .subquery()
    )
