"""What a driver's process sees of tokens, and what it is told about them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hocba_agent.token.codes import ON_READER
from hocba_agent.token.cryptoki import TokenInfo


@dataclass(slots=True)
class Notes:
    """What the agent knows of tokens, by serial, and a module cannot."""

    wrong: dict[str, int] = field(default_factory=dict)
    """PINs refused since the last right one, counted across runs."""
    shy: frozenset[str] = frozenset()
    """Reading their certificates without a login hangs the driver."""


@dataclass(frozen=True, slots=True)
class Present:
    """A token that is in and set up."""

    slot: int
    info: TokenInfo

    @property
    def key(self) -> tuple[str, str]:
        """Some tokens have two PINs: two slots with one serial and two labels."""
        return self.info.serial, self.info.label


@dataclass(frozen=True, slots=True)
class Found:
    """A token with its certificates (DER)."""

    present: Present
    reader: str
    tries: str
    """several | few | last | blocked"""
    locked: bool
    """Shows no certificate before a login."""
    certificates: tuple[bytes, ...] = field(repr=False)
    with_key: frozenset[bytes] = field(repr=False)
    """Of the certificates those whose key, or its public twin, is seen beside them without a login."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A token that holds the wanted certificate; no session, no login."""

    present: Present
    tries: str
    mechanism: int = 0

    @property
    def on_reader(self) -> bool:
        return bool(self.present.info.flags & ON_READER)

    @property
    def pin_lengths(self) -> tuple[int, int]:
        """Bytes of a PIN, at least and at most; 0: the driver says nothing, or nonsense."""
        info = self.present.info
        sound = 0 <= info.shortest_pin <= info.longest_pin <= 255 and info.longest_pin > 0
        return (info.shortest_pin, info.longest_pin) if sound else (0, 0)
