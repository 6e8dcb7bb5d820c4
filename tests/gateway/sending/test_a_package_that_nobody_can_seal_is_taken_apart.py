"""T15: a package waits for a seal that never comes; its transcripts must not be stuck with it."""

from __future__ import annotations

from typing import Any

import pytest
from hocba_core.errors import Conflict, NotFound, NotYourTurn
from hocba_gateway.sending.unpack import unpack
from hocba_gateway.signing.during import items_for_token, values_from_token
from hocba_gateway.store.schema import attempts, items
from hocba_gateway.testing.world import KEEPER
from sqlalchemy import select

pytestmark = pytest.mark.feature("T15")


async def test_its_transcripts_are_packed_again(make_office: Any) -> None:
    office = await make_office(pupils=2)
    first = (await office.make()).packages[0]
    await unpack(office.scope, first.id, "account-admin")
    assert await office.packages() == []
    assert set((await office.deliveries()).values()) == {"none"}
    with pytest.raises(NotYourTurn):
        await office.world.press(KEEPER, "goi", [first.id])
    with pytest.raises(NotFound):
        await unpack(office.scope, first.id, "account-admin")
    await office.seal(await office.make())
    await office.go_on()
    assert set((await office.deliveries()).values()) == {"sent"}


async def test_a_seal_that_comes_too_late_is_kept_and_not_used(make_office: Any) -> None:
    office = await make_office(pupils=2)
    made = await office.make()
    pressed = await office.world.press(KEEPER, "goi", [made.packages[0].id])
    [(item, _, digest)] = await items_for_token(office.scope, pressed.requests[0])
    await unpack(office.scope, made.packages[0].id, "account-admin")
    value = office.world.seal.sign_digest(digest)
    await values_from_token(office.world.desk, office.scope, pressed.requests[0], {item: value})
    async with office.scope.read() as tx:
        kept = await tx.row(select(items.c.value).where(tx.of(items), items.c.id == item))
        states = await tx.rows(
            select(attempts.c.state).where(tx.of(attempts), attempts.c.subject_id == made.packages[0].id)
        )
    assert kept.value == value
    assert [row.state for row in states] == ["orphan"]
    assert set((await office.deliveries()).values()) == {"none"}


async def test_a_sealed_one_is_on_its_way_and_stays(make_office: Any) -> None:
    office = await make_office(pupils=1)
    made = await office.make()
    await office.seal(made)
    with pytest.raises(Conflict) as refusal:
        await unpack(office.scope, made.packages[0].id, "account-admin")
    assert refusal.value.facts["state"] == "sealed"
    with pytest.raises(NotFound):
        await unpack(office.scope, "không có", "account-admin")
