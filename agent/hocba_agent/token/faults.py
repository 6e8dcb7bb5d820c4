"""What went wrong in a driver, in our words. Every exception class of python-pkcs11 ends in exactly one of them."""

from __future__ import annotations

from hocba_core.errors import DriverFailed, HocbaError, PinBlocked, PinWrong, TokenPulled
from pkcs11 import exceptions as p11

PIN_WRONG = (p11.PinIncorrect, p11.PinInvalid, p11.PinLenRange)
PIN_BLOCKED = (p11.PinLocked, p11.PinExpired, p11.UserPinNotInitialized)
GONE = (p11.DeviceRemoved, p11.TokenNotPresent, p11.SlotIDInvalid, p11.SessionHandleInvalid, p11.SessionClosed)
"""Certainly pulled. GeneralError and DeviceError may be too: the caller looks whether the token is still listed."""


def fault_of(error: p11.PKCS11Error, module: str, during: str, *, still_there: bool) -> HocbaError:
    """`during`: list | login | sign. Only a login can have a wrong PIN; what is unclear there is said to be unclear."""
    if during == "login" and isinstance(error, PIN_WRONG):
        return PinWrong(tries_left="unknown")
    if isinstance(error, PIN_BLOCKED):
        return PinBlocked()
    if isinstance(error, GONE) or not still_there:
        return TokenPulled()
    return DriverFailed(module=module, what=during, driver_code=type(error).__name__)
