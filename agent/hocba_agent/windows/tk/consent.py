"""May this site list certificates and ask for signatures? No is what Enter, Esc and closing say."""

from __future__ import annotations

import tkinter as tk
from datetime import datetime
from tkinter import font as tkfont

from hocba_agent.consents import LIFETIME
from hocba_agent.preferences import Preferences
from hocba_agent.windows.api import Consent, ConsentQuestion
from hocba_agent.windows.tk import look, parts
from hocba_agent.windows.tk.sheet import Sheet

_WIDTH = 620


def ask(question: ConsentQuestion, chosen: Preferences, now: datetime) -> Consent:
    return _Window(question, chosen, now).answer


class _Window:
    def __init__(self, question: ConsentQuestion, chosen: Preferences, now: datetime) -> None:
        self.answer = Consent.NO
        sheet = self._sheet = Sheet("", chosen)
        words, px = sheet.words, sheet.look.px
        sheet.root.title(words("consent.title"))
        sheet.heading(words("consent.heading"), _WIDTH)
        origin(sheet, sheet.body, question.site)
        if question.program:
            asked = words("consent.program", program=question.program)
            told = parts.text(sheet, sheet.body, asked, _WIDTH, foreground=look.QUIET_INK)
            told.pack(anchor="w", pady=(px(8), 0))
        meaning = tk.Frame(sheet.body, background=look.PAPER)
        meaning.pack(fill="x", pady=(px(12), px(6)))
        for line in ("means", "means_list", "means_sign"):
            parts.text(sheet, meaning, words(f"consent.{line}"), _WIDTH).pack(anchor="w", pady=px(1))
        until = (now + LIFETIME).astimezone().strftime("%d/%m/%Y")
        remember = words("consent.remember", days=LIFETIME.days, until=until)
        self._remember = parts.Tick(sheet, sheet.body, remember, width=_WIDTH - 60)
        self._remember.frame.pack(anchor="w", pady=(px(4), 0))
        row = sheet.row_of_buttons()
        no = parts.Button(sheet, row, words("consent.no"), sheet.close, "main")
        yes = parts.Button(sheet, row, words("consent.yes"), self._yes)
        no.frame.pack(side="right")
        yes.frame.pack(side="right", padx=(0, px(8)))
        sheet.show(no.focus)

    def _yes(self) -> None:
        self.answer = Consent.REMEMBER if self._remember.ticked else Consent.ONCE
        self._sheet.close()


def origin(sheet: Sheet, parent: tk.Misc, site: str, width: int = _WIDTH) -> None:
    """Large, whole and as ASCII, with what is to be known about it."""
    px, words = sheet.look.px, sheet.words
    box = tk.Frame(parent, background=look.BLUE_TINT)
    tk.Frame(box, background=look.BLUE, width=px(5)).pack(side="left", fill="y")
    inner = tk.Frame(box, background=look.BLUE_TINT)
    inner.pack(side="left", fill="x", padx=px(14), pady=px(10))
    parts.text(sheet, inner, words("consent.site"), width - 40, foreground=look.QUIET_INK).pack(anchor="w")
    fonts = [sheet.look.font(size, bold=True) for size in (20, 18, look.LARGE, look.BODY)]
    fitting = (one for one in fonts if tkfont.Font(sheet.root, one).measure(site) <= px(width - 40))
    parts.text(sheet, inner, site, width - 40, font=next(fitting, fonts[2])).pack(anchor="w")
    if site.startswith("http:"):
        parts.text(sheet, inner, words("consent.local"), width - 40, foreground=look.QUIET_INK).pack(anchor="w")
    box.pack(fill="x")
    if "xn--" in site:
        parts.notice(sheet, parent, words("consent.punycode"), width).pack(fill="x", pady=(px(8), 0))
