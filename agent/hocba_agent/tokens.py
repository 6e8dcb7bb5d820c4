"""All drivers together: one list of certificates, each once, and the driver that holds a given one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from hocba_core.agent_protocol import TokenCertificate, from_base64, to_base64
from hocba_core.certificate import Certificate
from hocba_core.clock import Clock
from hocba_core.errors import BadInput, HocbaError

from hocba_agent.driver import Driver
from hocba_agent.drivers.find import identity
from hocba_agent.readers import Readers, Service, look

log = logging.getLogger(__name__)

ANSWER_WITHIN = timedelta(seconds=4)
"""A page gets the list of what answered; a slower driver is named as slow and goes on in the background."""


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate and where it is."""

    certificate: TokenCertificate
    driver: Driver
    has_key: bool = False
    """This driver shows its key too (many show keys only after a login)."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A token that shows its certificates after a login only. `Tokens.unlock` asks for it."""

    serial: str
    label: str
    driver: Driver


@dataclass(frozen=True, slots=True)
class Listing:
    held: tuple[Held, ...]
    troubles: tuple[tuple[str, str], ...]
    """Driver's file name and what: slow, locked (one of its tokens has to be unlocked to see what is on it), or the
    `what` of DriverFailed."""
    locked: tuple[Locked, ...] = ()

    def find(self, fingerprint: str) -> Held | None:
        return next((one for one in self.held if one.certificate.fingerprint == fingerprint), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "certificates": [one.certificate.to_json() for one in self.held],
            "drivers": [{"name": name, "trouble": what} for name, what in self.troubles],
        }


class Tokens:
    def __init__(self, drivers: Iterable[Driver], clock: Clock) -> None:
        self.drivers = tuple(drivers)
        self._clock = clock
        self._closed = False
        self._looked: Readers | None = None
        self._renew = False
        """A card came in and no driver saw it at that look: if the next look finds none either, they start afresh."""
        self._asking: dict[Driver, asyncio.Task[list[dict[str, Any]]]] = {}

    async def spawn(self) -> None:
        for driver in self.drivers:
            await driver.spawn()

    async def close(self) -> None:
        """Within a moment, whatever the drivers do: their processes are killed, not asked."""
        self._closed = True
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await asyncio.gather(*(driver.close() for driver in self.drivers))

    async def add(self, driver: Driver) -> None:
        """A driver that the person added while the agent runs. One that is there already is left alone."""
        known = {identity(one.module) for one in self.drivers}
        if not self._closed and identity(driver.module) not in known:
            self.drivers = (*self.drivers, driver)
            await driver.spawn()

    async def remove(self, module: Path) -> None:
        """Ends its process; a job that it signs ends as if it had crashed."""
        gone = [one for one in self.drivers if identity(one.module) == identity(module)]
        self.drivers = tuple(one for one in self.drivers if one not in gone)
        for driver in gone:
            asked = self._asking.pop(driver, None)
            if asked is not None:
                asked.cancel()  # else it could start the process again
            await driver.close()

    async def unlock(self, locked: Locked, cancel: asyncio.Event) -> None:
        """Opens the PIN window for a token that hides its certificates; afterwards they are in the listing.

        Raises what a run raises: PinWrong, PinBlocked, Rejected, Lapsed, TokenMissing, AgentBusy, DriverFailed.
        """
        await locked.driver.unlock(locked.serial, locked.label, cancel)

    async def listing(self) -> Listing:
        asked = [(driver, self._ask(driver)) for driver in self.drivers]
        if asked:
            await asyncio.wait([task for _, task in asked], timeout=ANSWER_WITHIN.total_seconds())
        held: dict[str, Held] = {}
        locked: dict[tuple[str, str], Locked] = {}
        troubles = []
        for driver, task in asked:
            if not task.done():
                troubles.append((driver.name, "slow"))
                continue
            try:
                found = task.result()
            except HocbaError as error:
                troubles.append((driver.name, str(error.facts.get("what", error.code))))
                continue
            for certificate in _certificates(found, self._clock()):
                # two drivers may see one token: one of them keeps it, the other is never tried behind its back
                _keep_better(held, Held(certificate, driver, _has_key(found, certificate)))
            for token in found:
                if token["locked"]:
                    locked.setdefault(
                        (token["serial"], token["label"]), Locked(token["serial"], token["label"], driver)
                    )
        troubles += await self._service(nothing=not held and not locked)
        shown = {one.certificate.token_serial for one in held.values()}
        hidden = tuple(one for one in locked.values() if one.serial not in shown)
        troubles += [(one.driver.name, "locked") for one in hidden]
        return Listing(tuple(held.values()), tuple(troubles), hidden)

    async def _service(self, *, nothing: bool) -> list[tuple[str, str]]:
        """Where no token is seen: is the smart card service off, or does a driver not notice what is in a reader?

        Some drivers see new readers only after a new start. Each change of the readers gets them one.
        """
        if not nothing or not self.drivers:
            self._looked = None
            return []
        seen = await asyncio.to_thread(look)
        before, self._looked = self._looked, seen
        if seen.service is Service.OFF:
            return [("PC/SC", "service_off")]
        if before is not None and before != seen:
            self._renew = any(one.card for one in seen.readers)
        elif self._renew:
            self._renew = False
            await asyncio.gather(*(driver.renew() for driver in self.drivers))
        return []

    def _ask(self, driver: Driver) -> asyncio.Task[list[dict[str, Any]]]:
        """One question to a driver at a time; whoever asks meanwhile waits for the same answer."""
        task = self._asking.get(driver)
        if task is None or task.done():
            task = self._asking[driver] = asyncio.create_task(driver.tokens())
        return task


def _certificates(tokens: Sequence[dict[str, Any]], now: datetime) -> Iterable[TokenCertificate]:
    for token in tokens:
        read = [found for text in token["certificates"] if (found := _read(text)) is not None]
        chain = tuple(one.der for one in read if one.is_ca)
        for one in read:
            if one.is_ca:
                continue
            reason = unusable(one.certificate, now)
            yield TokenCertificate(
                one.certificate.fingerprint,
                one.der,
                chain,
                token["serial"],
                token["label"],
                not reason,
                reason,
                "several" if token["tries"] == "few" else token["tries"],
            )


def _has_key(tokens: Sequence[dict[str, Any]], certificate: TokenCertificate) -> bool:
    return any(to_base64(certificate.der) in token["with_key"] for token in tokens)


def _keep_better(held: dict[str, Held], found: Held) -> None:
    """The first driver that shows the key; where none does, the first."""
    before = held.get(found.certificate.fingerprint)
    if before is None or (found.has_key and not before.has_key):
        held[found.certificate.fingerprint] = found


def unusable(certificate: Certificate, now: datetime) -> str:
    """Why it cannot sign here and now: usage, key, ended, not_yet; "" when it can. The gateway judges again."""
    if not certificate.may_sign:
        return "usage"
    if certificate.key_kind is None:
        return "key"
    if certificate.is_valid_at(now):
        return ""
    return "ended" if now > certificate.not_after else "not_yet"


@dataclass(frozen=True, slots=True)
class _Read:
    der: bytes
    certificate: Certificate
    is_ca: bool


def _read(text: str) -> _Read | None:
    """None: not a certificate, whatever the token says it is."""
    der = from_base64(text, "certificate")
    try:
        certificate = Certificate.read(der)
    except BadInput:
        log.warning("a token holds a certificate that cannot be read")
        return None
    return _Read(der, certificate, _is_ca(der))


def _is_ca(der: bytes) -> bool:
    try:
        constraints = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return constraints.value.ca
