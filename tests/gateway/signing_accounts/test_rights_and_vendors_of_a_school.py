"""A7, S5: rights one by one. A8: a vendor's settings are tried before they are saved."""

from __future__ import annotations

import pytest
from hocba_core.errors import BadInput, NotFound, RefusesUs, SettingWrong
from hocba_gateway.school.rights import Right, set_right
from hocba_gateway.signing.vendors import SchoolVendors
from hocba_gateway.signing_accounts.listing import list_staff
from hocba_gateway.signing_accounts.settings import drop_provider_settings, save_provider_settings, used_providers
from hocba_gateway.store.schema import provider_settings
from hocba_viettel_mysign.provider import ViettelMySign
from sqlalchemy import select

YEAR = "2025-2026"


@pytest.mark.feature("A7")
@pytest.mark.feature("S5")
async def test_a_right_is_given_and_taken_away_and_leaves_the_others(town):
    async with town.scope.write() as tx:
        assert await set_right(tx, "an", Right.APPROVE, True, "acc-duyet")
        assert await set_right(tx, "an", Right.SEAL, True, "acc-duyet")
        assert not await set_right(tx, "an", Right.SEAL, True, "acc-duyet")
        assert {one.person_id for one in await list_staff(tx, YEAR) if one.may_seal} == {"an"}
        assert await set_right(tx, "an", Right.SEAL, False, "acc-duyet")
        assert not any(one.may_seal for one in await list_staff(tx, YEAR))
        assert not await set_right(tx, "an", Right.APPROVE, True, "acc-duyet"), "it was kept"
    events = await town.events()
    assert [(event.event, event.facts["right"], event.facts["granted"]) for event in events] == [
        ("accounts.rights", "duyet_tai_khoan", True),
        ("accounts.rights", "ky_phat_hanh", True),
        ("accounts.rights", "ky_phat_hanh", False),
    ]


@pytest.mark.feature("S5")
async def test_nobody_locks_themselves_out_and_strangers_have_no_rights(town, make_school):
    async with town.scope.write() as tx:
        await set_right(tx, "an", Right.ADMIN, True, "acc-duyet")
        with pytest.raises(BadInput):
            await set_right(tx, "an", Right.ADMIN, False, "acc-an")
        assert await set_right(tx, "an", Right.ADMIN, False, "acc-duyet")
        with pytest.raises(NotFound):
            await set_right(tx, "ai", Right.SEAL, True, "acc-duyet")
    other = await make_school("school-2")
    async with other.write() as tx:
        with pytest.raises(NotFound):
            await set_right(tx, "an", Right.SEAL, True, "acc-duyet")


@pytest.mark.feature("A8")
async def test_settings_that_the_vendor_accepts_are_saved_encrypted(town):
    good = dict(town.vendor.settings())
    how = (town.scope, town.sealer, ViettelMySign, YEAR)
    for _ in range(2):
        await save_provider_settings(*how, good, town.clock, actor="qtv")
    async with town.scope.read() as tx:
        assert await used_providers(tx, YEAR) == ("viettel_mysign",)
        assert await used_providers(tx, "2026-2027") == ()
        (row,) = await tx.rows(select(provider_settings).where(tx.of(provider_settings)))
    assert good["client_secret"].encode() not in row.settings
    assert town.sealer.open(row.settings) == good
    assert good["client_secret"] not in str([event.facts for event in await town.events()])
    vendors = SchoolVendors({"viettel_mysign": ViettelMySign}, town.sealer, town.clock)
    async with vendors.use(town.scope, YEAR, "viettel_mysign") as vendor:
        await vendor.check()
    await vendors.close()


@pytest.mark.feature("A8")
async def test_settings_that_do_not_work_leave_the_old_ones(town):
    good = dict(town.vendor.settings())
    how = (town.scope, town.sealer, ViettelMySign, YEAR)
    await save_provider_settings(*how, good, town.clock, actor="qtv")
    for wrong, kind in [({"client_secret": "sai"}, RefusesUs), ({"batch_limit": 0}, SettingWrong)]:
        with pytest.raises(kind):
            await save_provider_settings(*how, {**good, **wrong}, town.clock, actor="qtv")
    with pytest.raises(BadInput):
        await save_provider_settings(town.scope, town.sealer, ViettelMySign, "2025", good, town.clock, actor="qtv")
    async with town.scope.write() as tx:
        (row,) = await tx.rows(select(provider_settings).where(tx.of(provider_settings)))
        assert town.sealer.open(row.settings) == good
    await drop_provider_settings(town.scope, YEAR, "viettel_mysign", actor="qtv")
    with pytest.raises(NotFound):
        await drop_provider_settings(town.scope, YEAR, "viettel_mysign", actor="qtv")
    async with town.scope.read() as tx:
        assert await used_providers(tx, YEAR) == ()
    assert [event.event for event in await town.events()] == ["provider.settings", "provider.settings"]
