"""Who may sign which slot now; every refusal names the condition and who mends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hocba_core.errors import NotYourTurn
from hocba_core.testing.clock import DEFAULT_START
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.accounts import AccountState
from hocba_core.workflow.states import Life, SlotState, TranscriptState
from hocba_core.workflow.turn import WORKING, Account, Mend, Signer, check_turn

NOW = DEFAULT_START
YEAR = "2025-2026"
DAY = timedelta(days=1)
TEACHER = Signer("gv1", WORKING, may_seal=False)
ACCOUNT = Account(AccountState.APPROVED, YEAR, NOW - DAY, NOW + DAY, "gv1")


def _state(*signed: str, **changed: object) -> TranscriptState:
    slots = (
        ("gvbm-1", SlotKind.GVBM, "gv1"),
        ("gvbm-2", SlotKind.GVBM, "gv2"),
        ("gvcn", SlotKind.GVCN, "cn"),
        ("cbql", SlotKind.CBQL, "ht"),
        ("phat-hanh", SlotKind.SEAL, None),
    )
    found = tuple(SlotState(slot, kind, person, slot in signed) for slot, kind, person in slots)
    return replace(TranscriptState(found), **changed)  # type: ignore[arg-type]


def _reason(state: TranscriptState, slot: str, signer: Signer = TEACHER, account: Account = ACCOUNT) -> tuple[str, str]:
    with pytest.raises(NotYourTurn) as refused:
        check_turn(state, slot, signer, account, YEAR, NOW)
    return str(refused.value.facts["reason"]), str(refused.value.facts["mend"])


def _of(person: str, **changed: object) -> tuple[Signer, Account]:
    return replace(TEACHER, person=person, **changed), replace(ACCOUNT, owner=person)  # type: ignore[arg-type]


@pytest.mark.feature("T5")
def test_subject_teachers_sign_in_any_order() -> None:
    check_turn(_state(), "gvbm-1", TEACHER, ACCOUNT, YEAR, NOW)
    check_turn(_state(), "gvbm-2", *_of("gv2"), YEAR, NOW)


@pytest.mark.feature("T5")
def test_another_teachers_block_is_refused() -> None:
    assert _reason(_state(), "gvbm-2") == ("not_yours", Mend.ADMIN)


@pytest.mark.feature("T6")
def test_the_homeroom_teacher_waits_for_every_subject_teacher_of_that_transcript() -> None:
    signer, account = _of("cn")
    assert _reason(_state("gvbm-1"), "gvcn", signer, account) == ("earlier_step", Mend.OTHERS)
    check_turn(_state("gvbm-1", "gvbm-2"), "gvcn", signer, account, YEAR, NOW)


@pytest.mark.feature("T7")
def test_the_leader_waits_for_the_homeroom_teacher() -> None:
    signer, account = _of("ht")
    assert _reason(_state("gvbm-1", "gvbm-2"), "cbql", signer, account)[0] == "earlier_step"
    check_turn(_state("gvbm-1", "gvbm-2", "gvcn"), "cbql", signer, account, YEAR, NOW)


@pytest.mark.feature("T8")
def test_the_seal_needs_the_right_the_schools_certificate_and_every_signature() -> None:
    signed = _state("gvbm-1", "gvbm-2", "gvcn", "cbql")
    keeper, seal = replace(TEACHER, person="vt", may_seal=True), replace(ACCOUNT, owner=None)
    check_turn(signed, "phat-hanh", keeper, seal, YEAR, NOW)
    assert _reason(signed, "phat-hanh", replace(keeper, may_seal=False), seal) == ("no_seal_right", Mend.ADMIN)
    assert _reason(signed, "phat-hanh", keeper, ACCOUNT)[0] == "personal_certificate"
    assert _reason(signed, "phat-hanh", keeper, replace(seal, state=AccountState.PENDING)) == (
        "account_not_approved",
        Mend.DEPARTMENT,
    )
    assert _reason(_state("gvbm-1", "gvbm-2", "gvcn"), "phat-hanh", keeper, seal)[0] == "earlier_step"


@pytest.mark.feature("T21")
def test_every_condition_of_the_signer_is_named_with_who_mends_it() -> None:
    cases = [
        (replace(TEACHER, status="Nghỉ hưu"), ACCOUNT, "not_working", Mend.ADMIN),
        (TEACHER, replace(ACCOUNT, state=AccountState.PENDING), "account_not_approved", Mend.APPROVER),
        (TEACHER, replace(ACCOUNT, state=AccountState.REPLACED), "account_not_approved", Mend.APPROVER),
        (TEACHER, replace(ACCOUNT, year="2024-2025"), "account_of_other_year", Mend.APPROVER),
        (TEACHER, replace(ACCOUNT, not_after=NOW - DAY), "certificate_not_valid", Mend.SELF),
        (TEACHER, replace(ACCOUNT, not_before=NOW + DAY), "certificate_not_valid", Mend.SELF),
        (TEACHER, replace(ACCOUNT, owner="gv2"), "not_own_account", Mend.SELF),
    ]
    for signer, account, reason, mend in cases:
        assert _reason(_state(), "gvbm-1", signer, account) == (reason, mend)


@pytest.mark.feature("T11")
def test_a_hold_and_a_void_stop_signing() -> None:
    assert _reason(_state(held=True), "gvbm-1")[0] == "held"
    assert _reason(_state(life=Life.VOID), "gvbm-1")[0] == "void"


def test_a_signed_slot_and_an_unknown_one_are_refused() -> None:
    assert _reason(_state("gvbm-1"), "gvbm-1")[0] == "already_signed"
    assert _reason(_state(), "gvbm-9")[0] == "no_such_slot"
