"""The pages of the window of lists, each drawn from the state that the agent tells (hocba_agent.overview)."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import filedialog
from typing import Any

from hocba_core.errors import HocbaError

from hocba_agent.diagnosis import GOOD, LOOK, as_text
from hocba_agent.history import DONE, INTERRUPTED, RUNNING
from hocba_agent.texts import text_of
from hocba_agent.windows.tk import look, parts
from hocba_agent.windows.tk.sheet import Sheet

_NEEDS = {
    "tokens": ("tokens", "locked"),
    "sites": ("sites",),
    "history": ("history",),
    "drivers": ("drivers", "driver"),
    "diagnosis": ("diagnosis",),
    "about": ("about", "support"),
}


def needs(view: str, state: dict[str, Any]) -> Any:
    """What of the state a page shows: it is drawn again when this changed."""
    return view, [state.get(name) for name in _NEEDS.get(view, ())]


class Page:
    def __init__(self, sheet: Sheet, parent: tk.Frame, ask: Callable[..., None], width: int) -> None:
        self._sheet, self._parent, self._ask, self._width = sheet, parent, ask, width
        self._path = ""
        """Of a driver that is being added; outlives a drawing."""

    def draw(self, view: str, state: dict[str, Any]) -> None:
        for child in self._parent.winfo_children():
            child.destroy()
        drawing: dict[str, Callable[[dict[str, Any]], None]] = {
            "tokens": self._tokens,
            "sites": self._sites,
            "history": self._history,
            "drivers": self._drivers,
            "diagnosis": self._diagnosis,
            "about": self._about,
        }
        if view in drawing:
            drawing[view](state)

    # --- pages ---------------------------------------------------------------------------------------------

    def _tokens(self, state: dict[str, Any]) -> None:
        words = self._sheet.words
        self._head("tokens", explain=False)
        for one in state.get("tokens", ()):
            box = self._card(one["name"], one["organisation"])
            if one["reason"] == "ended":
                self._line(box, words("tokens.ended", until=one["until"]), look.RED)
            elif one["days"] == 0:
                self._line(box, words("tokens.today", until=one["until"]), look.AMBER)
            else:
                colour = look.INK if one["days"] > 30 else look.AMBER
                self._line(box, words("tokens.until", until=one["until"], days=one["days"]), colour)
            if one["usable"]:
                self._line(box, words("tokens.usable"), look.GREEN)
            elif one["reason"] != "ended":
                key = f"tokens.reason_{one['reason']}"
                reason = words(key) if words.has(key) else one["reason"]
                self._line(box, words("tokens.unusable", reason=reason), look.RED)
            if one["tries"] in ("blocked", "last", "few"):
                self._line(box, words(f"tokens.{one['tries']}"), look.AMBER if one["tries"] == "few" else look.RED)
            self._line(box, words("tokens.label", label=one["label"]), look.QUIET_INK)
        for one in state.get("locked", ()):
            box = self._card(words("tokens.label", label=one["label"]), "")
            self._line(box, words("tokens.locked"), look.QUIET_INK)
            wish = {"do": "unlock", "serial": one["serial"]}
            unlock = parts.Button(self._sheet, box, words("tokens.unlock"), partial(self._ask, **wish))
            unlock.frame.pack(anchor="w", pady=(self._sheet.look.px(6), 0))
        if not state.get("tokens") and not state.get("locked"):
            self._empty("tokens.none")

    def _sites(self, state: dict[str, Any]) -> None:
        words = self._sheet.words
        self._head("sites")
        for one in state.get("sites", ()):
            box = self._card(one["site"], "", button=(words("sites.revoke"), one["site"]))
            if one["remembered"]:
                key = "sites.ended" if one["ended"] else "sites.remembered"
                self._line(box, words(key, **{name: one[name] for name in ("granted", "expires", "used")}), look.INK)
            if one["open"]:
                self._line(box, words("sites.open" if one["remembered"] else "sites.once"), look.GREEN)
        if not state.get("sites"):
            self._empty("sites.none")

    def _history(self, state: dict[str, Any]) -> None:
        words = self._sheet.words
        self._head("history")
        for one in state.get("history", ()):
            box = self._card(f"{one['began']}   {words('history.counts', signed=one['signed'], of=one['of'])}", "")
            self._line(box, one["site"], look.INK)
            self._line(box, one["owner"], look.INK)
            self._line(box, *outcome_in_words(one["outcome"], one, words))
            told = words("history.certificate", serial=one["serial"], list=one["items"][:16])
            self._line(box, told, look.QUIET_INK)
        if not state.get("history"):
            self._empty("history.none")

    def _drivers(self, state: dict[str, Any]) -> None:
        words, px = self._sheet.words, self._sheet.look.px
        self._head("drivers")
        for one in state.get("drivers", ()):
            name = one["path"].replace("\\", "/").rpartition("/")[2]
            button = (words("drivers.remove"), "") if one["added"] else None
            box = self._card(name, one["brand"], button=button, wish={"do": "remove_driver", "path": one["path"]})
            if one["verdict"]:
                self._line(box, one["verdict"], look.AMBER)
            elif one["trouble"]:
                self._line(box, one["trouble"], look.RED)
            elif one["loaded"]:
                self._line(box, words("drivers.ok"), look.GREEN)
            self._line(box, one["path"], look.QUIET_INK)
        if not state.get("drivers"):
            self._empty("drivers.none")
        form = tk.Frame(self._parent, background=look.PAPER)
        form.pack(fill="x", pady=(px(10), 0))
        self._adding(form, state.get("driver") or {})

    def _adding(self, form: tk.Frame, said: dict[str, Any]) -> None:
        """A path, and a tick when the file lies where other programs may change it: the person's word for it."""
        sheet, words, px = self._sheet, self._sheet.words, self._sheet.look.px
        parts.text(sheet, form, words("drivers.path"), self._width, font=sheet.look.font(bold=True)).pack(anchor="w")
        if said.get("said") != "refused":
            self._path = self._path if not said else ""
        typed = tk.StringVar(sheet.root, self._path)
        edge = tk.Frame(form, background=look.BLUE, padx=px(1), pady=px(1))
        edge.pack(fill="x", pady=px(4))
        entry = tk.Entry(
            edge, textvariable=typed, font=sheet.look.font(), relief="flat", borderwidth=px(5), highlightthickness=0
        )
        entry.pack(fill="x")
        entry.bind("<Control-a>", parts.select_all)
        entry.bind("<KeyRelease>", lambda _: self._note(typed.get()), add=True)
        tick: parts.Tick | None = None
        if said.get("said") == "refused":
            parts.notice(sheet, form, words("drivers.refused", why=said["why"]), self._width).pack(fill="x")
            if said.get("reason") == "writable":
                tick = parts.Tick(sheet, form, words("drivers.confirm"), width=self._width - 50)
                tick.frame.pack(anchor="w", pady=(px(4), 0))
        elif said.get("said") in ("added", "removed"):
            self._line(form, words(f"drivers.{said['said']}"), look.GREEN)
        row = tk.Frame(form, background=look.PAPER)
        row.pack(fill="x", pady=(px(6), 0))

        def add() -> None:
            self._note(typed.get())
            confirmed = tick is not None and tick.ticked
            self._ask(do="add_driver", path=self._path, confirmed=confirmed)

        def browse() -> None:
            chosen = filedialog.askopenfilename(parent=sheet.root)
            if chosen:
                typed.set(str(chosen))
                self._note(str(chosen))

        parts.Button(sheet, row, words("drivers.add"), add, "main").frame.pack(side="left")
        parts.Button(sheet, row, words("drivers.browse"), browse).frame.pack(side="left", padx=px(8))

    def _note(self, path: str) -> None:
        self._path = path.strip()

    def _diagnosis(self, state: dict[str, Any]) -> None:
        sheet, words, px = self._sheet, self._sheet.words, self._sheet.look.px
        self._head("diagnosis")
        sections = state.get("diagnosis")
        if sections is None:
            self._empty("panel.loading")
            return
        row = tk.Frame(self._parent, background=look.PAPER)
        row.pack(fill="x", pady=(0, px(8)))

        def copy() -> None:
            sheet.root.clipboard_clear()
            sheet.root.clipboard_append(as_text(sections))
            sheet.root.update()
            said.pack(anchor="w", after=row)

        parts.Button(sheet, row, words("diagnosis.copy"), copy, "main").frame.pack(side="left")
        again = parts.Button(sheet, row, words("diagnosis.again"), lambda: self._ask(do="diagnose"))
        again.frame.pack(side="left", padx=px(8))
        said = parts.text(sheet, self._parent, words("diagnosis.copied"), self._width, foreground=look.GREEN)
        colours = {GOOD: look.GREEN, LOOK: look.RED}
        signs = {GOOD: "✓", LOOK: "!"}
        for section in sections:
            title = parts.text(sheet, self._parent, section["title"], self._width, font=sheet.look.font(bold=True))
            title.pack(anchor="w", pady=(px(8), px(2)))
            for line in section["lines"]:
                one = tk.Frame(self._parent, background=look.PAPER)
                one.pack(fill="x")
                colour = colours.get(line["state"], look.QUIET_INK)
                place = tk.Frame(one, background=look.PAPER, width=px(24), height=px(24))
                place.pack_propagate(False)
                place.pack(side="left", anchor="n")
                sign = signs.get(line["state"], "•")
                parts.text(sheet, place, sign, 24, font=sheet.look.font(bold=True), foreground=colour).pack()
                parts.text(sheet, one, line["text"], self._width - 40).pack(side="left", anchor="w")

    def _about(self, state: dict[str, Any]) -> None:
        words, about = self._sheet.words, state.get("about", {})
        self._head("about", explain=False)
        for key in ("version", "what", "pin", "address", "folder"):
            self._paragraph(words(f"about.{key}", **about))
        if state.get("support"):
            self._paragraph(words("common.support", line=state["support"]), bold=True)

    # --- parts ---------------------------------------------------------------------------------------------

    def _head(self, view: str, *, explain: bool = True) -> None:
        sheet, px = self._sheet, self._sheet.look.px
        heading = parts.text(
            sheet,
            self._parent,
            sheet.words(f"{view}.heading"),
            self._width,
            font=sheet.look.font(look.HEADING, bold=True),
        )
        heading.pack(anchor="w", pady=(0, px(6)))
        if explain:
            told = parts.text(
                sheet, self._parent, sheet.words(f"{view}.explain"), self._width, foreground=look.QUIET_INK
            )
            told.pack(anchor="w", pady=(0, px(8)))

    def _card(
        self, title: str, below: str, button: tuple[str, str] | None = None, wish: dict[str, Any] | None = None
    ) -> tk.Frame:
        """A box with a title in bold; a button at its right that asks `wish`, or to revoke its site."""
        sheet, px = self._sheet, self._sheet.look.px
        edge = tk.Frame(self._parent, background=look.LINE, padx=1, pady=1)
        edge.pack(fill="x", pady=(0, px(8)))
        box = tk.Frame(edge, background=look.PAPER, padx=px(12), pady=px(8))
        box.pack(fill="both")
        width = self._width - (170 if button else 26)
        if button is not None:
            text, site = button
            asked = wish or {"do": "revoke", "site": site}
            kind = "danger" if wish is None else "plain"
            pressed = parts.Button(sheet, box, text, partial(self._ask, **asked), kind)
            pressed.frame.pack(side="right", anchor="n", padx=(px(10), 0))
        inner = tk.Frame(box, background=look.PAPER)
        inner.pack(side="left", fill="x", expand=True)
        parts.text(sheet, inner, title, width, font=sheet.look.font(bold=True)).pack(anchor="w")
        if below:
            self._line(inner, below, look.INK)
        return inner

    def _line(self, box: tk.Frame, words: str, colour: str) -> None:
        narrow = 200 if len(box.master.winfo_children()) > 1 else 26
        parts.text(self._sheet, box, words, self._width - narrow, foreground=colour).pack(anchor="w")

    def _empty(self, key: str) -> None:
        parts.notice(self._sheet, self._parent, self._sheet.words(key), self._width, kind="plain").pack(fill="x")

    def _paragraph(self, words: str, *, bold: bool = False) -> None:
        text = parts.text(self._sheet, self._parent, words, self._width, font=self._sheet.look.font(bold=bold))
        text.pack(anchor="w", pady=(0, self._sheet.look.px(8)))


def outcome_in_words(outcome: str, entry: dict[str, Any], words: Any) -> tuple[str, str]:
    """And the colour it is written in."""
    if outcome in (DONE, RUNNING, INTERRUPTED):
        colour = {DONE: look.GREEN, RUNNING: look.BLUE, INTERRUPTED: look.AMBER}[outcome]
        return words(f"history.{outcome}"), colour
    error = HocbaError(signed=entry["signed"], of=entry["of"])
    error.code = outcome  # type: ignore[misc]
    return text_of(error, words.language), look.AMBER
