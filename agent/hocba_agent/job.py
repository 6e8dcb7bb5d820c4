"""A declared job: what a page may have signed, fixed when it is opened, bound to the connection that holds it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

from hocba_core.agent_protocol import Item, Open, to_base64

from hocba_agent.driver import Driver
from hocba_agent.tokens import Held
from hocba_agent.windows.shown import shown

PER_CONNECTION = 4


@dataclass(slots=True)
class Job:
    id: str
    """128 random bits; besides, only its own connection knows it."""
    site: str
    title: str
    items: tuple[Item, ...]
    certificate: bytes
    owner: str
    token: str
    """Serial: it goes on with this token and no other."""
    driver: Driver
    ends: float
    """By the loop's clock."""
    began: str = ""
    """When its first login was; ISO 8601, UTC."""
    signed: set[str] = field(default_factory=set)
    cancel: asyncio.Event | None = None
    """Of the run that is under way."""

    @classmethod
    def declare(cls, site: str, command: Open, held: Held, owner: str, ends: float) -> Job:
        found = held.certificate
        return cls(
            secrets.token_hex(16),
            site,
            command.title,
            command.items,
            found.der,
            owner,
            found.token_serial,
            held.driver,
            ends,
        )

    def order(self) -> dict[str, Any]:
        """For the driver's process: what has no value yet, and the question that the person will read."""
        return {
            "token": self.token,
            "certificate": to_base64(self.certificate),
            "items": [
                {"id": item.id, "digest": to_base64(item.digest)} for item in self.items if item.id not in self.signed
            ],
            "question": {
                "kind": "pin",
                "site": self.site,
                "owner": shown(self.owner),
                "title": shown(self.title),
                "titles": [shown(item.title) for item in self.items if item.id not in self.signed],
                "signed": len(self.signed),
            },
        }
