"""What all connections share: tokens, consents, and the one window that may be open at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hocba_core.agent_errors import AgentBusy, ConsentRefused

from hocba_agent.consents import Consents
from hocba_agent.tokens import Tokens
from hocba_agent.windows.api import Consent, ConsentQuestion
from hocba_agent.windows.ask import ask_consent
from hocba_agent.windows.kinds import WindowKind


class Screen:
    """One window for the whole agent: a second site's never covers the first's, nor mixes with it."""

    def __init__(self) -> None:
        self._holder: object = None

    def take(self) -> Callable[[], None]:
        """Returns how to give it back, which may be called twice. Raises AgentBusy(with="window")."""
        if self._holder is not None:
            raise AgentBusy(**{"with": "window"})
        holder = self._holder = object()

        def free() -> None:
            if self._holder is holder:
                self._holder = None

        return free


@dataclass(slots=True)
class Desk:
    tokens: Tokens
    consents: Consents
    windows: WindowKind
    screen: Screen = field(default_factory=Screen)

    async def approve(self, site: str) -> bool:
        """Asks the person where nothing is remembered. Returns whether it is (again) remembered.

        Raises ConsentRefused, AgentBusy, Lapsed.
        """
        if self.consents.holds(site):
            return True
        free = self.screen.take()
        try:
            answer = await ask_consent(self.windows, ConsentQuestion(site))
        finally:
            free()
        if answer is Consent.NO:
            raise ConsentRefused()
        if answer is Consent.REMEMBER:
            self.consents.remember(site)
        return answer is Consent.REMEMBER
