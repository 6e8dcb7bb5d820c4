"""Steps of the demo: transcripts are created and signed, by phones and by the school's token."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections import Counter
from typing import Any
from uuid import uuid4

from hocba_gateway.demo.account_steps import open_agent, token_certificate
from hocba_gateway.demo.agent_page import AgentPage
from hocba_gateway.demo.api import Person
from hocba_gateway.demo.cast import Cast
from hocba_gateway.demo.progress import Bar

LOOK_SECONDS = 0.2
CHUNK = 20
"""Values that the page sends back at once while the token goes on."""


class NotSigned(RuntimeError):
    """Something was not signed; the text says what and why."""


async def create(cast: Cast, bar: Bar) -> None:
    """Each class is confirmed as finished and its transcripts are created; who is left out is remembered by name.

    Raises NotSigned when nobody got one.
    """
    bar.total(len(cast.classes))
    for room in cast.classes:
        for term in ("HK1", "HK2", "CN"):
            await cast.qtv.put(f"/classes/{room['id']}/locks/{term}")
        wanted = [pupil["id"] for pupil in cast.pupils[room["id"]]]
        made = await cast.qtv.post(f"/classes/{room['id']}/transcripts", {"pupils": wanted})
        cast.transcripts[room["id"]] = made["created"]
        cast.left += [{"class": room["name"], **left} for left in made["left"]]
        bar.advance()
    if not any(cast.transcripts.values()):
        raise NotSigned(f"Không tạo được học bạ nào. {_why(cast)}")


def _why(cast: Cast) -> str:
    """Of the first pupil who was left out; with nothing to sign, nothing of the main job was done."""
    if not cast.left:
        return "Các lớp không có học sinh nào."
    left = cast.left[0]
    missing = "; ".join(item["item"] for item in left["missing"]) or left["reason"]
    return f"{len(cast.left)} học sinh bị để lại, như {left['pupil']} lớp {left['class']}: {missing}."


async def sign_by_phone(cast: Cast, kind: str, bar: Bar) -> None:
    """Everybody for whom that step waits signs all of it at once, each class one confirmation on the phone."""
    waiting = {person: await _waiting(who, kind) for person, who in cast.staff.items()}
    total = sum(len(group["ids"]) for groups in waiting.values() for group in groups)
    bar.total(total)
    await asyncio.gather(
        *(_sign_remotely(cast, person, kind, group, bar) for person, groups in waiting.items() for group in groups)
    )


async def _waiting(who: Person, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await who.get("/waiting"))["waiting"]
    return [group for group in found if group["kind"] == kind]


async def _sign_remotely(cast: Cast, person: str, kind: str, group: dict[str, Any], bar: Bar) -> None:
    who = cast.staff[person]
    pressed = await _press(who, kind, group["ids"], cast.accounts[person])
    seen = 0
    while True:
        told = await who.get(f"/confirmations/{pressed['confirmation']}")
        done = sum(one["state"] != "alive" for one in told["attempts"])
        bar.advance(done - seen)
        seen = done
        if not told["open"]:
            break
        await asyncio.sleep(LOOK_SECONDS)
    _count(cast, kind, told)


async def _press(who: Person, kind: str, ids: list[str], account: str) -> dict[str, Any]:
    body = {"key": uuid4().hex, "kind": kind, "subjects": ids, "account": account}
    pressed: dict[str, Any] = await who.post("/confirmations", body)
    if pressed["left"]:
        raise NotSigned(f"Không ký được {len(pressed['left'])} học bạ ({kind}): {pressed['left'][0]['facts']}")
    return pressed


def _count(cast: Cast, kind: str, told: dict[str, Any]) -> None:
    states = Counter(one["state"] for one in told["attempts"])
    cast.signatures[kind] = cast.signatures.get(kind, 0) + states["signed"]
    if failed := [one for one in told["attempts"] if one["state"] != "signed"]:
        raise NotSigned(f"Ký chưa thành công {len(failed)} học bạ ({kind}): {failed[0]['error']}")


async def sign_by_token(cast: Cast, kind: str, bar: Bar) -> None:
    """The releaser signs class by class with the school's certificate: XML and PDF in one go, counted once."""
    who = cast.staff[cast.releaser]
    groups = await _waiting(who, kind)
    bar.total(sum(len(group["ids"]) for group in groups))
    async with await open_agent(cast) as page:
        certificate = await token_certificate(page)
        for group in groups:
            pressed = await _press(who, kind, group["ids"], cast.accounts[""])
            for request in pressed["requests"]:
                await _carry(who, page, request, certificate.fingerprint, group["class_name"])
            told = await who.get(f"/confirmations/{pressed['confirmation']}")
            _count(cast, kind, told)
            bar.advance(len(group["ids"]))


async def _carry(who: Person, page: AgentPage, request: str, fingerprint: str, class_name: str) -> None:
    """The page takes a job to the agent and brings its values back in chunks."""
    items = (await who.get(f"/requests/{request}/items"))["items"]
    job = [(one["item"], one["title"], b64decode(one["digest"])) for one in items]
    values: dict[str, str] = {}
    async for item, value in page.sign(fingerprint, f"Lớp {class_name}", job):
        values[item] = b64encode(value).decode()
        if len(values) == CHUNK:
            await who.post(f"/requests/{request}/values", {"values": values})
            values = {}
    if values:
        await who.post(f"/requests/{request}/values", {"values": values})
