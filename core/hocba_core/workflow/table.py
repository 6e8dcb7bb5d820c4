"""What may be done with a transcript and what follows: one table of pure functions.

The diagram in README.md of this folder is drawn from it, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from hocba_core.errors import Conflict
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import Delivery, Life, Main, TranscriptState


class Action(StrEnum):
    SIGN = "ký"  # who and which slot: turn.py
    HOLD = "đề xuất hủy"
    RELEASE = "từ chối hủy"
    VOID = "hủy học bạ"
    COMPLETE = "xác nhận hoàn thành"
    UNDO_COMPLETE = "bỏ xác nhận hoàn thành"
    SEND = "gửi lên hệ thống"
    ACCEPTED = "cổng tiếp nhận"
    REFUSED = "cổng từ chối"
    RECALL_GRANTED = "đồng ý thu hồi"
    REPLACE_SIGNER = "thay người ký"


Guard = Callable[[TranscriptState], str]
"""Returns "" when the action is allowed, else the reason's code."""
Step = Callable[[TranscriptState], TranscriptState]


@dataclass(frozen=True, slots=True)
class Rule:
    may: Guard
    then: Step


_UNSENT = frozenset({Delivery.NONE, Delivery.REFUSED})


def _live(state: TranscriptState) -> str:
    return "" if state.life is Life.LIVE else "void"


def _may_sign(state: TranscriptState) -> str:
    if state.main is Main.SIGNING:
        return ""
    return {Main.VOID: "void", Main.RETURNED: "held"}.get(state.main, "already_signed")


def _may_hold(state: TranscriptState) -> str:
    if why := _live(state):
        return why
    if state.held:
        return "held"
    if state.completed or state.delivery not in _UNSENT:
        return "completed_or_sent"
    return ""


def _may_release(state: TranscriptState) -> str:
    if why := _live(state):
        return why
    if state.delivery is Delivery.RECALLED:
        return "recalled"  # after a granted recall it can only be voided
    return "" if state.held else "not_held"


def _may_void(state: TranscriptState) -> str:
    return _live(state) or ("" if state.held else "not_held")


def _may_complete(state: TranscriptState) -> str:
    if state.main is not Main.SIGNED:
        return "not_signed"
    return "completed" if state.completed else ""


def _may_undo(state: TranscriptState) -> str:
    if why := _live(state):
        return why
    if not state.completed:
        return "not_completed"
    return "" if state.delivery in _UNSENT else "sent"


def _may_send(state: TranscriptState) -> str:
    if state.main is not Main.SIGNED:
        return "not_signed"
    if not state.completed:
        return "not_completed"
    return "" if state.delivery in _UNSENT else "sent"


def _is_out(state: TranscriptState) -> str:
    return "" if state.delivery in (Delivery.SENDING, Delivery.WAITING) else "not_sending"


def _is_sent(state: TranscriptState) -> str:
    return "" if state.delivery is Delivery.SENT else "not_sent"


def _may_replace(state: TranscriptState) -> str:
    if why := _live(state):
        return why
    homeroom = any(slot.signed for slot in state.slots if slot.kind is SlotKind.GVCN)
    return "homeroom_signed" if homeroom else ""


def _same(state: TranscriptState) -> TranscriptState:
    return state


RULES: dict[Action, Rule] = {
    Action.SIGN: Rule(_may_sign, _same),
    Action.HOLD: Rule(_may_hold, lambda s: replace(s, held=True)),
    Action.RELEASE: Rule(_may_release, lambda s: replace(s, held=False)),
    Action.VOID: Rule(_may_void, lambda s: replace(s, life=Life.VOID, held=False)),
    Action.COMPLETE: Rule(_may_complete, lambda s: replace(s, completed=True)),
    Action.UNDO_COMPLETE: Rule(_may_undo, lambda s: replace(s, completed=False)),
    Action.SEND: Rule(_may_send, lambda s: replace(s, delivery=Delivery.SENDING)),
    Action.ACCEPTED: Rule(_is_out, lambda s: replace(s, delivery=Delivery.SENT)),
    Action.REFUSED: Rule(_is_out, lambda s: replace(s, delivery=Delivery.REFUSED)),
    Action.RECALL_GRANTED: Rule(_is_sent, lambda s: replace(s, delivery=Delivery.RECALLED, held=True, completed=False)),
    Action.REPLACE_SIGNER: Rule(_may_replace, _same),
}


def may(action: Action, state: TranscriptState) -> str:
    """ "" or the code of the reason why not."""
    return RULES[action].may(state)


def apply(action: Action, state: TranscriptState) -> TranscriptState:
    """The state after the action. Raises Conflict(action, reason)."""
    if reason := may(action, state):
        raise Conflict(action=action.value, reason=reason, state=state.main.value)
    return RULES[action].then(state)
