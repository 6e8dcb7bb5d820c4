"""The diagrams in the room's README are drawn from the table; here every state and action is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import hocba_core.workflow
import pytest
from hocba_core.errors import Conflict
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.states import Delivery, Life, Main, SlotState, TranscriptState
from hocba_core.workflow.table import Action, apply, may

pytestmark = pytest.mark.feature("T11")

KINDS = (SlotKind.GVBM, SlotKind.GVCN, SlotKind.CBQL, SlotKind.SEAL)


def _signed(count: int) -> tuple[SlotState, ...]:
    return tuple(SlotState(kind.value, kind, "p", number < count) for number, kind in enumerate(KINDS))


def _states() -> Iterator[TranscriptState]:
    """Every state that can come to be: sending needs completion, completion needs every signature."""
    for count, life, held, completed, delivery in product(range(5), Life, (False, True), (False, True), Delivery):
        if completed and count < 4:
            continue
        if life is Life.VOID and (completed or delivery not in (Delivery.NONE, Delivery.REFUSED, Delivery.RECALLED)):
            continue  # only what is held can be voided
        if delivery is Delivery.RECALLED:
            if completed or held == (life is Life.VOID) or count < 4:
                continue
        elif delivery is not Delivery.NONE and (count < 4 or (not completed and delivery is not Delivery.REFUSED)):
            continue
        if held and (completed or delivery not in (Delivery.NONE, Delivery.REFUSED, Delivery.RECALLED)):
            continue  # a hold is refused once it is confirmed or sent
        if held and life is Life.VOID:
            continue
        yield TranscriptState(_signed(count), life, held, completed, delivery)


def _edges() -> tuple[set[tuple[str, str, str]], set[tuple[str, str, str]]]:
    main: set[tuple[str, str, str]] = set()
    delivery: set[tuple[str, str, str]] = set()
    for state, action in product(_states(), Action):
        if may(action, state):
            continue
        after = apply(action, state)
        if action is Action.SIGN:
            count = sum(slot.signed for slot in state.slots)
            after = replace(after, slots=_signed(count + 1))
        main.add((state.main.value, after.main.value, action.value))
        if state.main is Main.SIGNED and action not in (Action.HOLD, Action.SIGN):
            delivery.add((state.delivery.value, after.delivery.value, action.value))
    return main, delivery


def _drawn() -> list[set[tuple[str, str, str]]]:
    text = (Path(hocba_core.workflow.__file__).parent / "README.md").read_text(encoding="utf-8")
    diagrams = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    return [
        {
            (start.replace("_", " "), end.replace("_", " "), action)
            for start, end, action in re.findall(r"^ +(\S+) --> (\S+): (.+)$", diagram, re.MULTILINE)
            if start != "[*]"
        }
        for diagram in diagrams
    ]


def test_the_first_diagram_is_what_lists_show() -> None:
    assert _drawn()[0] == _edges()[0]


def test_the_second_diagram_is_the_sending() -> None:
    assert _drawn()[1] == {edge for edge in _edges()[1] if edge[0] != "recalled"}


@pytest.mark.feature("T12")
def test_what_is_void_stays_void() -> None:
    for state, action in product(_states(), Action):
        if state.life is Life.VOID:
            assert may(action, state), f"{action} on a void transcript"


@pytest.mark.feature("T12")
def test_rejecting_a_return_restores_the_state_before() -> None:
    for state in _states():
        if not may(Action.HOLD, state):
            assert apply(Action.RELEASE, apply(Action.HOLD, state)) == state


@pytest.mark.feature("T14")
def test_completion_is_undone_before_sending_and_not_after() -> None:
    done = TranscriptState(_signed(4), completed=True)
    assert apply(Action.UNDO_COMPLETE, done) == replace(done, completed=False)
    for delivery in (Delivery.SEAL, Delivery.SENDING, Delivery.WAITING, Delivery.SENT):
        with pytest.raises(Conflict):
            apply(Action.UNDO_COMPLETE, replace(done, delivery=delivery))
    refused = replace(done, delivery=Delivery.REFUSED)
    assert not may(Action.UNDO_COMPLETE, refused)


@pytest.mark.feature("T12")
def test_after_a_granted_recall_it_can_only_be_voided() -> None:
    sent = TranscriptState(_signed(4), completed=True, delivery=Delivery.SENT)
    recalled = apply(Action.RECALL_GRANTED, sent)
    assert [action for action in Action if not may(action, recalled)] == [Action.VOID]


@pytest.mark.feature("T23")
def test_a_signer_is_replaced_until_the_homeroom_teacher_signed() -> None:
    assert not may(Action.REPLACE_SIGNER, TranscriptState(_signed(0)))
    assert not may(Action.REPLACE_SIGNER, TranscriptState(_signed(1)))
    assert may(Action.REPLACE_SIGNER, TranscriptState(_signed(2))) == "homeroom_signed"
