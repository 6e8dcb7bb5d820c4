"""The window of lists: certificates, sites, history, drivers, diagnosis, about. What the tray's menu opens."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from typing import Any

from hocba_agent import preferences
from hocba_agent.system import ignore_interrupts
from hocba_agent.texts import Words
from hocba_agent.tray.menu import VIEWS
from hocba_agent.windows.tk import look, parts, views
from hocba_agent.windows.tk.mailbox import Mailbox
from hocba_agent.windows.tk.sheet import Sheet

_WIDTH, _HEIGHT = 640, 520
_MENU = 190


def main(folder: Path) -> None:
    """Messages: show (a view), state (see Overview), diagnosis, driver. Back: do, and what it takes."""
    ignore_interrupts()
    _Panel(folder)


class _Panel:
    def __init__(self, folder: Path) -> None:
        chosen = preferences.load(folder)
        sheet = self._sheet = Sheet("", chosen, front=False)
        px = sheet.look.px
        self._view = ""
        self._state: dict[str, Any] = {}
        self._shown: Any = None
        sheet.body.pack_configure(padx=0, pady=0)
        height = min(px(_HEIGHT), sheet.root.winfo_screenheight() - 80)
        menu = tk.Frame(sheet.body, background=look.TINT, width=px(_MENU), height=height)
        menu.pack(side="left", fill="y")
        self._product = parts.text(
            sheet, menu, "Hocba", _MENU, font=sheet.look.font(look.HEADING, bold=True), foreground=look.BLUE
        )
        self._product.pack(anchor="w", padx=px(16), pady=(px(14), px(8)))
        self._entries = {view: self._entry(menu, view) for view in VIEWS}
        self._quit = parts.Button(sheet, menu, "", lambda: self._mail.ask(do="quit"), "menu", wide=False)
        self._language = parts.Button(sheet, menu, "", self._other_language, "menu", wide=False)
        self._quit.frame.pack(side="bottom", fill="x", padx=px(4), pady=(0, px(8)))
        self._language.frame.pack(side="bottom", fill="x", padx=px(4))
        right = tk.Frame(sheet.body, background=look.PAPER)
        right.pack(side="left", fill="both", expand=True)
        self.paper = _Scrolled(sheet, right, px(_WIDTH), height)
        self.page = views.Page(sheet, self.paper.inner, self._ask, _WIDTH - 56)
        self._mail = Mailbox(sheet, self._hear)
        sheet.show()  # the first message says what has the focus

    def _entry(self, menu: tk.Frame, view: str) -> parts.Button:
        px = self._sheet.look.px
        button = parts.Button(self._sheet, menu, "", lambda: self._go(view), "menu", wide=False)
        button.frame.pack(fill="x", padx=px(4))
        return button

    def _ask(self, **wish: Any) -> None:
        self._mail.ask(**wish)

    def _other_language(self) -> None:
        self._mail.ask(do="language", value="en" if self._sheet.words.language == "vi" else "vi")

    def _go(self, view: str) -> None:
        if view == self._view:
            return
        self._view = view
        self._shown = None
        if view == "diagnosis":
            self._state.pop("diagnosis", None)
            self._mail.ask(do="diagnose")
        if view == "drivers":
            self._state.pop("driver", None)
            self._mail.ask(do="drivers")
        self._draw()

    def _hear(self, said: dict[str, Any]) -> None:
        before = self._sheet.words.language
        self._state.update(said.get("state", {}))
        for name in ("diagnosis", "driver"):
            if name in said:
                self._state[name] = said[name]
        if self._state.get("language", before) != before:
            self._sheet.words = Words(self._state["language"])
            if self._view == "diagnosis":
                self._mail.ask(do="diagnose")
            self._shown = None
        if said.get("show") in VIEWS:
            self._go(said["show"])
            self._entries[self._view].focus.focus_set()
            self._sheet.root.deiconify()
            self._sheet.root.lift()
        self._draw()

    def _draw(self) -> None:
        """Only what changed: a list must not jump away under a hand."""
        words = self._sheet.words
        self._sheet.root.title(words("panel.title"))
        for view, button in self._entries.items():
            button.say(words(f"panel.{view}"))
            button.choose(view == self._view)
        self._quit.say(words("panel.quit"))
        self._language.say(words("panel.language"))
        wanted = views.needs(self._view, self._state)
        if wanted == self._shown:
            return
        moved = self._shown is None
        self._shown = wanted
        self.page.draw(self._view, self._state)
        self.paper.refresh(to_top=moved)


class _Scrolled:
    """A page higher than the window: wheel, bar, Page Up and Down, arrows."""

    def __init__(self, sheet: Sheet, parent: tk.Frame, width: int, height: int) -> None:
        self._canvas = tk.Canvas(parent, width=width, height=height, background=look.PAPER, highlightthickness=0)
        self._bar = parts.bar(sheet, parent, self._canvas.yview)
        self._canvas.configure(yscrollcommand=self._bar.set)
        self._canvas.pack(side="left", fill="both", expand=True)
        self.inner = tk.Frame(self._canvas, background=look.PAPER)
        pad = sheet.look.px(20)
        self._canvas.create_window(pad, pad, window=self.inner, anchor="nw", width=width - 2 * pad)
        step = sheet.look.px(40)
        self._canvas.configure(yscrollincrement=step)
        for key, units in (("Prior", -8), ("Next", 8), ("Up", -1), ("Down", 1)):
            sheet.root.bind(f"<{key}>", lambda _, units=units: self._move(units))  # type: ignore[misc]
        sheet.root.bind_all("<MouseWheel>", lambda event: self._move(-1 if event.delta > 0 else 1))
        sheet.root.bind_all("<Button-4>", lambda _: self._move(-1))
        sheet.root.bind_all("<Button-5>", lambda _: self._move(1))

    def refresh(self, *, to_top: bool) -> None:
        self.inner.update_idletasks()
        region = self._canvas.bbox("all")
        self._canvas.configure(scrollregion=(0, 0, region[2], region[3] + 20))
        if region[3] + 20 > self._canvas.winfo_height():
            self._bar.place(relx=1.0, rely=0, relheight=1.0, anchor="ne")
        else:
            self._bar.place_forget()
        if to_top:
            self._canvas.yview_moveto(0)

    def _move(self, units: int) -> None:
        if self._canvas.yview() != (0.0, 1.0):
            self._canvas.yview_scroll(units, "units")
