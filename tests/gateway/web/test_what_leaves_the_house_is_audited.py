"""V6: whoever fetches children's data says what for, and the school's audit keeps it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hocba_core.audit import Event
from hocba_gateway.store.schema import audit, packages
from sqlalchemy import select

pytestmark = pytest.mark.feature("V6")


async def exported(server, school):
    async with server.gateway.scoped(school.id).read() as tx:
        query = select(audit.c.facts).where(tx.of(audit), audit.c.event == Event.EXPORTED.value)
        return list((await tx.execute(query.order_by(audit.c.seq))).scalars())


async def test_a_record_that_is_fetched_is_audited_with_its_purpose(server, school, transcripts):
    path = f"/transcripts/{transcripts[0]}/record.xml"
    refused = await school.admin.call("GET", f"{path}?purpose=tò_mò")
    assert (refused.status, refused.body["facts"]["field"]) == (422, "purpose")
    assert await exported(server, school) == []
    await school.admin.ok("GET", f"{path}?purpose=gia_dinh")
    assert await exported(server, school) == [{"transcript": transcripts[0], "form": "xml", "purpose": "gia_dinh"}]


async def test_a_package_that_is_fetched_is_audited_with_its_purpose(server, school):
    scope, package = server.gateway.scoped(school.id), str(uuid4())
    name = await scope.blobs.put(b"<GOI_TIN/>")
    row = {"id": package, "class_id": school.classes["6A"], "event": "NEW", "version": 1, "manifest": name}
    async with scope.write() as tx:
        state = {"state": "seal", "created_by": school.admin.me["account"], "created_at": tx.now()}
        await tx.insert(packages, [row | state])
    refused = await school.admin.call("GET", f"/packages/{package}/package.xml?purpose=x")
    assert (refused.status, refused.body["facts"]["field"]) == (422, "purpose")
    assert await school.admin.ok("GET", f"/packages/{package}/package.xml?purpose=luu_tru") == b"<GOI_TIN/>"
    assert await exported(server, school) == [{"package": package, "form": "xml", "purpose": "luu_tru"}]
