"""Steps of the demo: signing accounts at MySign for people, the USB token for the school, both approved."""

from __future__ import annotations

from base64 import b64decode, b64encode

import aiohttp
from hocba_core.agent_protocol import TokenCertificate

from hocba_gateway.demo.agent_page import AgentPage
from hocba_gateway.demo.api import Person
from hocba_gateway.demo.cast import Cast
from hocba_gateway.demo.progress import Bar

VENDOR = "viettel_mysign"


class TokenNotUsable(RuntimeError):
    """The agent offers no certificate that may sign."""


async def use_vendor(cast: Cast) -> None:
    """The administrator says which vendor the school uses this year, with what the vendor gave them."""
    told = cast.stage.mysign.ready
    settings = {
        "base_url": told["address"],
        "client_id": told["client_id"],
        "client_secret": told["client_secret"],
        "profile_id": told["profile_id"],
        "poll_seconds": 0.3,
    }
    await cast.qtv.put(f"/years/{cast.year}/vendors/{VENDOR}", {"settings": settings})


async def register_people(cast: Cast, bar: Bar) -> None:
    """Everybody who has a personal number buys a certificate, then registers it, the releaser too; the school's
    certificate comes in register_school()."""
    signers = list(cast.staff)
    bar.total(len(signers))
    for person in signers:
        number = (await cast.qtv.get(f"/school/members/{person}"))["personal_number"]
        if number:
            await _buy_certificate(cast, cast.names[person], number)
            cast.accounts[person] = await _register(cast, cast.staff[person], f"CMT_{number}")
        bar.advance()


async def _buy_certificate(cast: Cast, name: str, number: str) -> None:
    """At the vendor's shop, which the simulator is."""
    body = {"user_id": f"CMT_{number}", "name": name, "number": number}
    async with aiohttp.ClientSession() as shop:
        address = f"{cast.stage.mysign.ready['address']}/_simulator/people"
        async with shop.post(address, json=body) as answer:
            answer.raise_for_status()


async def _register(cast: Cast, person: Person, user: str) -> str:
    body = {"year": cast.year, "provider": VENDOR, "fields": {"user_id": user}}
    opened = await person.post("/vendor-sessions", body)
    offered = (await person.get(f"/vendor-sessions/{opened['session']}/credentials"))["credentials"]
    chosen = next(one for one in offered if one["usable"])
    made = await person.post("/signing-accounts/remote", {"session": opened["session"], "ref": chosen["ref"]})
    return str(made["id"])


async def approve_people(cast: Cast) -> int:
    """Who holds the right sees every registration, and approves those that wait. Returns how many."""
    approver = cast.staff[cast.leader]
    listed = (await approver.get(f"/years/{cast.year}/signing-accounts"))["people"]
    waiting = [one["waiting"]["id"] for one in listed if one["waiting"]]
    await approver.post("/signing-accounts/approve", {"accounts": waiting})
    return len(waiting)


async def register_school(cast: Cast) -> None:
    """The releaser plugs in the school's token: the agent signs a one-time challenge; the office approves."""
    releaser = cast.staff[cast.releaser]
    asked = await releaser.post("/signing-accounts/challenges", {"purpose": "school"})
    async with await open_agent(cast) as page:
        certificate = await token_certificate(page)
        item = ("challenge", asked["title"], b64decode(asked["digest"]))
        values = {name: value async for name, value in page.sign(certificate.fingerprint, asked["title"], [item])}
    body = {
        "purpose": "school",
        "year": cast.year,
        "challenge": asked["challenge"],
        "certificate": b64encode(certificate.der).decode(),
        "chain": [b64encode(der).decode() for der in certificate.chain],
        "value": b64encode(values["challenge"]).decode(),
    }
    made = await releaser.post("/signing-accounts/token", body)
    cast.accounts[""] = made["id"]
    decide = {"accounts": [made["id"]]}
    await cast.department.post(f"/department/schools/{cast.school}/certificates/approve", decide)


async def open_agent(cast: Cast) -> AgentPage:
    return await AgentPage.connect(str(cast.stage.agent.ready["address"]), cast.stage.address)


async def token_certificate(page: AgentPage) -> TokenCertificate:
    """The token's one certificate that may sign. Raises TokenNotUsable."""
    offered = await page.certificates()
    chosen = next((one for one in offered if one.usable), None)
    if chosen is None:
        why = ", ".join(one.reason for one in offered) or "không thấy chứng thư số"
        raise TokenNotUsable(f"USB Token không có chứng thư số nào dùng được để ký ({why}).")
    return chosen
