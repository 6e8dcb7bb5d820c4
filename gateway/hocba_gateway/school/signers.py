"""Who will sign a class's transcripts, looked at again before they are created (T1).

A signer without an approved account stops nothing: the account may be approved while others sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hocba_core.workflow.accounts import PERSON_NAMES, SCHOOL_NAMES, AccountState, standing
from sqlalchemy import select

from hocba_gateway.school.class_file import ClassFile
from hocba_gateway.school.content import Signers
from hocba_gateway.school.item import Item
from hocba_gateway.school.reading.words import eligible
from hocba_gateway.store.schema import signing_accounts
from hocba_gateway.store.store import Tx

REGISTER = "1.2. Đăng ký tài khoản ký"
APPROVE = "1.3. Duyệt tài khoản ký"
SCHOOL_CERTIFICATE = "1.1. Đăng ký chứng thư số nhà trường"


async def load_accounts(tx: Tx, year: str) -> list[Any]:
    """Rows with person_id (None: the school's), state, not_after, created_at."""
    a = signing_accounts.c
    query = select(a.person_id, a.state, a.not_before, a.not_after, a.created_at)
    return await tx.rows(query.where(tx.of(signing_accounts), a.year == year))


def check_signers(file: ClassFile, signers: Iterable[Signers], accounts: Sequence[Any], now: int) -> tuple[Item, ...]:
    """Warnings, each person once, in the order of the route; the school's certificate last. `now`: UTC ms."""
    people: dict[str, str] = {}
    for of_pupil in signers:
        named = [(person, "giáo viên bộ môn") for person in of_pupil.blocks]
        named += [(of_pupil.homeroom, "giáo viên chủ nhiệm"), (of_pupil.leader, "lãnh đạo")]
        for person, role in named:
            if person is not None:
                people.setdefault(person, role)
    return (*_people(file, people, accounts, now), *_school(accounts, now))


def _people(file: ClassFile, people: dict[str, str], accounts: Sequence[Any], now: int) -> Iterator[Item]:
    for person, role in people.items():
        row = file.people[person]
        who = f"{row['name']} ({role})"
        if row["status"] not in eligible("staff_status"):
            yield Item("warning", f"{who}: không ở trạng thái Đang làm việc", "Hồ sơ cán bộ")
        if trouble := _trouble([a for a in accounts if a.person_id == person], PERSON_NAMES, now):
            state, words = trouble
            yield Item("warning", f"{who}: {words}", APPROVE if state is AccountState.PENDING else REGISTER)


def _school(accounts: Sequence[Any], now: int) -> Iterator[Item]:
    if trouble := _trouble([a for a in accounts if a.person_id is None], SCHOOL_NAMES, now):
        yield Item("warning", f"Chứng thư số nhà trường: {trouble[1]}", SCHOOL_CERTIFICATE)


def _trouble(own: list[Any], names: dict[AccountState, str], now: int) -> tuple[AccountState, str] | None:
    """None when the owner could sign today."""
    state = standing(own)
    if state is not AccountState.APPROVED:
        return state, names[state]
    if any(a.state == AccountState.APPROVED and a.not_before <= now <= a.not_after for a in own):
        return None
    return state, "chứng thư số hết hạn hoặc chưa có hiệu lực"
