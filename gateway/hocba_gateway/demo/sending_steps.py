"""Steps of the demo: what is signed is completed, packed by class, sealed, sent; then receipts come."""

from __future__ import annotations

import asyncio
from typing import Any

from hocba_gateway.demo.cast import Cast
from hocba_gateway.demo.progress import Bar

LOOK_SECONDS = 0.3
RECEIPT_SECONDS = 120.0


class NotSent(RuntimeError):
    """The portal did not take everything; the text says what and why."""


async def complete(cast: Cast, bar: Bar) -> None:
    """ "Xác nhận hoàn thành", class by class."""
    bar.total(len(cast.transcripts))
    for ids in cast.transcripts.values():
        if ids:
            await cast.qtv.post("/transcripts/complete", {"transcripts": ids})
        bar.advance()


async def pack(cast: Cast, bar: Bar) -> None:
    """ "Gửi lên hệ thống": the packages of a class, which then wait for their seal."""
    rooms = [room for room, ids in cast.transcripts.items() if ids]
    bar.total(len(rooms))
    for room in rooms:
        made = await cast.qtv.post(f"/classes/{room}/packages")
        if made["left"]:
            raise NotSent(f"Không đóng gói được {len(made['left'])} học bạ: {made['left'][0]['facts']}")
        bar.advance()


async def await_receipts(cast: Cast, bar: Bar) -> list[dict[str, Any]]:
    """The packages with their receipts. Raises NotSent."""
    try:
        async with asyncio.timeout(RECEIPT_SECONDS):
            while True:
                packages: list[dict[str, Any]] = (await cast.qtv.get("/packages"))["packages"]
                bar.total(len(packages))
                bar.at(sum(one["delivery"] in ("sent", "refused") for one in packages))
                if all(one["delivery"] in ("sent", "refused") for one in packages):
                    break
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError as error:
        raise NotSent("Cổng tiếp nhận chưa trả lời xong.") from error
    refused = [refusal for one in packages for refusal in one["refusals"]]
    if refused or any(one["delivery"] == "refused" for one in packages):
        said = refused[0]["message"] if refused else packages[0]["message"]
        raise NotSent(f"Cổng tiếp nhận từ chối {len(refused)} học bạ: {said}")
    return packages
