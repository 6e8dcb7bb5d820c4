"""The state of a transcript: derived from what is on record, never stored twice.

*Stage* follows from the filled slots; beside it stand *hold* (Trả lại), *life*, *completion* and *delivery*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hocba_core.transcript.route import SlotKind

ORDER = tuple(SlotKind)


class Life(StrEnum):
    LIVE = "live"
    VOID = "void"


class Delivery(StrEnum):
    """Sending, as the screens name it."""

    NONE = "none"  # Chưa gửi
    SEAL = "seal"  # Chờ ký gói
    SENDING = "sending"  # Đang gửi
    WAITING = "waiting"  # Chờ phản hồi
    SENT = "sent"  # Đã gửi
    REFUSED = "refused"  # Bị từ chối
    RECALLED = "recalled"  # recall granted: can only be voided


DELIVERY_NAMES = {
    Delivery.NONE: "Chưa gửi",
    Delivery.SEAL: "Chờ ký gói",
    Delivery.SENDING: "Đang gửi",
    Delivery.WAITING: "Chờ phản hồi",
    Delivery.SENT: "Đã gửi",
    Delivery.REFUSED: "Bị từ chối",
    Delivery.RECALLED: "Đồng ý thu hồi",
}


class Main(StrEnum):
    """The one word that lists show."""

    NOT_CREATED = "Chưa tạo học bạ"
    SIGNING = "Chờ ký"
    RETURNED = "Trả lại"
    SIGNED = "Hoàn thành ký"
    VOID = "Đã hủy"


@dataclass(frozen=True, slots=True)
class SlotState:
    id: str
    kind: SlotKind
    person: str | None
    """people.id of who must sign; None for the school's seal."""
    signed: bool


@dataclass(frozen=True, slots=True)
class TranscriptState:
    slots: tuple[SlotState, ...]
    life: Life = Life.LIVE
    held: bool = False
    completed: bool = False
    delivery: Delivery = Delivery.NONE

    def slot(self, slot_id: str) -> SlotState | None:
        return next((slot for slot in self.slots if slot.id == slot_id), None)

    def filled(self, kind: SlotKind) -> bool:
        """Every slot of that kind is signed (true when the profile has none)."""
        return all(slot.signed for slot in self.slots if slot.kind is kind)

    @property
    def awaited(self) -> SlotKind | None:
        """The kind whose turn it is; None when every slot is signed."""
        return next((kind for kind in ORDER if not self.filled(kind)), None)

    @property
    def main(self) -> Main:
        if self.life is Life.VOID:
            return Main.VOID
        if self.held:
            return Main.RETURNED
        return Main.SIGNED if self.awaited is None else Main.SIGNING
