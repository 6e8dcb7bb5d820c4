"""The two questions of `windows.api`, asked on the screen."""

from __future__ import annotations

from pathlib import Path

from hocba_core.clock import system_clock
from hocba_core.secret import Secret

from hocba_agent import preferences
from hocba_agent.windows.api import Consent, ConsentQuestion, PinQuestion


class TkWindows:
    """Made with the settings' folder, from which language and size come at each window anew.

    Tk is loaded when the first window opens: other kinds never need it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def consent(self, question: ConsentQuestion) -> Consent:
        from hocba_agent.windows.tk.consent import ask

        return ask(question, preferences.load(self._folder), system_clock())

    def pin(self, question: PinQuestion) -> Secret | None:
        from hocba_agent.windows.tk.pin import ask

        return ask(question, preferences.load(self._folder))
