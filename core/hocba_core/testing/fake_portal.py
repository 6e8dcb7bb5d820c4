"""The base of every fake portal: it judges what arrives as a portal does, with the verifier that strangers use.

A subclass speaks one portal's wire; receipts, versions, idempotency and what is held are here, and the
conformance kit (portal_conformance.py) drives it through this class only. From another process:

    POST /_simulator/fault     {"fault": "drop", "operation": "send", "times": 1}
    POST /_simulator/down      {"down": true}
    POST /_simulator/refuse    {"uuid": "…" (absent: the next record), "message": "…"}
    POST /_simulator/recall    {"id": "…", "decision": "DONG_Y", "uuids": ["…"]}
    GET  /_simulator/records   what is held, in numbers; no names
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from aiohttp import web

from hocba_core.clock import Clock
from hocba_core.package import Manifest, PackedRecord
from hocba_core.portal import ReceiptState, RecordOutcome
from hocba_core.testing.fake_portal_judge import Held, Judged, judge
from hocba_core.testing.fake_server import FakeServer, Handler
from hocba_core.trust import TrustStore
from hocba_core.verify.package import MAX_BYTES

RECALL_WAITS = "CHO_XU_LY"


class PortalOperation(StrEnum):
    """The contract's words for what a portal's addresses do."""

    TOKEN = "token"  # noqa: S105 - the name of an operation
    SEND = "send"
    STATUS = "status"
    SEARCH = "search"
    RECALL = "recall"
    RECALL_STATUS = "recall_status"


@dataclass(frozen=True, slots=True)
class FakeReceipt:
    id: str
    package: str
    """Its uuid, or "" when it could not be read."""
    sha256: str
    at: datetime
    ready_at: datetime
    """Before that the portal only says that it is waiting."""
    judged: Judged = field(repr=False)

    def state(self, now: datetime) -> ReceiptState:
        return self.judged.state if now >= self.ready_at else ReceiptState.WAITING


class KeyReused(Exception):
    """The idempotency key came before with other bytes."""


class FakePortal(FakeServer):
    """`async with FakePortal(clock=…, trust=…)`."""

    operations = PortalOperation
    max_body = MAX_BYTES + 1024
    wants_seal: ClassVar[bool] = True

    def __init__(
        self,
        *,
        clock: Clock,
        trust: TrustStore,
        schools: Iterable[str] = (),
        thinks: timedelta = timedelta(seconds=2),
    ) -> None:
        """`schools`: codes that may send; none named, all may. `thinks`: so long the verdict is kept back."""
        super().__init__()
        self.clock = clock
        self.trust = trust
        self.schools = frozenset(schools)
        self.thinks = thinks
        self.receipts: dict[str, FakeReceipt] = {}
        self.held: dict[str, Held] = {}
        """Record's uuid -> what is held of it. A record arrives once or not at all."""
        self.arrived: Counter[str] = Counter()
        """Idempotency key -> how often a package came with it."""
        self.recalls: dict[str, str] = {}
        """Recall's id -> CHO_XU_LY, DONG_Y or TU_CHOI."""
        self._by_key: dict[str, FakeReceipt] = {}
        self._recall_by_key: dict[str, str] = {}
        self._told: list[tuple[str, str]] = []
        self._one_at_a_time = asyncio.Lock()

    # --- what a portal does ------------------------------------------------------------------------

    def refuse(self, uuid: str = "", message: str = "Từ chối để thử") -> None:
        """Refuse this record ("": the next one) the next time it comes."""
        self._told.append((uuid, message))

    async def receive(self, xml: bytes, key: str) -> FakeReceipt:
        """Judged once: the same key gives the same receipt. Raises KeyReused."""
        async with self._one_at_a_time:
            self.arrived[key] += 1
            now = self.clock()
            # off the loop: a class of 50 takes its time
            found, manifest = await asyncio.to_thread(judge, xml, self.trust, now, self.schools, self.wants_seal)
            if (known := self._by_key.get(key)) is not None:
                if known.sha256 != found.sha256:
                    raise KeyReused
                return known
            if manifest is not None and found.state is ReceiptState.ACCEPTED:
                found = self._take_in(found, manifest)
            name = manifest.uuid if manifest else ""
            receipt = FakeReceipt(f"BN-{secrets.token_hex(8)}", name, found.sha256, now, now + self.thinks, found)
            self._by_key[key] = self.receipts[receipt.id] = receipt
            return receipt

    def _take_in(self, found: Judged, manifest: Manifest) -> Judged:
        outcomes = []
        for record, outcome in zip(manifest.records, found.records, strict=True):
            said = outcome
            if outcome.accepted:
                said = self._told_to_refuse(record.uuid) or self._version_rule(record, manifest) or outcome
            if said.accepted:
                self._keep(record, manifest, found.content[record.uuid])
            outcomes.append(said)
        return replace(found, records=tuple(outcomes))

    def _told_to_refuse(self, uuid: str) -> RecordOutcome | None:
        for index, (wanted, message) in enumerate(self._told):
            if wanted in ("", uuid):
                del self._told[index]
                return RecordOutcome(uuid, False, "TU_CHOI_THU", message)
        return None

    def _version_rule(self, record: PackedRecord, manifest: Manifest) -> RecordOutcome | None:
        known = self.held.get(record.uuid)
        if known is None:
            if manifest.event == "CANCEL":
                return RecordOutcome(record.uuid, False, "KHONG_CO", "Cổng không có học bạ này")
            return None
        if known.school_code != manifest.school_code:
            return RecordOutcome(record.uuid, False, "SAI_TRUONG", "Học bạ này thuộc trường khác")
        if manifest.version <= known.version:
            return RecordOutcome(record.uuid, False, "PHIEN_BAN_CU", "Phiên bản không cao hơn phiên bản đã có")
        return None

    def _keep(self, record: PackedRecord, manifest: Manifest, content: Mapping[str, str]) -> None:
        if manifest.event == "CANCEL":
            self.held[record.uuid] = replace(self.held[record.uuid], version=manifest.version, state="2")
            return
        self.held[record.uuid] = Held(
            uuid=record.uuid,
            school_code=manifest.school_code,
            class_name=manifest.class_name,
            pupil_name=content["HO_VA_TEN"],
            number=content["SO_DINH_DANH"],
            version=manifest.version,
            sha256=record.sha256,
        )

    def find(self, wanted: Mapping[str, str]) -> list[Held]:
        """`wanted`: attribute of Held -> text; a name is found by a part of it, all else must be equal."""

        def fits(one: Held) -> bool:
            return all(
                text.casefold() in one.pupil_name.casefold() if name == "pupil_name" else getattr(one, name) == text
                for name, text in wanted.items()
            )

        return [one for one in self.held.values() if fits(one)]

    def take_recall(self, key: str) -> str:
        """A request to recall: kept, and decided by a person. The same key is the same request."""
        if key not in self._recall_by_key:
            self._recall_by_key[key] = made = f"TH-{secrets.token_hex(8)}"
            self.recalls[made] = RECALL_WAITS
        return self._recall_by_key[key]

    def decide_recall(self, recall: str, decision: str, uuids: Iterable[str] = ()) -> None:
        self.recalls[recall] = decision
        for uuid in uuids:
            self.held[uuid] = replace(self.held[uuid], state="2")

    # --- the same from another process ---------------------------------------------------------------

    def controls(self) -> Sequence[tuple[str, str, Handler]]:
        return (
            ("POST", "/refuse", self._control_refuse),
            ("POST", "/recall", self._control_recall),
            ("GET", "/records", self._control_records),
        )

    async def _control_refuse(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.refuse(said.get("uuid", ""), said.get("message", "Từ chối để thử"))
        return web.json_response({})

    async def _control_recall(self, request: web.Request) -> web.Response:
        said = await request.json()
        if said["id"] not in self.recalls:
            return web.json_response({"done": False}, status=404)
        self.decide_recall(said["id"], said["decision"], said.get("uuids", ()))
        return web.json_response({"done": True})

    async def _control_records(self, request: web.Request) -> web.Response:
        now = self.clock()
        packages = [
            {
                "receipt": one.id,
                "package": one.package,
                "state": one.state(now).value,
                "code": one.judged.code,
                "records": len(one.judged.records),
                "accepted": sum(outcome.accepted for outcome in one.judged.records),
                "arrived": self.arrived[key],
            }
            for key, one in self._by_key.items()
        ]
        held = [{"uuid": one.uuid, "version": one.version, "state": one.state} for one in self.held.values()]
        by_class = Counter(f"{one.school_code} {one.class_name}" for one in self.held.values())
        return web.json_response({"count": len(held), "classes": by_class, "records": held, "packages": packages})


__all__ = ["RECALL_WAITS", "FakePortal", "FakeReceipt", "KeyReused", "PortalOperation"]
