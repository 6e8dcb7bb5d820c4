"""Rights: the three of a school, granted and taken away singly (A7, S5), and the officer's; in `accounts.rights`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from hocba_core.audit import Event
from hocba_core.errors import BadInput, NotFound
from sqlalchemy import select, update

from hocba_gateway.store.schema import accounts
from hocba_gateway.store.store import Tx


class Right(StrEnum):
    ADMIN = "quan_tri"
    SEAL = "ky_phat_hanh"
    APPROVE = "duyet_tai_khoan"
    OFFICER = "so"  # of the approving office, whose accounts belong to no school


RIGHT_NAMES: Final = {
    Right.ADMIN: "quyền quản trị",
    Right.SEAL: "quyền Ký phát hành",
    Right.APPROVE: "quyền duyệt tài khoản ký",
    Right.OFFICER: "cán bộ Sở GD&ĐT",
}


def read_rights(values: Iterable[str]) -> frozenset[Right]:
    """Of a row; words that this version does not know are left out."""
    known = set(Right)
    return frozenset(Right(value) for value in values if value in known)


async def set_right(tx: Tx, person_id: str, right: Right, granted: bool, actor: str) -> bool:
    """Whether anything changed; audited only then. `actor`: accounts.id.

    Raises NotFound(kind="account") for who cannot log in, and BadInput(field="rights") for an administrator who
    would lock themselves out, and for a right that no school gives.
    """
    if right is Right.OFFICER:
        raise BadInput(field="rights", expected="một quyền của trường")
    a = accounts.c
    here = (a.school_id == tx.school, a.person_id == person_id)
    row = await tx.row(select(a.id, a.rights).where(*here).with_for_update())
    if row is None:
        raise NotFound(kind="account")
    if right is Right.ADMIN and not granted and row.id == actor:
        raise BadInput(field="rights", expected=f"không tự bỏ {RIGHT_NAMES[right]} của mình")
    held = set(row.rights)
    wanted = held | {right.value} if granted else held - {right.value}
    if wanted == held:
        return False
    await tx.execute(update(accounts).where(a.id == row.id).values(rights=sorted(wanted)))
    facts = {"person": person_id, "right": right.value, "granted": granted}
    await tx.audit(Event.RIGHTS_CHANGED, facts, actor)
    return True
