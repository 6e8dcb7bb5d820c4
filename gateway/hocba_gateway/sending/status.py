"""The packages of a school as pages and the API show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hocba_core.clock import from_millis
from hocba_core.errors import NotFound
from hocba_core.workflow.states import DELIVERY_NAMES, Delivery
from sqlalchemy import select

from hocba_gateway.signing.states import PackageState
from hocba_gateway.store.schema import classes, package_records, packages
from hocba_gateway.store.store import Tx
from hocba_gateway.store.table import refers


@dataclass(frozen=True, slots=True)
class Refusal:
    transcript: str
    code: str
    message: str
    """The portal's own words."""


@dataclass(frozen=True, slots=True)
class PackageStatus:
    id: str
    class_id: str
    class_name: str
    year: str
    event: str
    version: int
    count: int
    delivery: Delivery
    state: str
    """`delivery` in the screen's words: "Chờ ký gói" … "Đã gửi", "Bị từ chối" when no record was accepted."""
    made_at: datetime
    receipt: str | None
    """The portal's id."""
    answered_at: datetime | None
    code: str
    message: str
    """Of the package as a whole, from the portal."""
    refusals: tuple[Refusal, ...]
    trouble: str | None
    """Code of the error that the next try waits for; None when all goes well."""
    trouble_facts: Mapping[str, Any]
    next_at: datetime | None


async def list_packages(tx: Tx, *, class_id: str | None = None) -> list[PackageStatus]:
    """Newest first; of one class, or of the whole school."""
    return await _read(tx, *([packages.c.class_id == class_id] if class_id is not None else []))


async def package_status(tx: Tx, package_id: str) -> PackageStatus:
    """Raises NotFound(kind="package")."""
    found = await _read(tx, packages.c.id == package_id)
    if not found:
        raise NotFound(kind="package")
    return found[0]


async def _read(tx: Tx, *where: Any) -> list[PackageStatus]:
    same = refers(packages.c.class_id, classes)
    rows = await tx.rows(
        select(packages, classes.c.name, classes.c.year)
        .join_from(packages, classes, same)
        .where(tx.of(packages), packages.c.state != PackageState.DROPPED, *where)
        .order_by(packages.c.created_at.desc(), packages.c.id)
    )
    inside = refers(package_records.c.package_id, packages)
    records: dict[str, list[Any]] = defaultdict(list)
    for one in await tx.rows(
        select(package_records).join_from(package_records, packages, inside).where(tx.of(package_records), *where)
    ):
        records[one.package_id].append(one)
    return [_status(row, records[row.id]) for row in rows]


def _status(row: Any, records: list[Any]) -> PackageStatus:
    receipt = row.receipt or {}
    trouble = receipt.get("trouble") or {}
    delivery = _delivery(row.state, records)
    return PackageStatus(
        id=row.id,
        class_id=row.class_id,
        class_name=row.name,
        year=row.year,
        event=row.event,
        version=row.version,
        count=len(records),
        delivery=delivery,
        state=DELIVERY_NAMES[delivery],
        made_at=from_millis(row.created_at),
        receipt=row.receipt_id,
        answered_at=datetime.fromisoformat(receipt["at"]) if row.state == PackageState.DONE else None,
        code=receipt.get("code", ""),
        message=receipt.get("message", ""),
        refusals=tuple(
            Refusal(one.transcript_id, one.code or "", one.message or "")
            for one in sorted(records, key=lambda one: str(one.transcript_id))
            if one.accepted is False
        ),
        trouble=trouble.get("error"),
        trouble_facts=trouble.get("facts", {}),
        next_at=from_millis(row.next_at) if row.next_at is not None else None,
    )


def _delivery(state: str, records: list[Any]) -> Delivery:
    if state != PackageState.DONE:
        return Delivery(state)
    return Delivery.SENT if any(one.accepted for one in records) else Delivery.REFUSED
