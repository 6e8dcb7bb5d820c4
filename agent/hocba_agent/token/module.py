"""One vendor's PKCS#11 module: which tokens are in, what certificates they hold, and signing with one login.

For one thread only. Handles never outlive a call: everything is found again by token serial and certificate, because
handles die when a token is pulled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hocba_core.agent_errors import OtherToken
from hocba_core.certificate import Certificate
from hocba_core.errors import DoesNotVerify, DriverFailed, NotFound, PinBlocked, PinWrong, TokenMissing
from hocba_core.secret import Secret
from hocba_core.signature_value import check_value

from hocba_agent.drivers.check import judge
from hocba_agent.system import before_loading
from hocba_agent.token.codes import (
    ALWAYS_AUTHENTICATE,
    CERTIFICATE,
    ID,
    LOGIN_REQUIRED,
    PIN_INITIALIZED,
    PRIVATE_KEY,
    PUBLIC_KEY,
    TOKEN_INITIALIZED,
    VALUE,
    CryptokiError,
)
from hocba_agent.token.cryptoki import CONTEXT_SPECIFIC, USER, Cryptoki
from hocba_agent.token.faults import GONE, LOGIN_LOST, VAGUE, fault_of
from hocba_agent.token.keys import key_of
from hocba_agent.token.mechanism import choose, signing_input
from hocba_agent.token.seen import Found, Notes, Opened, Present
from hocba_agent.token.tries import tries_of

_LOOKS_AFTER_A_VAGUE_ERROR: Final = 8
_BETWEEN_LOOKS: Final = 0.125
"""Seconds."""
_READ_AGAIN_AFTER: Final = 15.0
"""Seconds. A token that stays in is not read at each look: reading 2 KB of certificates can take it a second."""


class Module:
    """Raises DriverFailed when the file is no PKCS#11 module. May hang: its process has a deadline outside."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.notes = Notes()
        self.spoiled = False
        """A logout failed: somebody may still be logged in, so this process must end."""
        self._read: dict[Present, tuple[float, tuple[bytes, ...]]] = {}
        self._seen_unlocked: dict[tuple[str, str], tuple[bytes, ...]] = {}
        self._with_key: set[bytes] = set()
        verdict = judge(path, confirmed=True)
        if not verdict.ok:
            raise DriverFailed(module=self.name, what=verdict.reason)
        before_loading(path)
        try:
            self._library = Cryptoki(path.resolve())
        except (CryptokiError, AttributeError, OSError) as error:
            raise DriverFailed(module=self.name, what="load") from error

    def tokens(self, reading: Callable[[str], None] = lambda _: None) -> list[Found]:
        """What is in now. A slot that fails hides no other. `reading` is told a token's serial before it is read."""
        try:
            present = self._present()
        except CryptokiError as error:
            raise fault_of(error, self.name, "list", still_there=True) from error
        self._read = {one: kept for one, kept in self._read.items() if one in present}
        found = []
        for one in present:
            with suppress(CryptokiError):
                certificates = self._certificates(one, reading)
                reader, hides = self._library.reader(one.slot), _hides(one, certificates)
                with_key = self._with_key.intersection(certificates)
                found.append(Found(one, reader, self._tries(one), hides, certificates, frozenset(with_key)))
        return found

    def find(self, serial: str, certificate: Certificate) -> Opened:
        """Raises TokenMissing, OtherToken (one is in, but not this), NotFound (certificate not on it), PinBlocked."""
        try:
            token = self._holder(serial, certificate)
            assert certificate.key_kind is not None
            mechanism = choose(certificate.key_kind, self._library.mechanisms(token.slot), self.name)
        except CryptokiError as error:
            raise fault_of(error, self.name, "list", still_there=self._is_in(serial, error)) from error
        return self._opened(token, mechanism)

    def find_locked(self, serial: str, label: str) -> Opened:
        """The token whose certificates somebody wants to see. Raises TokenMissing, PinBlocked."""
        try:
            token = next((one for one in self._present() if one.key == (serial, label)), None)
        except CryptokiError as error:
            raise fault_of(error, self.name, "list", still_there=True) from error
        if token is None:
            raise TokenMissing()
        return self._opened(token)

    def unlock(self, opened: Opened, pin: Secret) -> None:
        """One login to read certificates; from then on they are listed, also after the token was pulled."""
        with self._session(opened, pin) as session:
            self._seen_unlocked[opened.present.key] = self._values(session)

    @contextmanager
    def login(self, opened: Opened, certificate: Certificate, pin: Secret) -> Iterator[Callable[[bytes], bytes]]:
        """One C_Login; inside, a function from digest to checked raw value; C_Logout at the end, come what may.

        A key that wants its PIN at each signature (CKA_ALWAYS_AUTHENTICATE) gets the same PIN again, for the items of
        this declared job and no longer: the person saw all of them in the window where it was typed.
        Raises PinWrong, PinBlocked, Rejected (on the reader), TokenPulled, DriverFailed; the function these.
        """
        serial = opened.present.info.serial
        with self._session(opened, pin) as session:
            try:
                key = key_of(self._library, session, certificate)
                if key is None:
                    raise DriverFailed(module=self.name, what="key")
                always = self._library.attribute(session, key, ALWAYS_AUTHENTICATE) not in (None, b"\0")
            except CryptokiError as error:
                raise fault_of(error, self.name, "sign", still_there=self._is_in(serial, error)) from error
            again = _typed(opened, pin) if always else None
            del pin

            def sign(digest: bytes) -> bytes:
                given = signing_input(opened.mechanism, digest, certificate.key_bytes)
                during = "sign"
                try:
                    self._library.sign_init(session, opened.mechanism, key)
                    if always:
                        during = "login"
                        self._library.login(session, CONTEXT_SPECIFIC, again)
                        during = "sign"
                    value = self._library.sign(session, given)
                except CryptokiError as error:
                    raise self._fault(error, during, serial) from error
                try:
                    return check_value(certificate, digest, value)
                except DoesNotVerify as error:
                    raise DriverFailed(module=self.name, what="value") from error

            yield sign

    @contextmanager
    def _session(self, opened: Opened, pin: Secret) -> Iterator[int]:
        slot, serial = opened.present.slot, opened.present.info.serial
        try:
            session = self._library.open(slot)
        except CryptokiError as error:
            raise fault_of(error, self.name, "list", still_there=self._is_in(serial, error)) from error
        try:
            self._log_in(session, _typed(opened, pin))
        except CryptokiError as error:
            fault = self._fault(error, "login", serial)
            self._close(slot, session, logged_in=False)
            raise fault from error
        finally:
            del pin
        try:
            yield session
        finally:
            self._close(slot, session, logged_in=True)

    def _log_in(self, session: int, pin: str | None) -> None:
        try:
            self._library.login(session, USER, pin)
        except CryptokiError as error:
            if error.name != "USER_ALREADY_LOGGED_IN":
                raise
            # the PIN was not even looked at: it must not pass for right
            self._library.logout(session)
            self._library.login(session, USER, pin)

    def _close(self, slot: int, session: int, *, logged_in: bool) -> None:
        """Logs out and closes; where the token is still there and that fails, this process has to go."""
        if logged_in:
            self._end(self._library.logout, session)
        self._end(self._library.close_all, slot)

    def _end(self, step: Callable[[int], None], argument: int) -> None:
        try:
            step(argument)
        except CryptokiError as error:
            self.spoiled = self.spoiled or error.name not in (*GONE, LOGIN_LOST)

    def _fault(self, error: CryptokiError, during: str, serial: str) -> Exception:
        fault = fault_of(error, self.name, during, still_there=self._is_in(serial, error))
        if isinstance(fault, PinWrong):
            self.notes.wrong[serial] = self.notes.wrong.get(serial, 0) + 1
            left = self._tries_left(serial)
            return PinBlocked() if left == "blocked" else PinWrong(tries_left=left)
        return fault

    def _holder(self, serial: str, certificate: Certificate) -> Present:
        present = self._present()
        mine = [one for one in present if one.info.serial == serial]
        if not mine:
            raise OtherToken() if present else TokenMissing()
        for one in mine:
            self._read.pop(one, None)  # another one may have been put in, with the same serial
            if certificate.der in self._certificates(one):
                return one
        raise NotFound(kind="certificate")

    def _opened(self, token: Present, mechanism: int = 0) -> Opened:
        tries = self._tries(token)
        if tries == "blocked":
            raise PinBlocked()
        return Opened(token, tries, mechanism)

    def _present(self) -> list[Present]:
        """Tokens that are in and set up; a slot without one, or of a kind we cannot read, is passed over."""
        found = []
        for slot in self._library.slots(with_token=True):
            with suppress(CryptokiError):
                info = self._library.token(slot)
                if info.flags & TOKEN_INITIALIZED:
                    found.append(Present(slot, info))
        return found

    def _certificates(self, one: Present, reading: Callable[[str], None] = lambda _: None) -> tuple[bytes, ...]:
        if one.key in self._seen_unlocked:
            return self._seen_unlocked[one.key]
        if one.info.serial in self.notes.shy:
            return ()
        since, kept = self._read.get(one, (0.0, ()))
        if kept and time.monotonic() - since < _READ_AGAIN_AFTER:
            return kept
        reading(one.info.serial)
        session = self._library.open(one.slot)
        try:
            found = self._values(session)
        finally:
            self._library.close(session)
        self._read[one] = time.monotonic(), found
        return found

    def _values(self, session: int) -> tuple[bytes, ...]:
        keys = [one for kind in (PUBLIC_KEY, PRIVATE_KEY) for one in self._library.find(session, kind)]
        ids = {self._library.attribute(session, one, ID) for one in keys} - {None}
        found = []
        for one in self._library.find(session, CERTIFICATE):
            if der := self._library.attribute(session, one, VALUE):
                found.append(der)
                if self._library.attribute(session, one, ID) in ids:
                    self._with_key.add(der)
        return tuple(found)

    def _is_in(self, serial: str, after: CryptokiError) -> bool:
        """Looks for a second where the error may mean a pulled token: readers notice it later than commands fail."""
        looks = _LOOKS_AFTER_A_VAGUE_ERROR if after.name in VAGUE else 1
        for look in range(looks):
            if look:
                time.sleep(_BETWEEN_LOOKS)
            try:
                if all(one.info.serial != serial for one in self._present()):
                    return False
            except CryptokiError:
                return False
        return True

    def _tries(self, one: Present) -> str:
        return tries_of(one.info.flags, self.notes.wrong.get(one.info.serial, 0))

    def _tries_left(self, serial: str) -> str:
        try:
            return next((self._tries(one) for one in self._present() if one.info.serial == serial), "unknown")
        except CryptokiError:
            return "unknown"


def _hides(one: Present, certificates: tuple[bytes, ...]) -> bool:
    """No certificate is seen, and a login could change that; an empty token looks the same."""
    needs = LOGIN_REQUIRED | PIN_INITIALIZED
    return not certificates and one.info.flags & needs == needs


def _typed(opened: Opened, pin: Secret) -> str | None:
    return None if opened.on_reader else pin.reveal()
