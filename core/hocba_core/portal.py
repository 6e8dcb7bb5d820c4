"""What a reception portal is to us: the contract that every portal plugin fulfils.

The package's bytes are made and sealed by the gateway and sent as they are, again and again until the
portal has answered: sent twice must arrive once, so a connector passes `Package.uuid` as the idempotency key.
Only errors of `hocba_core.errors` are raised; `OutcomeUnknown` after a lost answer is harmless here,
because sending the same package again is allowed by contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from hocba_core.clock import Clock
from hocba_core.errors import Refused
from hocba_core.provider import Json


class ReceiptState(StrEnum):
    WAITING = "waiting"  # "Chờ phản hồi"
    ACCEPTED = "accepted"  # "Đã gửi"; single records may still be refused
    REFUSED = "refused"  # "Bị từ chối", the whole package


@dataclass(frozen=True, slots=True)
class PortalCapabilities:
    sealed_packages: bool
    """The portal wants the class package sealed by the school's certificate."""
    records_per_package: int
    search: bool
    recall: bool


@dataclass(frozen=True, slots=True)
class Package:
    """One class package, ready to be sent."""

    uuid: str
    xml: bytes
    """The manifest with its seal (hocba_core.package); exactly these bytes are sent."""
    school_code: str
    event: str
    """NEW, UPDATE or CANCEL (SuKien)."""


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    uuid: str
    accepted: bool
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The portal's answer to one package; asked for again while WAITING."""

    id: str
    state: ReceiptState
    at: datetime
    records: tuple[RecordOutcome, ...] = ()
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One record as the portal knows it. `personal_number` is masked by the connector."""

    uuid: str
    school_code: str
    class_name: str
    pupil_name: str
    personal_number: str
    version: int
    state: str
    """"1" có hiệu lực, "2" thu hồi."""


class PortalConnector(ABC):
    key: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, settings: Json, clock: Clock) -> None:
        """Validated like a SigningProvider's settings."""

    @property
    @abstractmethod
    def can(self) -> PortalCapabilities: ...

    async def close(self) -> None:
        """Give back connections. Called once, at the end."""

    @abstractmethod
    async def check(self) -> None:
        """Our account works and the portal answers."""

    @abstractmethod
    async def send(self, package: Package) -> Receipt:
        """Hand over a package; the same package again gives the same receipt."""

    @abstractmethod
    async def status(self, receipt_id: str) -> Receipt: ...

    async def search(self, query: Mapping[str, str]) -> Sequence[Found]:
        """Keys: uuid, personal_number, class_name, name, state. Sent in a body, never in a URL."""
        raise Refused(reason="no_search", portal=self.key)

    async def recall(self, request_xml: bytes, request_uuid: str) -> str:
        """Send a sealed recall request; returns the portal's id of it."""
        raise Refused(reason="no_recall", portal=self.key)

    async def recall_status(self, recall_id: str) -> str:
        """CHO_XU_LY, DONG_Y or TU_CHOI."""
        raise Refused(reason="no_recall", portal=self.key)
