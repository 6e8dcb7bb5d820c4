"""How a run goes: how many are signed, and a way to stop that does not depend on the page."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from typing import Any

from hocba_agent import preferences
from hocba_agent.system import ignore_interrupts
from hocba_agent.windows.tk import look, parts
from hocba_agent.windows.tk.mailbox import Mailbox
from hocba_agent.windows.tk.sheet import Sheet

_WIDTH = 520
_GOOD_STAYS, _BAD_STAYS = 8_000, 120_000
"""Milliseconds; nobody has to close what went well."""


def main(folder: Path) -> None:
    """Messages: site, owner, signed, of; then signed; at last end (what went wrong, "" for nothing), code, signed."""
    ignore_interrupts()
    _Window(folder)


class _Window:
    def __init__(self, folder: Path) -> None:
        sheet = self._sheet = Sheet("", preferences.load(folder), focus=False)
        words, px = sheet.words, sheet.look.px
        sheet.root.title(words("progress.title"))
        self._of, self._signed, self._over, self._drawn = 0, 0, False, False
        sheet.heading(words("progress.title"), _WIDTH)
        self._count = parts.text(
            sheet, sheet.body, "", _WIDTH, font=sheet.look.font(look.HUGE, bold=True), foreground=look.BLUE
        )
        self._count.pack(anchor="w")
        self._total = parts.text(sheet, sheet.body, "", _WIDTH, foreground=look.QUIET_INK)
        self._total.pack(anchor="w")
        self._bar = tk.Canvas(sheet.body, width=px(_WIDTH), height=px(16), background=look.TINT, highlightthickness=0)
        self._bar.pack(fill="x", pady=px(10))
        self._facts = tk.Frame(sheet.body, background=look.PAPER)
        self._facts.pack(fill="x")
        self._below = tk.Frame(sheet.body, background=look.PAPER)
        self._below.pack(fill="x", pady=(px(8), 0))
        self._said = parts.text(sheet, self._below, words("progress.running"), _WIDTH, foreground=look.QUIET_INK)
        self._said.pack(anchor="w")
        row = sheet.row_of_buttons()
        self._button = parts.Button(sheet, row, words("progress.stop"), self._pressed, "danger")
        self._button.frame.pack(side="right")
        sheet.cancelled = self._pressed
        self._mail = Mailbox(sheet, self._hear)
        sheet.show(self._button.focus)

    def _pressed(self) -> None:
        """While it runs, closing the window is stopping: what goes on unseen could not be stopped any more."""
        if self._over:
            self._sheet.close()
            return
        self._button.enable(False)
        self._said.configure(text=self._sheet.words("progress.stopping"))
        self._mail.ask(do="cancel")

    def _hear(self, said: dict[str, Any]) -> None:
        if "over" in said:
            if self._over:
                self._sheet.close()
            return
        self._of = int(said.get("of", self._of))
        self._signed = int(said.get("signed", self._signed))
        if "site" in said:
            words = self._sheet.words
            rows = [
                (words("progress.site"), said["site"], self._sheet.look.font(bold=True)),
                (words("progress.owner"), said["owner"], None),
            ]
            parts.facts(self._sheet, self._facts, rows, _WIDTH).pack(fill="x")
        if "end" in said:
            self._end(said["end"], "amber" if said["code"] == "cancelled" else "red")
        self._draw()

    def _draw(self) -> None:
        words, bar = self._sheet.words, self._bar
        nothing = self._over and not self._signed
        said = words("progress.not_started") if nothing else words("progress.signed", signed=self._signed)
        self._count.configure(text=said)
        if nothing:
            self._count.configure(foreground=look.INK)
        self._total.configure(text=words("progress.of", of=self._of))
        width, height = bar.winfo_reqwidth(), bar.winfo_reqheight()
        done = round(width * self._signed / self._of) if self._of else 0
        bar.delete("all")
        colour = look.GREEN if self._over and self._signed == self._of else look.BLUE
        bar.create_rectangle(0, 0, done, height, fill=colour, width=0)

    def _end(self, trouble: str, kind: str) -> None:
        words, sheet = self._sheet.words, self._sheet
        self._over = True
        self._said.pack_forget()
        left = self._of - self._signed
        if trouble:
            parts.notice(sheet, self._below, trouble, _WIDTH, kind=kind).pack(fill="x")
            if self._signed:
                told = parts.text(sheet, self._below, words("progress.left", left=left), _WIDTH)
                told.pack(anchor="w", pady=(sheet.look.px(8), 0))
        else:
            done = parts.text(sheet, self._below, words("progress.done"), _WIDTH, foreground=look.GREEN)
            done.pack(anchor="w")
            self._count.configure(foreground=look.GREEN)
        self._button.become(words("common.close"), "main")
        sheet.root.after(_BAD_STAYS if trouble else _GOOD_STAYS, sheet.close)
