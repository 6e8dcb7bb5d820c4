"""V6: no page and no list of the API shows a whole personal number, to nobody; the record and its form do."""

from __future__ import annotations

import re
import sys
from typing import Any
from uuid import uuid4

import pytest
from hocba_gateway.store.schema import confirmations, people, pupils
from hocba_gateway.web.pages.table import TABLE
from hocba_gateway.web.table import ROUTES
from sqlalchemy import select

_signed = sys.modules["hocba_tests_of_signing_over_http"]
pytestmark = pytest.mark.feature("V6")

THE_RECORD = ("transcript.form", "transcripts.record", "transcripts.form")
"""As the family sees it and as it was signed; tried where it is tested who gets how much of it."""
ONE_OF_STAFF = ("school.get_member",)
"""For whoever keeps the staff's records, one person at a time."""
TWELVE_DIGITS = re.compile(r"(?<![0-9A-Za-z?-])\d{12}(?![0-9A-Za-z])")
"""Not the end of a UUID, nor the mark of a static file's content: by chance they have digits only."""


@pytest.fixture
async def released(signing: Any) -> Any:
    """Two transcripts of 6A, signed by everybody; the CA of the homeroom teacher writes the number into the name."""
    homeroom = signing.caller("6A").me["person"]
    about = await signing.school.admin.ok("GET", f"/school/members/{homeroom}")
    number = about["personal_number"]
    user = signing.vendor.add_person(f"{about['name']} {number}", number).user
    signing.accounts[homeroom] = await _signed.register(signing.caller("6A"), user)
    await _signed.approve_all(signing)
    await _signed.bring_seal(signing)
    for kind in ("gvbm", "gvcn", "cbql"):
        await signing.step(kind)
    await signing.seal_all(signing.caller("leader").me["person"], "phat-hanh", signing.transcripts)
    return signing


async def test_no_whole_number_stands_on_any_page_or_in_any_list(released, server):
    school = released.school
    known: set[str] = set()
    async with server.gateway.scoped(school.id).read() as tx:
        for table in (people, pupils):
            known |= {row.personal_number or "" for row in await tx.rows(select(table).where(tx.of(table)))}
        presses = [row.id for row in await tx.rows(select(confirmations.c.id).where(tx.of(confirmations)))]
    known.discard("")
    ids = {"class_id": school.classes["6A"], "transcript": released.transcripts[0], "slot": "gvcn", "kind": "gvbm"}
    ids |= {"year": _signed.YEAR, "person": school.people["leader"].me["person"], "provider": "viettel_mysign"}
    ids |= {name: str(uuid4()) for name in ("request", "session", "package", "account")}
    routes = [one for one in (*TABLE, *ROUTES) if one.method == "GET" and one.name not in (*THE_RECORD, *ONE_OF_STAFF)]
    wrong, answered = set(), set()
    for who in ("admin", "officer", "leader", "6A", "teacher"):
        caller = getattr(school, who, None) or school.people[who]
        for route in routes:
            proof = (
                {"Cookie": f"hocba={caller.token}"} if route in TABLE else {"Authorization": f"Bearer {caller.token}"}
            )
            for press in presses if "{confirmation}" in route.path else presses[:1]:
                here = ids | {"confirmation": press}
                path = re.sub(r"\{(\w+)\}", lambda name, here=here: here[name[1]], route.path)
                async with server.http.get(server.address + path, headers=proof) as answer:
                    text = (await answer.read()).decode(errors="replace")
                if answer.status == 200:
                    answered.add((who, route.name))
                    if TWELVE_DIGITS.search(text) or any(number in text for number in known):
                        wrong.add((who, route.name))
    assert answered >= {(who, "transcript.transcript") for who in ("admin", "leader", "6A")}
    assert answered >= {(who, "transcripts.get_transcript") for who in ("admin", "leader", "6A")}
    assert answered >= {("leader", "approving.staff"), ("leader", "signing_accounts.staff"), ("6A", "account.account")}
    assert answered >= {("admin", "following.following"), ("officer", "signing_accounts.schools_certificates")}
    assert wrong == set()
