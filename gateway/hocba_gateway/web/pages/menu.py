"""The menu, in the order that people know from the product they used before; each sees what is theirs."""

from __future__ import annotations

from dataclasses import dataclass

from hocba_gateway.services.principal import Principal, Right


@dataclass(frozen=True, slots=True)
class Entry:
    number: str
    """As in "2.2"."""
    key: str
    """Of the words: menu.<key>."""
    href: str
    rights: frozenset[Right] = frozenset()
    """Any of them; empty: every member of the school."""
    needs_person: bool = False
    """Only for a member of staff, not for the administrator's own account."""
    active: bool = False


ENTRIES = (
    Entry("", "home", "/"),
    Entry("1.1", "certificate", "/chung-thu-so", frozenset({Right.ADMIN, Right.SEAL})),
    Entry("1.2", "my_account", "/tai-khoan-ky", needs_person=True),
    Entry("1.3", "approving", "/duyet-tai-khoan", frozenset({Right.APPROVE, Right.ADMIN})),
    Entry("2.2", "gvbm", "/ky/gvbm", needs_person=True),
    Entry("2.3", "gvcn", "/ky/gvcn", needs_person=True),
    Entry("2.4", "cbql", "/ky/cbql", needs_person=True),
    Entry("2.5", "phat-hanh", "/ky/phat-hanh", frozenset({Right.SEAL})),
    Entry("2.6", "returned", "/tra-lai", frozenset({Right.ADMIN})),
)


def menu_of(caller: Principal | None, path: str) -> list[Entry]:
    if caller is None or caller.school is None:
        return []
    return [
        Entry(one.number, one.key, one.href, active=_is_at(one.href, path))
        for one in ENTRIES
        if (not one.rights or one.rights & caller.rights) and (not one.needs_person or caller.person)
    ]


def _is_at(href: str, path: str) -> bool:
    return path == href if href == "/" else path == href or path.startswith(f"{href}/")
