"""Tells a person's answer to this window from input that was meant for another one.

A window that jumps up under typing fingers, or under a click that a page provoked, must take nothing of it. So input
counts only as a whole press, begun and ended on this window, after the first half second; a key that was down when the
window came is stale until it has been let go for a moment (a key held down looks to X11 like many quick presses).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

QUIET = 0.5
"""Seconds after the window is seen."""
GAP = 0.3
"""Seconds between letting a stale key go and a press that counts; repeats come faster."""


class Guard:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: float | None = None
        self._down: set[str] = set()
        self._stale: dict[str, float | None] = {}
        """Key → when it was let go; None: still down, as far as we know."""

    def seen(self, held: Iterable[str] = ()) -> None:
        """The window is on the screen; `held` are keys known to be down already. The first call counts."""
        if self._seen is None:
            self._seen = self._monotonic()
            self._stale.update((key, None) for key in held)

    @property
    def open(self) -> bool:
        return self._seen is not None and self._monotonic() - self._seen >= QUIET

    def pressed(self, key: str) -> None:
        if not self.open:
            self._stale[key] = None
        elif key not in self._stale:
            self._down.add(key)
        else:
            let_go = self._stale[key]
            if let_go is not None and self._monotonic() - let_go > GAP:
                del self._stale[key]
                self._down.add(key)

    def released(self, key: str) -> bool:
        """Was this a whole press that counts?"""
        if not self.open or key not in self._down:
            self._stale[key] = self._monotonic()
            return False
        self._down.discard(key)
        return True
