"""One vendor's PKCS#11 module: which tokens are in, what certificates they hold, and signing with one login.

For one thread only: python-pkcs11 initialises modules without locking. Objects never outlive a call; everything is
found again by token serial and certificate, because handles die when a token is pulled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from hocba_core.agent_errors import OtherToken
from hocba_core.certificate import Certificate
from hocba_core.errors import DoesNotVerify, DriverFailed, NotFound, PinBlocked, PinWrong, TokenMissing
from hocba_core.secret import Secret
from hocba_core.signature_value import check_value
from pkcs11 import Attribute, ObjectClass, TokenFlag
from pkcs11.exceptions import PKCS11Error

from hocba_agent.system import before_loading
from hocba_agent.token.faults import fault_of
from hocba_agent.token.mechanism import require, signing_input


@dataclass(frozen=True, slots=True)
class Found:
    """A token with its certificates (DER)."""

    serial: str
    label: str
    tries: str
    """several | last | blocked, as its flags say."""
    certificates: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A token that holds the wanted certificate; no session, no login."""

    token: Any = field(repr=False)
    label: str
    tries: str
    on_reader: bool


class Module:
    """Raises DriverFailed when the file is no PKCS#11 module. May hang: its process has a deadline outside."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        if not path.exists():
            raise DriverFailed(module=self.name, what="missing")
        before_loading(path)
        try:
            self._library = pkcs11.lib(str(path.resolve()))
        except (PKCS11Error, RuntimeError, OSError) as error:
            raise DriverFailed(module=self.name, what="load") from error

    def tokens(self) -> list[Found]:
        """What is in now. A slot that fails hides no other."""
        found = []
        try:
            for token in self._present():
                with suppress(PKCS11Error):
                    found.append(self._read(token))
        except PKCS11Error as error:
            raise fault_of(error, self.name, "list", still_there=True) from error
        return found

    def find(self, serial: str, certificate: Certificate) -> Opened:
        """Raises TokenMissing, OtherToken (one is in, but not this), NotFound (certificate not on it), PinBlocked."""
        try:
            present = self._present()
            token = next((one for one in present if _serial(one) == serial), None)
            if token is None:
                raise OtherToken() if present else TokenMissing()
            if certificate.der not in self._read(token).certificates:
                raise NotFound(kind="certificate")
            if certificate.key_kind is not None:
                require(certificate.key_kind, token.slot.get_mechanisms(), self.name)
        except PKCS11Error as error:
            raise fault_of(error, self.name, "list", still_there=self._is_in(serial)) from error
        tries = _tries(token)
        if tries == "blocked":
            raise PinBlocked()
        on_reader = bool(token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH)
        return Opened(token, token.label, tries, on_reader)

    @contextmanager
    def login(self, opened: Opened, certificate: Certificate, pin: Secret) -> Iterator[Callable[[bytes], bytes]]:
        """One C_Login; inside, a function from digest to checked raw value; C_Logout at the end, come what may.

        Raises PinWrong, PinBlocked, TokenPulled, DriverFailed; the function these and DoesNotVerify.
        """
        serial = _serial(opened.token)
        try:
            session = opened.token.open(user_pin=pkcs11.PROTECTED_AUTH if opened.on_reader else pin.reveal())
        except PKCS11Error as error:
            fault = fault_of(error, self.name, "login", still_there=self._is_in(serial))
            if isinstance(fault, PinWrong):
                fault = PinWrong(tries_left=self._tries_left(serial))
            self._start_afresh()  # the failed call left its session open
            raise fault from error
        finally:
            del pin
        try:
            key = self._key(session, certificate)
            yield lambda digest: self._sign(key, certificate, serial, digest)
        except PKCS11Error as error:
            raise fault_of(error, self.name, "sign", still_there=self._is_in(serial)) from error
        finally:
            try:
                session.close()
            except PKCS11Error:
                self._start_afresh()  # logout failed: nothing may stay logged in

    def _sign(self, key: Any, certificate: Certificate, serial: str, digest: bytes) -> bytes:
        assert certificate.key_kind is not None
        mechanism, given = signing_input(certificate.key_kind, digest)
        try:
            value = bytes(key.sign(given, mechanism=mechanism))
        except PKCS11Error as error:
            raise fault_of(error, self.name, "sign", still_there=self._is_in(serial)) from error
        try:
            return check_value(certificate, digest, value)
        except DoesNotVerify as error:
            raise DriverFailed(module=self.name, what="value") from error

    def _key(self, session: Any, certificate: Certificate) -> Any:
        """By the certificate's CKA_ID, else by its modulus. A wrong one would show in its first value."""
        identity = next(
            (
                _attribute(one, Attribute.ID)
                for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
                if _attribute(one, Attribute.VALUE) == certificate.der
            ),
            None,
        )
        keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        for name, wanted in ((Attribute.ID, identity), (Attribute.MODULUS, _modulus(certificate))):
            for key in keys:
                if wanted and _attribute(key, name) == wanted:
                    return key
        raise DriverFailed(module=self.name, what="key")

    def _present(self) -> Sequence[Any]:
        """Tokens that are in and set up; a slot without one, or of a kind we cannot read, is passed over."""
        found = []
        for slot in self._library.get_slots(token_present=True):
            with suppress(PKCS11Error):
                token = slot.get_token()
                if token.flags & TokenFlag.TOKEN_INITIALIZED:
                    found.append(token)
        return found

    def _read(self, token: Any) -> Found:
        session = token.open()
        try:
            objects = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
            certificates = tuple(der for one in objects if (der := _attribute(one, Attribute.VALUE)))
        finally:
            session.close()
        return Found(_serial(token), token.label, _tries(token), certificates)

    def _is_in(self, serial: str) -> bool:
        try:
            return any(_serial(token) == serial for token in self._present())
        except PKCS11Error:
            return False

    def _tries_left(self, serial: str) -> str:
        try:
            return next((_tries(token) for token in self._present() if _serial(token) == serial), "unknown")
        except PKCS11Error:
            return "unknown"

    def _start_afresh(self) -> None:
        """Ends every session and login of this process."""
        with suppress(PKCS11Error):
            self._library.reinitialize()


def _serial(token: Any) -> str:
    return bytes(token.serial).decode("utf-8", "replace").strip("\0 ")


def _tries(token: Any) -> str:
    if token.flags & TokenFlag.USER_PIN_LOCKED:
        return "blocked"
    return "last" if token.flags & TokenFlag.USER_PIN_FINAL_TRY else "several"


def _attribute(key: Any, name: Attribute) -> bytes | None:
    """None: the object does not have it, or does not tell."""
    try:
        return bytes(key[name])
    except (PKCS11Error, KeyError, TypeError):
        return None


def _modulus(certificate: Certificate) -> bytes | None:
    """Tells whose an RSA key is. A private P-256 key says nothing of its public half."""
    key = certificate.public_key
    return key.public_numbers().n.to_bytes(certificate.key_bytes) if isinstance(key, RSAPublicKey) else None
