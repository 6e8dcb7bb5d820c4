"""Every error that crosses a room's border, as one tree.

    HocbaError                     code · facts for the text (no secrets) · again
    ├─ Refused                     our rules said no: NotYourTurn, Forbidden, NotFound, Conflict, BadInput …
    ├─ SignerDeclined              a person said no or nothing: Rejected, Lapsed, CodeWrong …
    ├─ SignerAccount               theirs, at the vendor: AccountUnknown, PasswordWrong, OutOfTurns …
    ├─ TokenTrouble                the USB token: TokenMissing, PinWrong, PinBlocked …
    ├─ ProviderTrouble             the vendor: Unavailable, RefusesUs, Nonsense, OutcomeUnknown
    ├─ SignatureWrong              never stored, always alarmed: NotThePromisedCertificate, DoesNotVerify
    └─ OurFault                    a bug or our disk; outside, a number to quote and nothing else

Raise the narrowest kind, `from` its cause, with facts instead of sentences: the words a person reads
are made from `code` and `facts` at the border (gateway/web/texts_vi.toml, agent/texts_vi.toml).
Facts never hold a PIN, a password, a code, a token, a mark or a whole personal number.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Again(StrEnum):
    """Does trying again help, and who decides?"""

    NEVER = "never"
    PERSON = "person"  # a person may try again, knowing what happened
    LATER = "later"  # the same request may go again by itself


class HocbaError(Exception):
    """Root of the tree. `facts` fill the text's placeholders and are safe to log."""

    code: ClassVar[str] = "error"
    again: ClassVar[Again] = Again.NEVER

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, *(f"{name}={value}" for name, value in facts.items()))
        self.facts: dict[str, object] = facts


# --- our rules said no -------------------------------------------------------------------------


class Refused(HocbaError):
    code = "refused"
    again = Again.PERSON


class NotFound(Refused):
    """Nothing of that kind under that id, in the caller's school. facts: kind."""

    code = "not_found"


class Forbidden(Refused):
    """The caller lacks a right. facts: needs (who may), reason."""

    code = "forbidden"


class NotLoggedIn(Refused):
    code = "not_logged_in"


class NotYourTurn(Refused):
    """This person may not sign this slot now. facts: reason (a code of workflow.turn), mend."""

    code = "not_your_turn"


class Conflict(Refused):
    """The thing is not in the state that the action needs. facts: state, needs."""

    code = "conflict"


class BadInput(Refused):
    """What was sent cannot be understood. facts: field, expected, and for files file, sheet, row, column."""

    code = "bad_input"


class Incomplete(Refused):
    """Something that must be there is missing. facts: missing (list of names)."""

    code = "incomplete"


class CertificateRefused(Refused):
    """facts: reason, of: not_own, personal, organisation, other_organisation, ca_not_allowed (with ca, the
    issuer's name), ended, not_yet, usage, inactive (switched off at the vendor), taken,
    elsewhere (not reached by that log-in at the vendor)."""

    code = "certificate_refused"


# --- a person said no or nothing ---------------------------------------------------------------


class SignerDeclined(HocbaError):
    code = "signer_declined"
    again = Again.PERSON


class Rejected(SignerDeclined):
    """The person pressed No, on the phone or in the agent's window. Final for this attempt."""

    code = "rejected"


class Lapsed(SignerDeclined):
    """Nobody answered before the vendor's deadline."""

    code = "lapsed"


class CodeWrong(SignerDeclined):
    """facts: tries_left (int, absent when the vendor does not say)."""

    code = "code_wrong"


class CodeLapsed(SignerDeclined):
    code = "code_lapsed"


# --- the person's account at the vendor --------------------------------------------------------


class SignerAccount(HocbaError):
    """facts: provider, vendor_code."""

    code = "signer_account"
    again = Again.PERSON


class AccountUnknown(SignerAccount):
    code = "account_unknown"


class PasswordWrong(SignerAccount):
    """facts: tries_left, absent when the vendor does not say."""

    code = "password_wrong"


class AccountLocked(SignerAccount):
    """facts: seconds, absent when the vendor does not say."""

    code = "account_locked"


class NoCertificate(SignerAccount):
    code = "no_certificate"


class CertificateEnded(SignerAccount):
    """Ended or revoked at the vendor."""

    code = "certificate_ended"


class OutOfTurns(SignerAccount):
    """The person's package has no signing turns left."""

    code = "out_of_turns"


class SessionEnded(SignerAccount):
    """The vendor's session is over: open or refresh it and go on with the same request."""

    code = "session_ended"
    again = Again.LATER


# --- the USB token -----------------------------------------------------------------------------


class TokenTrouble(HocbaError):
    code = "token_trouble"
    again = Again.PERSON


class TokenMissing(TokenTrouble):
    code = "token_missing"


class TokenPulled(TokenTrouble):
    code = "token_pulled"


class PinWrong(TokenTrouble):
    """facts: tries_left ("unknown" | "several" | "few" | "last"). Never retried by itself."""

    code = "pin_wrong"


class PinBlocked(TokenTrouble):
    code = "pin_blocked"
    again = Again.NEVER


class DriverFailed(TokenTrouble):
    """The driver answered nonsense, crashed or hung. facts: module, what."""

    code = "driver_failed"


# --- the vendor --------------------------------------------------------------------------------


class ProviderTrouble(HocbaError):
    """facts: provider, vendor_code, status (HTTP), request (the vendor's request id)."""

    code = "provider_trouble"
    again = Again.LATER


class Unavailable(ProviderTrouble):
    """Certainly not sent, or a read-only question failed: asking again is harmless."""

    code = "provider_unavailable"


class Busy(ProviderTrouble):
    """Asked to wait. facts: retry_after (seconds)."""

    code = "provider_busy"


class RefusesUs(ProviderTrouble):
    """Our own account at the vendor is refused. facts: setting (the key to mend)."""

    code = "provider_refuses_us"
    again = Again.NEVER


class RequestRefused(ProviderTrouble):
    """The vendor understood and refused this request; it was not done. facts: vendor_code."""

    code = "provider_request_refused"
    again = Again.NEVER


class Nonsense(ProviderTrouble):
    """An answer to a read-only question that is not in the vendor's manual. facts: what."""

    code = "provider_nonsense"


class OutcomeUnknown(ProviderTrouble):
    """Sent, and nobody knows whether it was done. Left only by asking for status. facts: what."""

    code = "outcome_unknown"
    again = Again.NEVER


class RequestUnknown(ProviderTrouble):
    """The vendor says it has no such request. Just after sending it may be early: facts: handle absent."""

    code = "request_unknown"


# --- a value that must not be believed ---------------------------------------------------------


class SignatureWrong(HocbaError):
    code = "signature_wrong"


class NotThePromisedCertificate(SignatureWrong):
    """The value was made by a key other than the one chosen at prepare."""

    code = "not_the_promised_certificate"


class DoesNotVerify(SignatureWrong):
    """facts: reason: other_digest | length | malformed | not_this_digest."""

    code = "does_not_verify"


# --- ours --------------------------------------------------------------------------------------


class OurFault(HocbaError):
    """facts: what (a code, for the log); a person is given the request's number to quote, and nothing else."""

    code = "our_fault"
    again = Again.LATER


class StoreTrouble(OurFault):
    """Our database or disk does not take it now; what it has is not touched. facts: reason: away | busy | full |
    read_only | damaged, and retry_after (seconds)."""

    code = "store_trouble"


class ReserveTooSmall(OurFault):
    """The CMS does not fit the place kept for it: prepare again with a larger one."""

    code = "reserve_too_small"


class SettingWrong(HocbaError):
    """A setting that stops start-up. facts: setting (its key), rule."""

    code = "setting_wrong"


class PluginBroken(HocbaError):
    """A plugin that could not be loaded or is there twice. facts: plugin, reason."""

    code = "plugin_broken"
