"""Who is asking, and what they may do. Rights are of the account, roles follow from the school's own data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hocba_core.errors import Forbidden


class Right(StrEnum):
    """Granted singly; the value stands in `accounts.rights`."""

    ADMIN = "quan_tri"
    APPROVE = "duyet_tai_khoan"
    SEAL = "ky_phat_hanh"
    OFFICER = "so"  # of the approving office, whose accounts belong to no school


RIGHT_NAMES = {
    Right.ADMIN: "quyền quản trị",
    Right.APPROVE: "quyền duyệt tài khoản ký",
    Right.SEAL: "quyền Ký phát hành",
    Right.OFFICER: "cán bộ Sở GD&ĐT",
}


@dataclass(frozen=True, slots=True)
class Principal:
    account: str
    """accounts.id: the actor of every audit line."""
    username: str
    school: str | None
    """schools.id; None for an officer."""
    department: str | None
    """departments.id; None for people of a school."""
    person: str | None
    """people.id; None for an account that is no member of staff."""
    rights: frozenset[Right]

    def has(self, right: Right) -> bool:
        return right in self.rights

    def demand(self, *rights: Right) -> None:
        """At least one of them. Raises Forbidden(needs)."""
        if not self.rights.intersection(rights):
            raise Forbidden(needs=" hoặc ".join(RIGHT_NAMES[right] for right in rights))

    @property
    def who(self) -> str:
        """For columns that name a person."""
        return self.person or self.account


def read_rights(values: Iterable[str]) -> frozenset[Right]:
    """Of a row; words that an older version knew are left out."""
    known = set(Right)
    return frozenset(Right(value) for value in values if value in known)
