"""The tray's process: shows what the agent says, says what is chosen, ends when the agent does."""

from __future__ import annotations

import os
import sys
import threading
import time
import unicodedata
from pathlib import Path
from typing import Any

from PIL import Image

from hocba_agent import pipe
from hocba_agent.system import ignore_interrupts
from hocba_agent.tray.icon import picture
from hocba_agent.tray.menu import menu


def main(folder: Path) -> None:
    """Messages: tray (icon, tip, certificates, language), notice (text). Back: do."""
    ignore_interrupts()
    import pystray  # needs a screen already to be imported

    first = pipe.read(sys.stdin.buffer)
    if first is None:
        return
    tray = _Tray(pystray, first["tray"])
    tray.run()


class _Tray:
    def __init__(self, pystray: Any, told: dict[str, Any]) -> None:
        self._pystray = pystray
        self._lock = threading.Lock()
        self._shown = told
        self._icon = pystray.Icon(
            "hocba", picture(told["icon"]), self._title(told["tip"]), menu(pystray, told, self._ask)
        )

        if self._plain_x11:
            self._hear_clicks()

    def run(self) -> None:
        def ready(icon: Any) -> None:
            icon.visible = True
            threading.Thread(target=self._read, daemon=True).start()
            if self._plain_x11:
                threading.Thread(target=self._paint_again, daemon=True).start()

        self._icon.run(setup=ready)

    def _paint_again(self) -> None:
        """A tray that comes after us, as at a log-in, has swallowed the first picture."""
        for pause in (0.5, 1, 2, 4, 8, 16, 32):
            time.sleep(pause)
            self._icon.icon = self._picture(self._shown["icon"])

    def _read(self) -> None:
        while (said := pipe.read(sys.stdin.buffer)) is not None:
            if "tray" in said:
                self._show(said["tray"])
            if "notice" in said:
                self._tell(said["notice"])
        os._exit(0)  # the desktop's own loop may hang

    def _show(self, told: dict[str, Any]) -> None:
        before, self._shown = self._shown, told
        if told["icon"] != before["icon"]:
            self._icon.icon = self._picture(told["icon"])
        if told["tip"] != before["tip"]:
            self._icon.title = self._title(told["tip"])
        if any(told[name] != before[name] for name in ("certificates", "language")):
            self._icon.menu = menu(self._pystray, told, self._ask)
            self._icon.update_menu()

    def _hear_clicks(self) -> None:
        """pystray 0.19.5 has a handler for clicks there and never asks X11 for them."""
        from Xlib import X

        wanted = X.ExposureMask | X.StructureNotifyMask | X.ButtonPressMask
        self._icon._window.change_attributes(event_mask=wanted)
        self._icon._display.flush()

    @property
    def _plain_x11(self) -> bool:
        """pystray's simplest way: no menu, no half-transparent pixels, titles in Latin-1."""
        return bool(self._pystray.Icon.__module__.endswith("_xorg"))

    def _picture(self, state: str) -> Image.Image:
        drawn = picture(state)
        if not self._plain_x11:
            return drawn
        tile = Image.new("RGB", drawn.size, "#f1f4f7")
        tile.paste(drawn, mask=drawn)
        return tile

    def _title(self, tip: str) -> str:
        if not self._plain_x11:
            return tip
        apart = unicodedata.normalize("NFD", tip).replace("đ", "d").replace("Đ", "D")
        return apart.encode("ascii", "ignore").decode()

    def _tell(self, text: str) -> None:
        if self._icon.HAS_NOTIFICATION:
            self._icon.notify(text, "Hocba")
        else:
            self._ask({"do": "notice", "text": text})

    def _ask(self, wish: dict[str, Any]) -> None:
        with self._lock:
            pipe.write(sys.stdout.buffer, wish)
