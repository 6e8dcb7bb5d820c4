"""What is left for people who click through the demo: at every step of the route somebody has something to do."""

from __future__ import annotations

from typing import Final

import aiohttp

from hocba_gateway.demo import signing_steps
from hocba_gateway.demo.cast import Cast
from hocba_gateway.demo.progress import Bar

EACH: Final = 2
"""Transcripts that wait at each step."""
KEPT: Final = 12
"""Pupils of the last class; some dossiers may be incomplete."""
STEPS: Final = ("gvbm", "gvcn", "cbql", "phat-hanh")
LEAST: Final = 16
"""A class must have so many pupils for some of them to be kept back."""
REASON: Final = "Sai điểm tổng kết môn Toán (bản chạy thử)"


def keep_back(cast: Cast) -> None:
    """The last pupils of the last class get no transcript in the main job."""
    room = cast.classes[-1]["id"]
    if len(cast.pupils[room]) >= LEAST:
        cast.later = [pupil["id"] for pupil in cast.pupils[room][-KEPT:]]
        cast.pupils[room] = cast.pupils[room][:-KEPT]


async def leave_work(cast: Cast, bar: Bar) -> None:
    """They are created now: some wait for each step, and one was returned."""
    pool = list(cast.later)
    bar.total(len(pool))
    for reached in range(len(STEPS) - 1, -1, -1):
        await _create(cast, pool, EACH)
        for kind in STEPS[:reached]:
            await signing_steps.sign_by_phone(cast, kind, _Quiet())
        bar.at(len(cast.later) - len(pool))
    for returned in await _create(cast, pool, 1):
        await cast.qtv.post("/transcripts/hold", {"transcripts": [returned], "reason": REASON})
    bar.at(len(cast.later))


async def _create(cast: Cast, pool: list[str], number: int) -> list[str]:
    """As many as that, of the first in the pool whose dossiers are complete. UUIDs."""
    created: list[str] = []
    room = cast.classes[-1]["id"]
    while pool and len(created) < number:
        made = await cast.qtv.post(f"/classes/{room}/transcripts", {"pupils": [pool.pop(0)]})
        created += made["created"]
    return created


class _Quiet(Bar):
    """The steps inside are one step outside."""

    def __init__(self) -> None:
        pass

    def total(self, count: int) -> None:
        pass

    def advance(self, by: int = 1) -> None:
        pass


async def hand_over_phones(cast: Cast) -> None:
    """From now on nobody taps by itself: people do, on the phones' page."""
    address = str(cast.stage.mysign.ready["address"])
    told = {"mood": "ignore"}
    async with aiohttp.ClientSession() as phones, phones.post(f"{address}/_simulator/phone", json=told) as answer:
        answer.raise_for_status()
