"""The parts that windows are made of: a button and a tick that obey the guard, a box of text, a row of facts."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hocba_agent.windows.tk import look

if TYPE_CHECKING:
    from hocba_agent.windows.tk.sheet import Sheet

_COLOURS = {
    # name: ground, ground under the pointer, ink, edge
    "main": (look.BLUE, look.BLUE_DARK, look.PAPER, look.BLUE),
    "plain": (look.PAPER, look.TINT, look.INK, "#8795a1"),
    "danger": (look.PAPER, look.RED_TINT, look.RED, look.RED),
    "link": (look.PAPER, look.TINT, look.BLUE, look.PAPER),
    "menu": (look.TINT, look.LINE, look.INK, look.TINT),
    "chosen": (look.BLUE, look.BLUE, look.PAPER, look.BLUE),
}


class Pressable:
    """What a whole press of the mouse, Enter or the space bar sets off, if the guard lets it."""

    focus: tk.Widget

    def act(self) -> None:
        raise AssertionError("of subclasses")


class Button(Pressable):
    def __init__(
        self,
        sheet: Sheet,
        parent: tk.Misc,
        text: str,
        command: Callable[[], object],
        kind: str = "plain",
        *,
        wide: bool = True,
    ) -> None:
        self._command = command
        self._kind = kind
        self._enabled = True
        self._around = str(parent["background"])
        px = sheet.look.px
        # the edge that shows the keyboard's focus is a frame around the button proper
        self.frame = tk.Frame(parent, background=self._around, padx=px(3), pady=px(3))
        self.focus = self._label = tk.Label(
            self.frame,
            text=text,
            font=sheet.look.font(look.BODY, bold=kind in ("main", "danger", "chosen")),
            padx=px(18 if wide else 10),
            pady=px(7 if wide else 4),
            borderwidth=0,
            highlightthickness=px(1),
            takefocus=True,
            cursor="hand2",
            anchor="w" if kind in ("menu", "chosen") else "center",
        )
        if wide and kind in ("main", "plain", "danger"):
            self._label.configure(width=max(9, len(text)))
        self.focus.pack(fill="both", expand=True)
        sheet.pressables[str(self.focus)] = self
        for event, ground in (("<Enter>", 1), ("<Leave>", 0)):
            self.focus.bind(event, lambda _, ground=ground: self._paint(ground), add=True)  # type: ignore[misc]
        self.focus.bind("<FocusIn>", lambda _: self.frame.configure(background=look.FOCUS))
        self.focus.bind("<FocusOut>", lambda _: self.frame.configure(background=self._around))
        self._paint(0)

    def act(self) -> None:
        if self._enabled:
            self._command()

    def enable(self, enabled: bool) -> None:
        self._enabled = enabled
        self._label.configure(takefocus=enabled, cursor="hand2" if enabled else "arrow")
        self._paint(0)

    def say(self, text: str) -> None:
        self._label.configure(text=text)

    def become(self, text: str, kind: str) -> None:
        self._kind = kind
        self.say(text)
        self.enable(True)

    def choose(self, chosen: bool) -> None:
        """For entries of a menu."""
        self._kind = "chosen" if chosen else "menu"
        self._paint(0)

    def _paint(self, pointed: int) -> None:
        colours = _COLOURS[self._kind]
        if not self._enabled:
            grey = look.LINE if self._kind == "main" else look.PAPER
            self._label.configure(background=grey, foreground="#5d6973", highlightbackground=look.LINE)
            return
        ground, edge = colours[pointed], colours[3]
        if self._kind == "link":
            ground = edge = look.LINE if pointed else self._around
        self._label.configure(background=ground, foreground=colours[2], highlightbackground=edge, highlightcolor=edge)


class Tick(Pressable):
    """A box to tick, with its words; both may be clicked."""

    def __init__(
        self, sheet: Sheet, parent: tk.Misc, text: str, changed: Callable[[], object] = lambda: None, width: int = 500
    ) -> None:
        self.ticked = False
        self._changed = changed
        px, ground = sheet.look.px, str(parent["background"])
        self.frame = tk.Frame(parent, background=ground, padx=px(2), pady=px(2))
        inner = self.focus = tk.Frame(self.frame, background=ground, takefocus=True, cursor="hand2")
        inner.pack(fill="both", expand=True)
        size = self._size = px(20)
        self._box = tk.Canvas(inner, width=size, height=size, background=ground, highlightthickness=0, cursor="hand2")
        self._box.pack(side="left", padx=(px(2), px(10)), pady=px(4), anchor="n")
        label = tk.Label(
            inner,
            text=text,
            font=sheet.look.font(),
            background=ground,
            foreground=look.INK,
            wraplength=px(width),
            justify="left",
            cursor="hand2",
        )
        label.pack(side="left", anchor="w")
        for part in (inner, self._box, label):
            sheet.pressables[str(part)] = self
        inner.bind("<FocusIn>", lambda _: self.frame.configure(background=look.FOCUS))
        inner.bind("<FocusOut>", lambda _: self.frame.configure(background=ground))
        self._draw()

    def act(self) -> None:
        self.ticked = not self.ticked
        self._draw()
        self._changed()

    def _draw(self) -> None:
        size, box = self._size, self._box
        box.delete("all")
        ground = look.BLUE if self.ticked else look.PAPER
        box.create_rectangle(1, 1, size - 1, size - 1, outline=look.BLUE, width=max(1, size // 10), fill=ground)
        if self.ticked:
            mark = [(0.24, 0.52), (0.43, 0.71), (0.78, 0.3)]
            box.create_line(
                *[round(part * size) for point in mark for part in point], fill=look.PAPER, width=max(2, size // 8)
            )


def text(sheet: Sheet, parent: tk.Misc, words: str, width: int, **how: Any) -> tk.Label:
    """Wrapped at `width` (at 96 dots per inch); words too long for a line are broken anywhere."""
    how.setdefault("font", sheet.look.font())
    how.setdefault("foreground", look.INK)
    label = tk.Label(
        parent,
        text=words,
        background=str(parent["background"]),
        wraplength=sheet.look.px(width),
        justify="left",
        anchor="w",
        **how,
    )
    return label


def notice(sheet: Sheet, parent: tk.Misc, words: str, width: int, *, kind: str = "amber") -> tk.Frame:
    """A coloured box with a bar at its left, for what must not be overlooked."""
    bar, ground, ink = {
        "amber": (look.AMBER, look.AMBER_TINT, "#5c3700"),
        "red": (look.RED, look.RED_TINT, "#8c1d17"),
        "blue": (look.BLUE, look.BLUE_TINT, look.INK),
        "plain": (look.LINE, look.TINT, look.INK),
    }[kind]
    px = sheet.look.px
    frame = tk.Frame(parent, background=ground)
    tk.Frame(frame, background=bar, width=px(5)).pack(side="left", fill="y")
    how = {"font": sheet.look.font(bold=True)} if kind == "red" else {}
    text(sheet, frame, words, width - 40, **{**how, "foreground": ink}).pack(
        side="left", padx=px(12), pady=px(8), anchor="w"
    )
    return frame


def facts(sheet: Sheet, parent: tk.Misc, rows: list[tuple[str, str, Any]], width: int) -> tk.Frame:
    """Two columns: what it is, and what is said about it (with its font)."""
    px = sheet.look.px
    table = tk.Frame(parent, background=str(parent["background"]))
    for number, (name, value, font) in enumerate(rows):
        text(sheet, table, name, 150, foreground=look.QUIET_INK).grid(row=number, column=0, sticky="nw", pady=px(2))
        text(sheet, table, value, width - 150, font=font or sheet.look.font()).grid(
            row=number, column=1, sticky="nw", padx=(px(14), 0), pady=px(2)
        )
    return table


def bar(sheet: Sheet, parent: tk.Misc, moves: Callable[..., Any]) -> tk.Scrollbar:
    """Flat, in our colours where the system lets us."""
    return tk.Scrollbar(
        parent,
        command=moves,
        width=sheet.look.px(12),
        relief="flat",
        borderwidth=0,
        elementborderwidth=0,
        highlightthickness=0,
        background="#a9b5bf",
        activebackground="#8795a1",
        troughcolor=look.TINT,
    )


def select_all(event: tk.Event[tk.Entry]) -> str:
    """Ctrl+A as people know it; Tk's own goes to the beginning of the line."""
    event.widget.selection_range(0, "end")
    event.widget.icursor("end")
    return "break"
