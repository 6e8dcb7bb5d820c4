"""What is left for people who click through the demo: at every step of the route somebody has something to do."""

from __future__ import annotations

from typing import Final

import aiohttp

from hocba_gateway.demo import signing_steps
from hocba_gateway.demo.cast import Cast
from hocba_gateway.demo.progress import Bar

EACH: Final = 2
"""Transcripts that wait at each step."""
STEPS: Final = ("gvbm", "gvcn", "cbql", "phat-hanh")
LEAST: Final = 12
"""A class must have so many pupils for some of them to be kept back."""
REASON: Final = "Sai điểm tổng kết môn Toán (bản chạy thử)"


def keep_back(cast: Cast) -> None:
    """The last pupils of the last class get no transcript in the main job."""
    number = EACH * len(STEPS) + 1
    room = cast.classes[-1]["id"]
    if len(cast.pupils[room]) >= LEAST:
        cast.later = [pupil["id"] for pupil in cast.pupils[room][-number:]]
        cast.pupils[room] = cast.pupils[room][:-number]


async def leave_work(cast: Cast, bar: Bar) -> None:
    """They are created now: some wait for each step, and one was returned."""
    groups = [cast.later[at * EACH : (at + 1) * EACH] for at in range(len(STEPS))]
    bar.total(len(cast.later))
    for reached in range(len(STEPS) - 1, -1, -1):
        made = await _create(cast, groups[reached])
        for kind in STEPS[:reached]:
            await signing_steps.sign_by_phone(cast, kind, _Quiet())
        bar.advance(len(made))
    for returned in await _create(cast, cast.later[len(STEPS) * EACH :]):
        await cast.qtv.post("/transcripts/hold", {"transcripts": [returned], "reason": REASON})
        bar.advance()


async def _create(cast: Cast, pupils: list[str]) -> list[str]:
    if not pupils:
        return []
    room = cast.classes[-1]["id"]
    made = await cast.qtv.post(f"/classes/{room}/transcripts", {"pupils": pupils})
    created: list[str] = made["created"]
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
