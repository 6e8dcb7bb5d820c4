"""Passwords of our own accounts: argon2, in a thread, and a first password that a person can type."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from hocba_core.errors import BadInput
from hocba_core.secret import Secret

SHORTEST: Final = 10
LONGEST: Final = 200
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is taken for another: i, l, o, 0, 1."""


class Passwords:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """The library's own cost unless another hasher is given."""
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex(8))

    async def hash(self, password: Secret) -> str:
        """Raises BadInput(field="password") for one that is too short or too long."""
        if not SHORTEST <= len(password.reveal()) <= LONGEST:
            raise BadInput(field="password", expected=f"từ {SHORTEST} đến {LONGEST} ký tự")
        return await asyncio.to_thread(self._hasher.hash, password.reveal())

    async def is_right(self, hashed: str | None, password: Secret) -> bool:
        """None is an account that does not exist: takes as long, and is never right."""
        return await asyncio.to_thread(self._verify, hashed or self._nobody, password) and hashed is not None

    def _verify(self, hashed: str, password: Secret) -> bool:
        try:
            return self._hasher.verify(hashed, password.reveal())
        except (VerificationError, InvalidHashError):
            return False


def first_password() -> Secret:
    """Three groups of four: 59 bits, easy to read to somebody."""
    return Secret("-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)))
