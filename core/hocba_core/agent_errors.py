"""Errors that only page and agent know, and every code that an agent may answer with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hocba_core.errors import (
    BadInput,
    CertificateRefused,
    Conflict,
    DoesNotVerify,
    DriverFailed,
    HocbaError,
    Lapsed,
    NotFound,
    OurFault,
    PinBlocked,
    PinWrong,
    Refused,
    Rejected,
    SignerDeclined,
    TokenMissing,
    TokenPulled,
    TokenTrouble,
)


class ForbiddenField(BadInput):
    """facts: field. The agent closes the connection."""

    code = "forbidden_field"


class VersionUnsupported(Refused):
    """facts: asked, oldest, newest."""

    code = "version_unsupported"


class NotApproved(Refused):
    """The person has not yet allowed this site: say hello first."""

    code = "not_approved"


class ConsentRefused(Rejected):
    """The person said no to this site."""

    code = "consent_refused"


class AgentBusy(Refused):
    """Another window is open or another job runs. facts: with (window | token | requests)."""

    code = "agent_busy"


class Cancelled(SignerDeclined):
    """The page or the person stopped the job. facts: signed, of."""

    code = "cancelled"


class OtherToken(TokenTrouble):
    """A job was begun with one token and another one is in."""

    code = "other_token"


class AgentMissing(TokenTrouble):
    """The page's own: nothing answers on any port, or the agent went away. facts: what."""

    code = "agent_missing"


class SiteRefused(Refused):
    """The page's own: the agent does not know this site (HTTP 403 at the handshake)."""

    code = "site_refused"


_KNOWN_ERRORS: Final[tuple[type[HocbaError], ...]] = (
    BadInput,
    ForbiddenField,
    VersionUnsupported,
    NotApproved,
    ConsentRefused,
    AgentBusy,
    Cancelled,
    OtherToken,
    NotFound,
    Conflict,
    CertificateRefused,
    Rejected,
    Lapsed,
    TokenMissing,
    TokenPulled,
    PinWrong,
    PinBlocked,
    DriverFailed,
    DoesNotVerify,
    OurFault,
)
ERRORS: Final[Mapping[str, type[HocbaError]]] = {kind.code: kind for kind in _KNOWN_ERRORS}
"""Every code that an agent may answer with."""
