"""May this person sign this slot now? Every refusal names the condition and who mends it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hocba_core.errors import NotYourTurn
from hocba_core.transcript.route import SlotKind
from hocba_core.workflow.accounts import AccountState
from hocba_core.workflow.states import ORDER, TranscriptState
from hocba_core.workflow.table import Action, may

WORKING = "Đang làm việc"


class Mend(StrEnum):
    """Who can change what stands in the way; Vietnamese, as the refusal says it."""

    ADMIN = "Quản trị viên của trường"
    APPROVER = "Người có quyền duyệt tài khoản ký"
    DEPARTMENT = "Sở GD&ĐT"
    SELF = "Thầy cô"
    OTHERS = "Người ký ở bước trước"
    NOBODY = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The signing account that will be used."""

    state: AccountState
    year: str
    not_before: datetime
    not_after: datetime
    owner: str | None
    """people.id; None for the school's certificate."""


@dataclass(frozen=True, slots=True)
class Signer:
    person: str
    """people.id."""
    status: str
    may_seal: bool
    """Holds the right "Ký phát hành"."""


def check_turn(
    state: TranscriptState, slot_id: str, signer: Signer, account: Account, year: str, now: datetime
) -> None:
    """Raises NotYourTurn(reason, mend); returns when the slot may be signed."""
    check_signer(signer, account, year, now)
    slot = state.slot(slot_id)
    if slot is None:
        raise NotYourTurn(reason="no_such_slot", mend=Mend.NOBODY.value)
    if slot.kind is SlotKind.SEAL:
        if not signer.may_seal:
            raise NotYourTurn(reason="no_seal_right", mend=Mend.ADMIN.value)
        if account.owner is not None:
            raise NotYourTurn(reason="personal_certificate", mend=Mend.SELF.value)
    elif slot.person != signer.person:
        raise NotYourTurn(reason="not_yours", mend=Mend.ADMIN.value)
    elif account.owner != signer.person:
        raise NotYourTurn(reason="not_own_account", mend=Mend.SELF.value)
    if slot.signed:
        raise NotYourTurn(reason="already_signed", mend=Mend.NOBODY.value)
    if reason := may(Action.SIGN, state):
        raise NotYourTurn(reason=reason, mend=Mend.ADMIN.value)
    for kind in ORDER[: ORDER.index(slot.kind)]:
        if not state.filled(kind):
            raise NotYourTurn(reason="earlier_step", step=kind.value, mend=Mend.OTHERS.value)


def check_signer(signer: Signer, account: Account, year: str, now: datetime) -> None:
    """The conditions that do not depend on a transcript: person, account, certificate."""
    if signer.status != WORKING:
        raise NotYourTurn(reason="not_working", mend=Mend.ADMIN.value)
    approver = Mend.DEPARTMENT if account.owner is None else Mend.APPROVER
    if account.state is not AccountState.APPROVED:
        raise NotYourTurn(reason="account_not_approved", mend=approver.value)
    if account.year != year:
        raise NotYourTurn(reason="account_of_other_year", mend=approver.value)
    if not account.not_before <= now <= account.not_after:
        raise NotYourTurn(reason="certificate_not_valid", mend=Mend.SELF.value)
