"""A value that never prints itself: PIN, password, one-time code, token."""

from __future__ import annotations

from typing import final


@final
class Secret:
    """Wraps a str so that repr, str, format, pickling and equality never show it.

    `reveal()` is the only way out; call it at the place that sends the value and keep nothing.
    Python cannot promise to wipe memory, so this class does not say it does.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "…"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret does not travel")
