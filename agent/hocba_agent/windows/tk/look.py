"""How all our windows look: colours, fonts that can write Vietnamese, and sizes that follow the screen."""

from __future__ import annotations

import tkinter as tk
from dataclasses import dataclass
from tkinter import font as tkfont

PAPER = "#ffffff"
INK = "#1b2733"
QUIET_INK = "#51606d"
LINE = "#ccd5dd"
TINT = "#f1f4f7"
BLUE = "#0b5cad"
BLUE_DARK = "#084a8c"
BLUE_TINT = "#e6f0fa"
RED = "#b3261e"
RED_TINT = "#fdecea"
AMBER = "#8a5300"
AMBER_TINT = "#fff4de"
GREEN = "#1c7a3e"
FOCUS = "#f2a900"

_FAMILIES = ("Segoe UI", ".AppleSystemUIFont", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Liberation Sans")
"""Of each system the one that its people know; every one has all Vietnamese letters."""
_MONO = ("Consolas", "Menlo", "Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono")

BODY, SMALL, LARGE, HEADING, HUGE = 13, 13, 16, 17, 26
"""Points. Nothing is smaller than 13: windows are read from a teacher's desk, not from a laptop on the knees."""


@dataclass(frozen=True, slots=True)
class Look:
    scale: float
    """1.0 at 96 dots per inch."""
    family: str
    mono: str

    @classmethod
    def of(cls, root: tk.Tk, chosen: float) -> Look:
        """`chosen` 0: as the screen says. Small screens shrink it so that the largest window fits."""
        known = set(tkfont.families(root))
        scale = chosen or max(1.0, root.winfo_fpixels("1i") / 96)
        family = next((one for one in _FAMILIES if one in known), "TkDefaultFont")
        return cls(scale, family, next((one for one in _MONO if one in known), "TkFixedFont"))

    def px(self, size: float) -> int:
        """Pixels of a length given at 96 dots per inch."""
        return max(1, round(size * self.scale))

    def font(self, points: float = BODY, *, bold: bool = False, mono: bool = False) -> tuple[str, int, str]:
        return (self.mono if mono else self.family, -round(points * 96 / 72 * self.scale), "bold" if bold else "normal")
