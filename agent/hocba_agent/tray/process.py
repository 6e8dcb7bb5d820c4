"""The tray's process: shows what the agent says, says what is chosen, ends when the agent does."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

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
        self._icon = pystray.Icon("hocba", picture(told["icon"]), told["tip"], menu(pystray, told, self._ask))

    def run(self) -> None:
        def ready(icon: Any) -> None:
            icon.visible = True
            threading.Thread(target=self._read, daemon=True).start()

        self._icon.run(setup=ready)

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
            self._icon.icon = picture(told["icon"])
        if told["tip"] != before["tip"]:
            self._icon.title = told["tip"]
        if any(told[name] != before[name] for name in ("certificates", "language")):
            self._icon.menu = menu(self._pystray, told, self._ask)
            self._icon.update_menu()

    def _tell(self, text: str) -> None:
        if self._icon.HAS_NOTIFICATION:
            self._icon.notify(text, "Hocba")
        else:
            self._ask({"do": "notice", "text": text})

    def _ask(self, wish: dict[str, Any]) -> None:
        with self._lock:
            pipe.write(sys.stdout.buffer, wish)
