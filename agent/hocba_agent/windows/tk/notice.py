"""A line in the corner that goes by itself, for desktops whose tray cannot tell anything. It takes no keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hocba_agent import preferences
from hocba_agent.system import ignore_interrupts
from hocba_agent.windows.tk import look, parts
from hocba_agent.windows.tk.mailbox import Mailbox
from hocba_agent.windows.tk.sheet import Sheet

_STAYS = 9_000


def main(folder: Path) -> None:
    """One message: text."""
    ignore_interrupts()
    sheet = Sheet("Hocba", preferences.load(folder), focus=False, corner=True)
    sheet.root.overrideredirect(True)
    sheet.body.pack_configure(padx=0, pady=0)
    sheet.root.configure(highlightthickness=1, highlightbackground=look.LINE)

    def hear(said: dict[str, Any]) -> None:
        box = parts.notice(sheet, sheet.body, str(said["text"]), 420, kind="blue")
        box.pack(fill="both", expand=True)
        sheet.place()

    Mailbox(sheet, hear)
    sheet.root.bind("<ButtonRelease-1>", lambda _: sheet.close())
    sheet.root.after(_STAYS, sheet.close)
    sheet.show()
