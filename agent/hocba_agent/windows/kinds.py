"""The kinds of window by name, and the window's process itself."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hocba_agent import pipe
from hocba_agent.system import child_command, has_screen, ignore_interrupts
from hocba_agent.windows.api import ConsentQuestion, Window, question_from_json
from hocba_agent.windows.console import Console
from hocba_agent.windows.scripted import Scripted
from hocba_agent.windows.tk.kind import TkWindows

KINDS: Mapping[str, Callable[[Path], Window]] = {
    "console": lambda _: Console(),
    "scripted": Scripted,
    "tk": TkWindows,
}
"""Each is made with a path: the answers' file of `scripted`, the settings' folder of `tk`."""


def default_kind() -> str:
    """Windows where there is a screen and Tk to draw them, else the terminal."""
    return "tk" if has_screen() and find_spec("_tkinter") is not None else "console"


@dataclass(frozen=True, slots=True)
class WindowKind:
    """Which windows this agent opens; travels to the driver's processes as two words of their command."""

    name: str
    script: Path = Path()

    @property
    def words(self) -> tuple[str, str]:
        return self.name, str(self.script)

    @property
    def command(self) -> list[str]:
        return child_command("window", *self.words)


def main(name: str, script: str) -> None:
    """One question from standard input, one answer to standard output."""
    ignore_interrupts()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that a terminal gets its echo back
    said = pipe.read(sys.stdin.buffer)
    if said is None:
        return
    threading.Thread(target=_end_when_nobody_waits, daemon=True).start()
    window, question = KINDS[name](Path(script)), question_from_json(said)
    if isinstance(question, ConsentQuestion):
        pipe.write(sys.stdout.buffer, {"consent": window.consent(question).value})
        return
    pin = window.pin(question)
    pipe.write(sys.stdout.buffer, {"pin": pin.reveal() if pin is not None else None})


def _end_when_nobody_waits() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
