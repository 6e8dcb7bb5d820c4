"""User PIN for one declared job: which site, whose certificate, how many, which titles, what a wrong PIN costs."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import replace

from hocba_core.secret import Secret

from hocba_agent.preferences import Preferences
from hocba_agent.windows.api import PinQuestion
from hocba_agent.windows.shown import shown
from hocba_agent.windows.tk import look, parts
from hocba_agent.windows.tk.sheet import Sheet

_WIDTH = 680
_SHOWN = 4
"""Titles of a long list without asking: the first ones and the last."""
_LINES = 9
"""Of the full list, before it scrolls."""
_DOT = "●"


def ask(question: PinQuestion, chosen: Preferences) -> Secret | None:
    """On a low screen with large text everything is made a little smaller, rather than cut off."""
    while True:
        window = _Window(question, chosen)
        if window.fits or window.scale <= 1:
            return window.run()
        chosen = replace(chosen, scale=max(1.0, window.scale * 0.9))
        window.drop()


class _Window:
    def __init__(self, question: PinQuestion, chosen: Preferences) -> None:
        self.answer: Secret | None = None
        self._question = question
        sheet = self._sheet = Sheet("", chosen)
        words, px = sheet.words, sheet.look.px
        sheet.root.title(words("pin.title"))
        heading = "pin.heading_more" if question.signed else "pin.heading" if question.titles else "pin.heading_see"
        sheet.heading(words(heading, count=len(question.titles)), _WIDTH)
        bold = sheet.look.font(bold=True)
        site_font = sheet.look.font(look.LARGE if len(question.site) <= 40 else look.BODY, bold=True)
        rows = [
            (words("pin.site"), question.site, site_font),
            (words("pin.owner"), shown(question.owner), bold),
            (words("pin.token"), shown(question.token), None),  # a token may bear any label
        ]
        rows = [row for row in rows if row[1]]  # to see what is on a token nobody asks, and no owner is known
        parts.facts(sheet, sheet.body, rows, _WIDTH).pack(fill="x")
        self._titles = _Titles(sheet, question) if question.titles else None
        if question.signed:
            done = words("pin.signed", signed=question.signed)
            parts.text(sheet, sheet.body, done, _WIDTH, foreground=look.GREEN).pack(anchor="w", pady=(px(4), 0))
        # from the bottom up: the list of titles gets what is left
        row = sheet.row_of_buttons()
        login = words("pin.begin" if question.on_reader else "pin.login")
        self._cancel = parts.Button(sheet, row, words("common.cancel"), sheet.close)
        self._login = parts.Button(sheet, row, login, self._done, "main")
        self._cancel.frame.pack(side="right")
        self._login.frame.pack(side="right", padx=(0, px(8)))
        self._understood: parts.Tick | None = None
        self._warn()
        self._entry = None if question.on_reader else self._pin_row()
        row.lift()  # Tab goes by it: from the PIN to [Login], then [Cancel]
        self._cancel.frame.lift()
        if self._titles is not None:
            self._titles.fit()
        self._look_again()
        sheet.enter = self._done

    @property
    def fits(self) -> bool:
        return self._sheet.height_left >= 0

    @property
    def scale(self) -> float:
        return self._sheet.look.scale

    def drop(self) -> None:
        self._sheet.root.destroy()

    def run(self) -> Secret | None:
        if self._entry is None:
            self._sheet.show(self._cancel.focus)
        else:
            self._sheet.when_open(self._open_entry)
            self._sheet.show(self._entry)
        return self.answer

    def _warn(self) -> None:
        sheet, tries, px = self._sheet, self._question.tries, self._sheet.look.px
        if self._question.on_reader:
            reader = parts.notice(sheet, sheet.body, sheet.words("pin.on_reader"), _WIDTH, kind="blue")
            reader.pack(fill="x", pady=(px(8), 0))
        if tries == "last":
            parts.notice(sheet, sheet.body, sheet.words("pin.last"), _WIDTH, kind="red").pack(
                fill="x", pady=(px(8), px(4))
            )
            self._understood = parts.Tick(
                sheet, sheet.body, sheet.words("pin.last_confirm"), self._look_again, width=_WIDTH - 60
            )
            self._understood.frame.pack(anchor="w")
        elif tries == "few":
            parts.notice(sheet, sheet.body, sheet.words("pin.few"), _WIDTH).pack(fill="x", pady=(px(8), 0))

    def _pin_row(self) -> tk.Entry:
        sheet, words, px = self._sheet, self._sheet.words, self._sheet.look.px
        row = tk.Frame(sheet.body, background=look.PAPER)
        row.pack(fill="x", pady=(px(10), 0))
        parts.text(sheet, row, words("pin.label"), 150, font=sheet.look.font(bold=True)).pack(side="left")
        edge = tk.Frame(row, background=look.BLUE_DARK, padx=px(2), pady=px(2))
        edge.pack(side="left", padx=(px(14), px(8)), fill="x", expand=True)
        self._typed = tk.StringVar(sheet.root)
        entry = tk.Entry(
            edge,
            textvariable=self._typed,
            show=_DOT,
            font=sheet.look.font(look.LARGE),
            foreground=look.INK,
            background=look.PAPER,
            disabledbackground=look.PAPER,
            insertbackground=look.INK,
            insertwidth=px(2),
            relief="flat",
            highlightthickness=0,
            borderwidth=px(4),
            state="disabled",  # until the guard is open: what was being typed elsewhere stays out
            exportselection=False,  # the selection would be readable by every program
        )
        entry.pack(fill="x")
        entry.bind("<Control-a>", parts.select_all)
        for copying in ("<<Copy>>", "<<Cut>>"):
            entry.bind(copying, lambda _: "break")
        self._typed.trace_add("write", lambda *_: self._look_again())
        peek = tk.Label(
            row,
            text=words("pin.show"),
            font=sheet.look.font(),
            background=look.TINT,
            foreground=look.INK,
            padx=px(12),
            pady=px(6),
            takefocus=False,
            cursor="hand2",
        )
        peek.bind("<ButtonPress-1>", lambda _: entry.configure(show=""))
        for hidden in ("<ButtonRelease-1>", "<Leave>"):
            peek.bind(hidden, lambda _: entry.configure(show=_DOT))
        peek.pack(side="right")
        hint = self._hint()
        if hint:
            parts.text(sheet, sheet.body, hint, _WIDTH, foreground=look.QUIET_INK).pack(anchor="w", pady=(px(4), 0))
        return entry

    def _open_entry(self) -> None:
        assert self._entry is not None
        self._entry.configure(state="normal")
        self._entry.focus_set()

    def _hint(self) -> str:
        question, words = self._question, self._sheet.words
        shortest, longest = question.shortest, question.longest
        if shortest and shortest == longest:
            return words("pin.length_exact", longest=longest)
        if shortest > 1 and longest:
            return words("pin.length_between", shortest=shortest, longest=longest)
        if shortest > 1:
            return words("pin.length_least", shortest=shortest)
        return words("pin.several") if question.tries == "several" else ""

    def _ready(self) -> bool:
        if self._understood is not None and not self._understood.ticked:
            return False
        if self._entry is None:
            return True
        size, question = len(self._typed.get().encode()), self._question
        return max(1, question.shortest) <= size <= (question.longest or 255)

    def _look_again(self) -> None:
        self._login.enable(self._ready())

    def _done(self) -> None:
        if self._ready():
            self.answer = Secret("" if self._entry is None else self._typed.get())
            self._sheet.close()


class _Titles:
    """The site's words, in a box of their own: a few of them, all on demand."""

    def __init__(self, sheet: Sheet, question: PinQuestion) -> None:
        self._sheet, self._question = sheet, question
        px = sheet.look.px
        self._short = _SHOWN
        box = tk.Frame(sheet.body, background=look.TINT)
        tk.Frame(box, background=look.LINE, width=px(5)).pack(side="left", fill="y")
        inner = tk.Frame(box, background=look.TINT)
        inner.pack(side="left", fill="both", expand=True, padx=px(12), pady=px(8))
        box.pack(fill="x", pady=(px(10), 0))
        parts.text(sheet, inner, sheet.words("pin.from_site"), _WIDTH - 40, foreground=look.QUIET_INK).pack(anchor="w")
        parts.text(sheet, inner, f"“{question.title}”", _WIDTH - 40, font=sheet.look.font(bold=True)).pack(
            anchor="w", pady=(0, px(4))
        )
        lines = tk.Frame(inner, background=look.TINT)
        lines.pack(fill="x")
        self._list = tk.Text(
            lines,
            font=sheet.look.font(),
            background=look.TINT,
            foreground=look.INK,
            relief="flat",
            highlightthickness=0,
            borderwidth=0,
            wrap="word",
            width=1,
            height=1,
            cursor="arrow",
            takefocus=False,
            spacing1=px(1),
        )
        self._bar = parts.bar(sheet, lines, self._list.yview)
        self._list.configure(yscrollcommand=self._bar.set)
        self._list.pack(side="left", fill="x", expand=True)
        self._all = False
        self._more: parts.Button | None = None
        if len(question.titles) > _SHOWN:
            text = sheet.words("pin.all", count=len(question.titles))
            self._more = parts.Button(sheet, inner, text, self._turn, "link", wide=False)
            self._more.frame.pack(anchor="w", pady=(px(2), 0))
        self._write(short_list(question.titles, self._short, self._between))

    def fit(self) -> None:
        """Fewer titles where the screen is low; never fewer than the first and the last."""
        while self._sheet.height_left < 0 and self._short > 2:
            self._short -= 1
            self._write(short_list(self._question.titles, self._short, self._between))

    def _between(self, left_out: int) -> str:
        """Nothing where room is dear: the button below tells how many there are."""
        return self._sheet.words("pin.between", count=left_out) if self._short > 2 else ""

    def _turn(self) -> None:
        assert self._more is not None
        self._all = not self._all
        words, titles = self._sheet.words, self._question.titles
        self._more.say(words("pin.fewer") if self._all else words("pin.all", count=len(titles)))
        if not self._all:
            self._bar.pack_forget()
            self._write(short_list(titles, self._short, self._between))
            return
        line = abs(self._sheet.look.font()[1]) * 1.45
        room = self._short + int(max(0, self._sheet.height_left) / line)
        self._bar.pack(side="right", fill="y")
        self._write(short_list(titles, len(titles), self._between), max(2, min(_LINES, room)))

    def _write(self, lines: Sequence[str], height: int = 0) -> None:
        self._list.configure(state="normal", height=height or len(lines))
        self._list.delete("1.0", "end")
        self._list.insert("1.0", "\n".join(lines))
        self._list.configure(state="disabled")


def short_list(titles: Sequence[str], most: int, between: Callable[[int], str]) -> list[str]:
    """Numbered; of more than `most` the first ones and the last, with `between` telling how many are left out."""
    numbered = [f"{number}.  {title}" for number, title in enumerate(titles, 1)]
    if len(numbered) <= most:
        return numbered
    gap = between(len(numbered) - most)
    return [*numbered[: most - 1], *([gap] if gap else []), numbered[-1]]
