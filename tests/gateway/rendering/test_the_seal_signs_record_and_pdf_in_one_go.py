from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hocba_core.verify.pdf import same_record, verify_pdf
from hocba_core.verify.record import verify_record
from hocba_core.verify.verdict import Outcome
from hocba_gateway.rendering.face import PdfFace
from hocba_gateway.rendering.pool import RenderPool
from hocba_gateway.signing.progress import progress
from hocba_gateway.store.schema import transcripts
from hocba_gateway.testing.world import HOMEROOM, KEEPER, LEADER


async def _until_closed(world: Any, pressed: Any) -> None:
    for _ in range(30):
        await world.runner.once()
        async with world.scope.read() as tx:
            if not (await progress(tx, pressed.confirmation)).open:
                return
        world.clock.advance(timedelta(seconds=1))
    raise AssertionError("still open")


@pytest.mark.feature("T8")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_sealed_pdf_is_valid_and_the_face_of_its_record(make_world: Any):
    pool = await RenderPool.start(1)
    try:
        world = await make_world(pupils=3, face=PdfFace(pool))
        for person in world.teachers:
            await _until_closed(world, await world.press(person, "gvbm"))
        await _until_closed(world, await world.press(HOMEROOM, "gvcn"))
        await _until_closed(world, await world.press(LEADER, "cbql"))
        await world.seal_with_token(await world.press(KEEPER, "phat-hanh"))
    finally:
        await pool.close()

    async with world.scope.read() as tx:
        rows = await tx.rows(transcripts.select().where(tx.of(transcripts)))
    assert len(rows) == 3
    for row in rows:
        record = verify_record(await world.scope.blobs.get(row.record), world.desk.trust, world.clock())
        pdf = verify_pdf(await world.scope.blobs.get(row.face), world.desk.trust, world.clock())
        assert pdf.outcome is record.outcome is Outcome.VALID, pdf.all_failures()
        assert same_record(pdf, record)
