"""The people at the other end of a fake vendor: who they are, and what they press on their phones.

A transaction's state is a function of its answer and of the clock, so a clock wound by hand moves the whole
vendor. What a person does is taken, in this order, from: an answer to that very transaction, what was set
for that person, the ending of the user name (-reject, -expire, -noturn, -slow), what was set for everybody.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from hocba_core.clock import Clock
from hocba_core.testing.pki import Identity


class Mood(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    IGNORE = "ignore"  # nobody looks at the phone; the request lapses when its lifetime is over
    LAPSE = "lapse"  # the vendor says "lapsed" without waiting for the lifetime
    NO_TURNS = "noturn"  # the person's package is used up
    FAIL = "fail"  # approved, and the vendor's signing broke
    ENDED = "ended"  # the certificate has ended or was revoked


class State(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    NO_TURNS = "no_turns"
    FAILED = "failed"
    ENDED = "ended"


_ENDINGS = {
    "-reject": (Mood.REJECT, timedelta(0)),
    "-expire": (Mood.LAPSE, timedelta(seconds=1)),
    "-noturn": (Mood.NO_TURNS, timedelta(0)),
    "-slow": (Mood.APPROVE, timedelta(seconds=3)),
}
_OUTCOMES = {
    Mood.APPROVE: State.DONE,
    Mood.REJECT: State.REJECTED,
    Mood.LAPSE: State.LAPSED,
    Mood.NO_TURNS: State.NO_TURNS,
    Mood.FAIL: State.FAILED,
    Mood.ENDED: State.ENDED,
}


@dataclass(frozen=True, slots=True)
class FakePerson:
    user: str
    """As the vendor knows them: what is typed into its user field."""
    name: str
    number: str
    """12 digits."""


@dataclass(slots=True)
class Transaction:
    """One request as the vendor keeps it."""

    id: str
    user: str
    credential: str
    identity: Identity
    digests: tuple[bytes, ...]
    titles: tuple[str, ...]
    """As the person reads them on the phone."""
    description: str
    asked_at: datetime
    lapses_at: datetime
    mood: Mood
    acts_at: datetime
    """When the person does what `mood` says."""
    values: tuple[bytes, ...] | None = field(default=None, repr=False)
    """Made once, so that a second look sees the same."""
    polls_since_done: int = 0

    def state(self, now: datetime) -> State:
        if self.mood is not Mood.IGNORE and self.acts_at <= now and self.acts_at < self.lapses_at:
            return _OUTCOMES[self.mood]
        return State.LAPSED if self.lapses_at <= now else State.WAITING


class Phone:
    """Everybody's phone."""

    def __init__(self, clock: Clock, lifetime: timedelta) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._everybody = (Mood.APPROVE, timedelta(0))
        self._people: dict[str, tuple[Mood, timedelta]] = {}
        self.transactions: dict[str, Transaction] = {}
        """In the order in which they were asked."""

    def will(self, mood: Mood, *, user: str | None = None, after: timedelta = timedelta(0)) -> None:
        """From now on that person (None: everybody without a rule of their own) does this, so long after."""
        if user is None:
            self._everybody = (mood, after)
        else:
            self._people[user] = (mood, after)

    def answer(self, transaction: str, mood: Mood) -> bool:
        """The person does this now. False when that transaction is not waiting."""
        found = self.transactions.get(transaction)
        if found is None or found.state(self._clock()) is not State.WAITING:
            return False
        found.mood, found.acts_at = mood, self._clock()
        return True

    def ring(
        self,
        *,
        user: str,
        credential: str,
        identity: Identity,
        digests: Sequence[bytes],
        titles: Sequence[str],
        description: str,
    ) -> Transaction:
        now = self._clock()
        mood, after = self._rule(user)
        made = Transaction(
            id=str(uuid.uuid4()),
            user=user,
            credential=credential,
            identity=identity,
            digests=tuple(digests),
            titles=tuple(titles),
            description=description,
            asked_at=now,
            lapses_at=now + self._lifetime,
            mood=mood,
            acts_at=now + after,
        )
        self.transactions[made.id] = made
        return made

    def _rule(self, user: str) -> tuple[Mood, timedelta]:
        if user in self._people:
            return self._people[user]
        return next((rule for ending, rule in _ENDINGS.items() if user.endswith(ending)), self._everybody)
