"""Answers of the portal's contract, and answers that are not in it; refusals of the simulator that really judges."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hocba_core.errors import (
    BadInput,
    HocbaError,
    Nonsense,
    OutcomeUnknown,
    Refused,
    RefusesUs,
    RequestRefused,
    RequestUnknown,
    SessionEnded,
    SettingWrong,
    Unavailable,
)
from hocba_core.package import PackedRecord
from hocba_core.portal import Package, Receipt, ReceiptState, RecordOutcome
from hocba_core.registry import load_portals
from hocba_core.testing.clock import DEFAULT_START, HandClock
from hocba_core.testing.fake_portal import PortalOperation
from hocba_core.testing.packing import sealed_package
from hocba_core.testing.portal_stage import PortalStage, accepted, the_school
from hocba_core.vendor_http import Answer
from hocba_reception_portal import wire
from hocba_reception_portal.connector import ReceptionPortal
from hocba_reception_portal.settings import Settings

pytestmark = pytest.mark.feature("P11")

GOOD = {"base_url": "https://cong.example.vn", "client_id": "so-99", "client_secret": "mật khẩu"}


def answer(said: object, status: int = 200, *, acts: bool = False) -> Answer:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Answer("reception_portal", status, body, "r-1", acts)


def test_it_is_found_by_its_entry_point() -> None:
    assert load_portals(["reception_portal"]).portal("reception_portal") is ReceptionPortal


def test_a_receipt_with_its_outcomes() -> None:
    said = {
        "ma_bien_nhan": "BN-1",
        "trang_thai": "TIEP_NHAN",
        "thoi_gian": "2026-05-25T08:00:00+07:00",
        "hoc_ba": [
            {"ma_dinh_danh_hoc_ba": "u-1", "chap_nhan": True, "ma_loi": None, "mo_ta": None},
            {"ma_dinh_danh_hoc_ba": "u-2", "chap_nhan": False, "ma_loi": "X1", "mo_ta": "Trùng số 099300000001"},
        ],
    }
    assert wire.read_receipt(answer(said), DEFAULT_START) == Receipt(
        id="BN-1",
        state=ReceiptState.ACCEPTED,
        at=datetime(2026, 5, 25, 1, 0, tzinfo=UTC),
        records=(RecordOutcome("u-1", True), RecordOutcome("u-2", False, "X1", "Trùng số …")),
    )


@pytest.mark.parametrize(
    "said",
    [
        {"ma_bien_nhan": "", "trang_thai": "TIEP_NHAN"},
        {"ma_bien_nhan": "BN-1", "trang_thai": "XONG"},
        {"ma_bien_nhan": "BN-1", "trang_thai": "TIEP_NHAN", "thoi_gian": "2026-05-25T08:00:00"},
        {"ma_bien_nhan": "BN-1", "trang_thai": "TIEP_NHAN", "thoi_gian": 5},
        {"ma_bien_nhan": "BN-1", "trang_thai": "TIEP_NHAN", "hoc_ba": [{"ma_dinh_danh_hoc_ba": "u", "chap_nhan": "1"}]},
        {"ma_bien_nhan": "BN-1", "trang_thai": "TIEP_NHAN", "hoc_ba": ["u"]},
        {"ma_bien_nhan": "BN-1", "trang_thai": "TIEP_NHAN", "hoc_ba": 7},
        ["BN-1"],
        b"<html>",
    ],
    ids=str,
)
def test_a_receipt_that_is_none_is_trouble_and_never_a_verdict(said: object) -> None:
    with pytest.raises(Nonsense):
        wire.read_receipt(answer(said), DEFAULT_START)
    with pytest.raises(OutcomeUnknown):
        wire.read_receipt(answer(said, acts=True), DEFAULT_START)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, {"ma_loi": "GOI_RONG", "mo_ta": "Gói tin rỗng"}, RequestRefused),
        (413, b"", RequestRefused),
        (404, {"ma_loi": "KHONG_CO_BIEN_NHAN"}, RequestUnknown),
        (401, {"ma_loi": "HET_PHIEN"}, SessionEnded),
        (403, b"<html>", RefusesUs),
        (403, {"ma_loi": "KHONG_DUOC_QUYEN"}, RefusesUs),
        (404, b"<html>404</html>", Nonsense),
        (503, b"<html>503</html>", Unavailable),
    ],
)
def test_a_refusal_is_one_of_our_errors(status: int, said: object, kind: type[HocbaError]) -> None:
    with pytest.raises(kind) as caught:
        wire.read_receipt(answer(said, status), DEFAULT_START)
    assert caught.value.facts["provider"] == "reception_portal" and caught.value.facts["request"] == "r-1"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"base_url": "http://cong.example.vn"}, "base_url"),
        ({"client_id": ""}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"records_per_package": 51}, "records_per_package"),
        ({"sealed_packages": True}, "sealed_packages"),
        ({"send_path": "hocba"}, "send_path"),
        ({"receipt_path": "/receipts?id="}, "receipt_path"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, object], named: str) -> None:
    with pytest.raises(SettingWrong) as caught:
        ReceptionPortal({**GOOD, **changed}, HandClock())
    assert caught.value.facts["setting"] == f"portals.reception_portal.{named}"


def test_settings_never_print_the_secret() -> None:
    assert "mật khẩu" not in repr(Settings.read(GOOD))


def test_a_receipts_id_cannot_leave_its_place_in_the_address() -> None:
    assert wire.receipt_path(Settings.read(GOOD), "../thu-hoi?x=1") == "/receipts/..%2Fthu-hoi%3Fx%3D1"


def test_a_search_for_something_else_is_refused_here() -> None:
    with pytest.raises(BadInput):
        wire.search_body({"so_dinh_danh": "1"})


async def test_what_the_settings_switch_off_is_refused_without_a_call(stage: PortalStage) -> None:
    portal = stage.connector({**stage.fake.settings(), "search": "no", "recall": "no"})
    for call in (portal.search({"uuid": "u"}), portal.recall(b"<x/>", "u"), portal.recall_status("TH-1")):
        with pytest.raises(Refused):
            await call
    assert not stage.fake.heard


async def test_many_calls_at_once_share_one_login(stage: PortalStage) -> None:
    sent = await stage.send()
    stage.clock.advance(timedelta(hours=1))
    await asyncio.gather(*(sent.connector.status(sent.receipt.id) for _ in range(5)))
    assert stage.fake.heard[PortalOperation.TOKEN] == 2, "one at first, one when it had ended"


# --- the simulator judges -----------------------------------------------------------------------


async def _verdict(stage: PortalStage, package: Package) -> Receipt:
    connector = stage.connector()
    return await stage.settle(connector, await connector.send(package))


@pytest.mark.feature("P8")
async def test_one_changed_byte_refuses_the_package(stage: PortalStage) -> None:
    package, _ = stage.package(stage.connector())
    changed = package.xml.replace(b"<TEN_LOP>9A<", b"<TEN_LOP>9B<")
    receipt = await _verdict(stage, replace(package, xml=changed))
    assert (receipt.state, receipt.code, receipt.records) == (ReceiptState.REFUSED, "DIGEST", ())
    assert "thay đổi" in receipt.message and not stage.fake.held


@pytest.mark.feature("P8")
async def test_a_bad_record_is_refused_alone(stage: PortalStage) -> None:
    package, manifest = stage.package(stage.connector())
    bad = manifest.records[0].xml.replace("Giỏi".encode(), "Kém".encode())
    assert sha256(bad).hexdigest() != manifest.records[0].sha256
    spoiled = replace(manifest, records=(PackedRecord.of(manifest.records[0].uuid, bad), *manifest.records[1:]))
    receipt = await _verdict(stage, replace(package, xml=sealed_package(the_school(), spoiled)))
    assert receipt.state is ReceiptState.ACCEPTED
    assert accepted(receipt) == [record.uuid for record in manifest.records[1:]]
    assert receipt.records[0].code == "PACKAGE_RECORD_INVALID"
    assert "thay đổi" in receipt.records[0].message


@pytest.mark.feature("P8")
async def test_a_school_that_may_not_send_and_a_code_that_is_not_the_records(stage: PortalStage) -> None:
    package, manifest = stage.package(stage.connector())
    other = sealed_package(the_school(), replace(manifest, school_code="99000777"))
    receipt = await _verdict(stage, replace(package, xml=other))
    assert {one.code for one in receipt.records} == {"SAI_TRUONG"}

    stage.fake.schools = frozenset({"99000777"})
    again, _ = stage.package(stage.connector())
    receipt = await _verdict(stage, again)
    assert (receipt.state, receipt.code) == (ReceiptState.REFUSED, "TRUONG_LA")


@pytest.mark.feature("P8")
async def test_a_key_that_comes_again_with_other_bytes_is_refused(stage: PortalStage) -> None:
    sent = await stage.send()
    other, _ = stage.package(sent.connector)
    with pytest.raises(RequestRefused) as caught:
        await sent.connector.send(replace(other, uuid=sent.package.uuid))
    assert caught.value.facts["vendor_code"] == "TRUNG_KHOA"


@pytest.mark.feature("P8")
async def test_a_cancelled_record_is_held_as_recalled(stage: PortalStage) -> None:
    first = await stage.send()
    await stage.settle(first.connector, first.receipt)
    package, manifest = stage.package(first.connector)
    records = (replace(manifest.records[0], xml=b""),)
    cancel = sealed_package(the_school(), replace(manifest, event="CANCEL", version=2, records=records))
    assert accepted(await _verdict(stage, replace(package, xml=cancel))) == [manifest.records[0].uuid]
    (found,) = await first.connector.search({"uuid": manifest.records[0].uuid})
    assert (found.state, found.version, found.personal_number) == ("2", 2, "099…001")
