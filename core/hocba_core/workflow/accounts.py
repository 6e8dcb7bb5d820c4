"""A signing account: where it stands, in the words that people read, and how its key is reached. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Protocol


class AccountState(StrEnum):
    """The first is no row's: nothing was registered, or what was is replaced."""

    NONE = "none"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"


class Method(StrEnum):
    """How the owner reaches the key."""

    TOKEN = "token"  # noqa: S105 - where a key is, no secret
    REMOTE = "remote"


PERSON_NAMES: Final = {
    AccountState.NONE: "Chưa đăng ký tài khoản",
    AccountState.PENDING: "Đã đăng ký, chờ duyệt",
    AccountState.APPROVED: "Đã duyệt tài khoản",
    AccountState.REJECTED: "Từ chối duyệt",
    AccountState.REPLACED: "Đã thay bằng tài khoản khác",
}
SCHOOL_NAMES: Final = {
    AccountState.NONE: "Chưa đăng ký",
    AccountState.PENDING: "Chờ duyệt đăng ký",
    AccountState.APPROVED: "Đã duyệt",
    AccountState.REJECTED: "Từ chối duyệt",
    AccountState.REPLACED: "Đã thay bằng chứng thư số khác",
}


class AccountRow(Protocol):
    """One row of signing accounts, as far as its state goes."""

    @property
    def state(self) -> str: ...

    @property
    def created_at(self) -> int: ...


def standing(rows: Iterable[AccountRow]) -> AccountState:
    """Of one owner in one year: an approved account signs on while a newer one waits, so it wins."""
    of_owner = sorted(rows, key=lambda row: row.created_at)
    states = [AccountState(row.state) for row in of_owner]
    if AccountState.APPROVED in states:
        return AccountState.APPROVED
    asked = [state for state in states if state in (AccountState.PENDING, AccountState.REJECTED)]
    if AccountState.PENDING in asked:
        return AccountState.PENDING
    return asked[-1] if asked else AccountState.NONE
