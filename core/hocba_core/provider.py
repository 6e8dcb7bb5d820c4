"""What a remote-signing vendor is to us: the contract that every signing plugin fulfils.

Raw digests go in, raw signature values come out, results go by item id; vendor words stay in the
plugin. A provider keeps nothing between calls: what must be remembered is in `Session` (secret, stored
encrypted by the gateway) and in `Pending` (plain JSON, no secrets, a row in a table). Only errors of
`hocba_core.errors` are raised. There is no cancel: no vendor has one, the gateway can only stop waiting.

`start` is the one call that may buzz a phone. Whoever implements it must tell three things apart:
certainly not sent (`Unavailable`, `Busy`, `RefusesUs`, …), certainly sent (`Pending`, `Completed`), and
anything in between (`OutcomeUnknown`), which nobody may answer by sending again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from hocba_core.clock import Clock
from hocba_core.errors import Refused
from hocba_core.secret import Secret

Json = Mapping[str, Any]
"""JSON-able: str, int, float, bool, None, lists and dicts of them."""


class Approval(StrEnum):
    """How the person says yes to one request."""

    PHONE = "phone"  # in the vendor's app
    OTP = "otp"  # a code the vendor sends
    PIN = "pin"  # a PIN of the person's, per request
    TOTP = "totp"  # a code from the person's authenticator
    NONE = "none"  # an open session is enough


class Completion(StrEnum):
    """How the values come back."""

    IMMEDIATE = "immediate"  # start() answers Completed
    BLOCKING = "blocking"  # start() answers Completed, but only once the person has said yes
    POLL = "poll"  # start() answers Pending; poll() tells
    CALLBACK = "callback"  # as POLL; besides, the vendor calls us, which only wakes the poll


class KeyKind(StrEnum):
    RSA = "rsa"  # 2048 bits or more, PKCS#1 v1.5 with SHA-256
    P256 = "p256"  # ECDSA; the value is r and s, 32 bytes each


class LoginChallenge(StrEnum):
    OTP = "otp"
    AUTHENTICATOR = "authenticator"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to ask the person for before a session is opened."""

    name: str
    label: str
    """Vietnamese, as the screen shows it."""
    secret: bool = False
    required: bool = True
    pattern: str | None = None
    """A regular expression that the whole value must match; None takes anything."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the gateway must know before it calls; nothing that it could find out by calling."""

    fields: tuple[Field, ...]
    login_challenges: frozenset[LoginChallenge]
    approval: Approval
    completion: Completion
    batch_limit: int | None
    """Digests in one request; None when the vendor sets no limit."""
    keys: frozenset[KeyKind]
    title_chars: int
    """Characters of an item's title that the person can read; the gateway cuts to it."""
    description_chars: int
    lifetime: timedelta
    """How long a request lives at the vendor when nobody answers (stated or assumed; see its manual)."""
    verification_code: bool = False
    """`Pending.verification_code` is shown on the screen and on the phone, to be compared."""
    resend_code: bool = False
    finds_by_reference: bool = False
    """find() can tell what became of a request whose answer to start() was lost."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person's open session at the vendor. Secret: stored encrypted, never logged."""

    data: Json = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Challenge:
    """The vendor wants one more proof before the session opens. `data` is secret like a session's."""

    kind: LoginChallenge
    data: Json = field(repr=False)
    sent_to: str = ""
    """Masked address as the vendor gives it, for the screen."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate that the person can sign with, and the vendor's name for its key."""

    ref: str
    """The vendor's own id, opaque."""
    certificate: bytes
    """DER, the signer's."""
    chain: tuple[bytes, ...]
    """DER, intermediates from the issuer upwards; may be empty; the root may be among them."""
    key_kind: KeyKind
    usable: bool
    """False when the vendor says the key or the certificate is not active."""
    label: str = ""
    turns_left: int | None = None
    """Signing turns left in the person's package; None when the vendor does not say."""


@dataclass(frozen=True, slots=True)
class ToSign:
    """One digest in a request."""

    item: str
    """Our id; the value comes back under it."""
    title: str
    """What the person reads for it: class, number, initials; already cut to `title_chars`."""
    digest: bytes
    """32 bytes, SHA-256 of canonical SignedInfo or of DER signed attributes; never of the file."""


@dataclass(frozen=True, slots=True)
class SignatureRequest:
    """All that one vendor transaction is asked to do."""

    reference: str
    """Ours, the same over every retry of this request; sent to the vendor where it has a place for it."""
    credential: Credential
    items: tuple[ToSign, ...]
    description: str
    callback_url: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """Asked, not yet answered. Plain JSON without secrets: it is a row, and survives a restart."""

    handle: Json
    """The vendor's transaction, and whatever poll() needs to read the answer (item order …)."""
    poll_after: timedelta
    expires_at: datetime
    needs: Approval
    """What the screen asks for now: PHONE means wait, OTP / PIN / TOTP mean a code for submit_code()."""
    verification_code: str | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """The vendor's answer. Nothing in it is believed until core has verified each value."""

    values: Mapping[str, bytes] = field(repr=False)
    """Item id -> raw signature: RSA big-endian of the modulus' length, ECDSA r‖s. Items may be missing."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What a vendor's call to us means: look at that transaction now. Its values are never believed."""

    handle: Json
    """Enough of `Pending.handle` to find the request: every key given must be equal."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the vendor wants to hear back from us."""

    status: int
    body: Json


class SigningProvider(ABC):
    """A vendor that holds people's keys and signs when they approve."""

    key: ClassVar[str]
    """The plugin's one name: folder, entry point, database and audit."""
    title: ClassVar[str]
    """What a teacher reads."""

    def __init__(self, settings: Json, clock: Clock) -> None:
        """`settings` are an administrator's, validated here: SettingWrong names the key and the rule.

        Opens nothing; use it as an async context manager where it keeps a connection pool.
        """

    @property
    @abstractmethod
    def can(self) -> Capabilities:
        """Static for one configuration."""

    async def close(self) -> None:
        """Give back connections. Called once, at the end."""

    @abstractmethod
    async def check(self) -> None:
        """Our own account works and the vendor answers; tried before settings are saved."""

    @abstractmethod
    async def open_session(self, fields: Mapping[str, Secret]) -> Session | Challenge:
        """Log the person in. Raises AccountUnknown, PasswordWrong, AccountLocked, RefusesUs …"""

    async def answer(self, challenge: Challenge, code: Secret) -> Session:
        raise Refused(reason="no_login_challenge", provider=self.key)

    async def refresh(self, session: Session) -> Session:
        """A fresh session without asking the person; raises SessionEnded where that cannot be."""
        raise Refused(reason="no_refresh", provider=self.key)

    @abstractmethod
    async def credentials(self, session: Session) -> Sequence[Credential]:
        """Every certificate of the person, usable or not."""

    @abstractmethod
    async def start(self, session: Session, request: SignatureRequest) -> Completed | Pending:
        """Ask for the signatures. See the module's text on what may be raised."""

    async def poll(self, session: Session, pending: Pending) -> Completed | Pending:
        """How is it going? May be asked at any time and as often as wished.

        Raises Rejected, Lapsed, OutOfTurns … when the vendor says it is over, Unavailable when the
        question itself failed.
        """
        raise Refused(reason="no_poll", provider=self.key)

    async def find(self, session: Session, request: SignatureRequest) -> Completed | Pending:
        """What became of a request that start() may have sent: the same answers as poll(), by our reference.

        Never asks the person. Raises RequestUnknown when the vendor has no request of that reference.
        """
        raise Refused(reason="no_find", provider=self.key)

    async def submit_code(self, session: Session, pending: Pending, code: Secret) -> Completed | Pending:
        raise Refused(reason="no_code", provider=self.key)

    async def resend_code(self, session: Session, pending: Pending) -> Pending:
        raise Refused(reason="no_code", provider=self.key)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> tuple[Callback | None, Reply]:
        """Which request a vendor's call speaks of (None: not one we can read), and what to answer."""
        raise Refused(reason="no_callback", provider=self.key)
