"""What went wrong in a driver, in our words. Every return value of PKCS#11 ends in exactly one of them."""

from __future__ import annotations

from hocba_core.errors import DriverFailed, HocbaError, PinBlocked, PinWrong, Rejected, TokenPulled

from hocba_agent.token.codes import CryptokiError

PIN_WRONG = frozenset(("PIN_INCORRECT", "PIN_INVALID", "PIN_LEN_RANGE"))
REFUSED_ON_READER = frozenset(("CANCEL", "FUNCTION_CANCELED", "FUNCTION_REJECTED"))
GONE = frozenset(("DEVICE_REMOVED", "TOKEN_NOT_PRESENT", "SLOT_ID_INVALID", "SESSION_HANDLE_INVALID", "SESSION_CLOSED"))
"""Certainly pulled."""
VAGUE = frozenset(("GENERAL_ERROR", "FUNCTION_FAILED", "DEVICE_ERROR", "TOKEN_NOT_RECOGNIZED"))
"""Perhaps pulled: the caller looks whether the token is still listed."""
LOGIN_LOST = "USER_NOT_LOGGED_IN"
"""While signing: the token lost its power in between (sleep), or another program logged it out. As good as pulled."""
_WHAT = {
    "PIN_EXPIRED": "pin_to_change",
    "USER_PIN_NOT_INITIALIZED": "no_pin",
    "MECHANISM_INVALID": "mechanism",
    "KEY_FUNCTION_NOT_PERMITTED": "key",
}
"""Reasons that have words of their own, whatever was being done."""


def fault_of(error: CryptokiError, module: str, during: str, *, still_there: bool) -> HocbaError:
    """`during`: list | login | sign. Only a login can have a wrong PIN; what is unclear there is said to be unclear."""
    if during == "login" and error.name in PIN_WRONG:
        return PinWrong(tries_left="unknown")
    if error.name == "PIN_LOCKED":
        return PinBlocked()
    if during == "login" and error.name in REFUSED_ON_READER:
        return Rejected()
    if error.name in GONE or not still_there or (during == "sign" and error.name == LOGIN_LOST):
        return TokenPulled()
    return DriverFailed(module=module, what=_WHAT.get(error.name, during), driver_code=error.name)
