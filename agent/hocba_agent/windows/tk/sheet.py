"""A window: its place on the screen, its keys, and what closing it means."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable

from hocba_agent.preferences import Preferences
from hocba_agent.system import before_windows, held_keys, screen_scale
from hocba_agent.texts import Words
from hocba_agent.windows.tk import look, parts
from hocba_agent.windows.tk.guard import Guard
from hocba_agent.windows.tk.look import Look

_ENTER = ("Return", "KP_Enter", "space")
_KEYS = (*_ENTER, "Escape")
_MOUSE = "mouse"


class Sheet:
    """Esc and the window's own cross both call `cancelled`.

    `front`: before all other windows. `focus`: takes the keyboard. `corner`: where the tray is.
    """

    def __init__(
        self, title: str, chosen: Preferences, *, front: bool = True, focus: bool = True, corner: bool = False
    ) -> None:
        before_windows()
        self.words = Words(chosen.language)
        self.root = tk.Tk(className="hocba")
        # `send` would let any program of this screen run commands in here, and read a PIN
        self.root.tk.call("rename", "send", "")
        self.root.withdraw()
        self.root.title(title)
        self.look = Look.of(self.root, chosen.scale or screen_scale())
        self.root.configure(background=look.PAPER)
        self.root.resizable(False, False)
        self.guard = Guard(time.monotonic)
        self.pressables: dict[str, parts.Pressable] = {}
        self.cancelled: Callable[[], object] = self.close
        self.enter: Callable[[], object] = lambda: None
        """Enter where no button has the focus."""
        self._front, self._focus, self._corner = front, focus, corner
        self._opened: Callable[[], object] = lambda: None
        self._first: tk.Widget | None = None
        self.body = tk.Frame(self.root, background=look.PAPER)
        self.body.pack(fill="both", expand=True, padx=self.look.px(24), pady=self.look.px(15))
        self.root.protocol("WM_DELETE_WINDOW", lambda: self.cancelled())
        # of the whole program, not of each kind of widget: nothing answers behind the guard's back
        self.root.bind_all("<KeyPress>", self._key_pressed, add=True)
        self.root.bind_all("<KeyRelease>", self._key_released, add=True)
        self.root.bind_all("<ButtonPress-1>", self._mouse_pressed, add=True)
        self.root.bind_all("<ButtonRelease-1>", self._mouse_released, add=True)
        self.root.bind("<Visibility>", lambda _: self._seen())

    def when_open(self, opened: Callable[[], object]) -> None:
        """Called once input begins to count."""
        self._opened = opened

    def show(self, focus: tk.Widget | None = None) -> None:
        """Until `close`."""
        root = self.root
        self._first = focus
        self.place()
        root.deiconify()
        if self._front:
            root.attributes("-topmost", True)
        root.lift()
        if focus is not None:
            focus.focus_set()
        if self._focus:
            root.focus_force()
            if focus is not None:
                focus.focus_set()
        self._breathe()
        root.mainloop()

    def place(self) -> None:
        root = self.root
        root.update_idletasks()
        width, height = root.winfo_reqwidth(), root.winfo_reqheight()
        screen_width, screen_height = root.winfo_screenwidth(), root.winfo_screenheight()
        if self._corner:
            left, top = screen_width - width - self.look.px(24), screen_height - height - self.look.px(64)
        else:
            left, top = (screen_width - width) // 2, max(0, (screen_height - 60 - height) * 2 // 5)
        root.geometry(f"+{max(0, left)}+{max(0, top)}")

    def _breathe(self) -> None:
        """Tk waits in C: Python's signals (the asker is gone, the time is over) are heard only in between."""
        self.root.after(200, self._breathe)

    def close(self) -> None:
        self.root.quit()

    @property
    def height_left(self) -> int:
        """Pixels by which the window could still grow, leaving room for a task bar and a title."""
        self.root.update_idletasks()
        return int(self.root.winfo_screenheight()) - 72 - int(self.root.winfo_reqheight())

    def heading(self, words: str, width: int) -> None:
        label = parts.text(self, self.body, words, width, font=self.look.font(look.HEADING, bold=True))
        label.pack(anchor="w", pady=(0, self.look.px(10)))

    def row_of_buttons(self) -> tk.Frame:
        """At the bottom; what is packed into it stands at the right."""
        row = tk.Frame(self.body, background=look.PAPER)
        row.pack(side="bottom", fill="x", pady=(self.look.px(14), 0))
        return row

    def _seen(self) -> None:
        if not self.guard.open:
            self.guard.seen(held_keys(_KEYS))
            self.root.after(520, self._open)
        self.root.unbind("<Visibility>")

    def _open(self) -> None:
        self._opened()
        if self._first is not None and self._focus:
            self._first.focus_set()  # where Tab may have led meanwhile was not meant for us

    def _key_pressed(self, event: tk.Event[tk.Misc]) -> None:
        if event.keysym in _KEYS:
            self.guard.pressed(event.keysym)

    def _key_released(self, event: tk.Event[tk.Misc]) -> None:
        if event.keysym not in _KEYS or not self.guard.released(event.keysym):
            return
        if event.keysym == "Escape":
            self.cancelled()
            return
        focused = self.root.focus_get()
        pressable = self.pressables.get(str(focused))
        if pressable is not None:
            pressable.act()
        elif event.keysym != "space":
            self.enter()

    def _mouse_pressed(self, event: tk.Event[tk.Misc]) -> None:
        self.guard.pressed(_MOUSE)
        pressable = self.pressables.get(str(event.widget))
        if pressable is not None:
            pressable.focus.focus_set()

    def _mouse_released(self, event: tk.Event[tk.Misc]) -> None:
        if not self.guard.released(_MOUSE):
            return
        pressable = self.pressables.get(str(event.widget))
        under = self.root.winfo_containing(event.x_root, event.y_root)
        if pressable is not None and self.pressables.get(str(under)) is pressable:
            pressable.act()
