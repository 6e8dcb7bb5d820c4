"""What the agent asks of a window. One question, one process, one answer.

A window is a process without a socket, started for one question: it reads the question as a line of JSON from its
standard input, shows it, writes the answer as a line of JSON, and ends. It ends too when its input closes: whoever
asked is gone. So a console, a script and a graphical toolkit fit behind the same two functions, and a PIN exists
only in the window and in the process that asked, which is the driver's, never the one that faces the network.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

from hocba_core.secret import Secret


class Consent(StrEnum):
    NO = "no"
    ONCE = "once"  # for this connection
    REMEMBER = "remember"


@dataclass(frozen=True, slots=True)
class ConsentQuestion:
    """May this site list the certificates of the tokens of this PC, and ask for signatures?"""

    site: str
    """The handshake's Origin, ASCII."""
    program: str = ""
    """File name of the program that asks in the site's name, cleaned; "" where it cannot be told."""


@dataclass(frozen=True, slots=True)
class PinQuestion:
    """The one login of one declared job: pressing OK is the consent to sign all of it."""

    site: str
    owner: str
    """The certificate's name."""
    token: str
    """The token's label; some tokens have two PINs under two labels."""
    title: str
    """The site's text for the job, cleaned (see shown.py). Titles of the items too."""
    titles: tuple[str, ...]
    tries: str
    """several | few | last; few: wrong PINs were typed since the last right one."""
    signed: int = 0
    """Items of this job that have their signature already: the person goes on after an interruption."""
    on_reader: bool = False
    """The PIN is typed on the token's own keys: only ask whether to begin."""
    shortest: int = 0
    """Bytes (UTF-8) of a PIN that the token takes. 0: it does not tell. `longest` too."""
    longest: int = 0


Question = ConsentQuestion | PinQuestion


class Window(Protocol):
    """A kind of window. Both may take as long as the person does; who asked ends the process when it is too long."""

    def consent(self, question: ConsentQuestion) -> Consent: ...

    def pin(self, question: PinQuestion) -> Secret | None:
        """None: the person pressed Cancel. On-reader questions answer an empty Secret for yes."""
        ...


def question_to_json(question: Question) -> dict[str, Any]:
    return {"kind": "consent" if isinstance(question, ConsentQuestion) else "pin", **asdict(question)}


def question_from_json(value: dict[str, Any]) -> Question:
    kind = ConsentQuestion if value.pop("kind") == "consent" else PinQuestion
    if "titles" in value:
        value["titles"] = tuple(value["titles"])
    made: Question = kind(**value)
    return made
