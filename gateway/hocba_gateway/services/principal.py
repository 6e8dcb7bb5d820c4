"""Who is asking, and what they may do. Rights are of the account, roles follow from the school's own data."""

from __future__ import annotations

from dataclasses import dataclass

from hocba_core.errors import Forbidden

from hocba_gateway.school.rights import RIGHT_NAMES, Right, read_rights

__all__ = ["Principal", "Right", "read_rights"]


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
    name: str
    """The person's, or the username of an account that is nobody's."""
    school_name: str
    """"" for an officer."""

    def has(self, right: Right) -> bool:
        return right in self.rights

    def demand(self, *rights: Right) -> None:
        """At least one of them. Raises Forbidden(needs)."""
        if not self.rights.intersection(rights):
            raise Forbidden(needs=" hoặc ".join(RIGHT_NAMES[right] for right in rights))

    def demand_person(self) -> str:
        """people.id. Raises Forbidden for an account that is no member of staff's."""
        if self.person is None:
            raise Forbidden(needs="tài khoản của một cán bộ, giáo viên trong danh sách của trường")
        return self.person

    @property
    def who(self) -> str:
        """For columns that name a person."""
        return self.person or self.account
