"""The pretend vendor's server: `python -m hocba_sandbox.simulator --help`. Signs for real, is worth nothing.

It plays every kind of vendor (settings.Behaviour). A second request of the same reference is a second
transaction, as at careless vendors: whoever asks twice is seen by counting.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import aiohttp
from aiohttp import web
from hocba_core import errors
from hocba_core.clock import Clock
from hocba_core.provider import Approval, Completion, Json, KeyKind
from hocba_core.secret import Secret
from hocba_core.testing.ca_folder import CaFolder
from hocba_core.testing.fake_vendor import FakeVendor, Operation, Route, WrongSetting
from hocba_core.testing.phone import FakePerson, Mood, State, Transaction
from hocba_core.testing.pki import Identity

from hocba_sandbox.provider import CODES, SEAL_HEADER, callback_seal
from hocba_sandbox.settings import CLIENT_SECRET, KEY, Behaviour, key_of

CODE = "246813"
"""What a person types for OTP, PIN, TOTP and login challenges."""
_TRIES = 3
_SESSION_LIVES = timedelta(hours=1)
_ENDINGS: Mapping[State, type[errors.HocbaError]] = {
    State.REJECTED: errors.Rejected,
    State.LAPSED: errors.Lapsed,
    State.NO_TURNS: errors.OutOfTurns,
    State.FAILED: errors.RequestRefused,
    State.ENDED: errors.CertificateEnded,
}


class _Refusal(Exception):
    def __init__(self, kind: type[errors.HocbaError], **facts: object) -> None:
        super().__init__(kind.code)
        self.body = {"error": kind.code, **facts}


@dataclass(slots=True)
class _Asked:
    """What the server keeps beside the phone's transaction."""

    items: tuple[str, ...]
    reference: str
    callback_url: str | None
    mood: Mood
    """What the person does once the right code is typed."""
    wrong_codes: int = 0
    flapped: bool = False


class Simulator(FakeVendor):
    key = KEY
    behaviour: ClassVar[Behaviour] = Behaviour()

    def __init__(self, *, clock: Clock, keys: CaFolder | None = None, behaviour: Behaviour | None = None) -> None:
        super().__init__(clock=clock, keys=keys)
        self.does = behaviour or self.behaviour
        self.phone._lifetime = self.does.lifetime
        self.delay = timedelta(0)
        """Before any answer to a request to sign; real time, whatever the clock says."""
        self.extra_values = 0
        """So many values more than asked, in each answer."""
        self.flaps = False
        """After it has said "done" with values missing, it says "waiting" once."""
        self._asked: dict[str, _Asked] = {}
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._refresh: dict[str, str] = {}
        self._challenges: dict[str, str] = {}
        self._calls: set[asyncio.Task[None]] = set()

    # --- for tests ---------------------------------------------------------------------------------

    def settings(self) -> Json:
        return {"base_url": self.url, "client_secret": CLIENT_SECRET, **self.does.to_settings()}

    def wrong_settings(self) -> Sequence[WrongSetting]:
        return [WrongSetting({**self.settings(), "client_secret": "wrong"}, key_of("client_secret"))]

    def fields_of(self, person: FakePerson) -> Mapping[str, Secret]:
        return {"user": Secret(person.user), "password": Secret(password_of(person.user))}

    def secrets(self) -> Sequence[str]:
        return [CLIENT_SECRET, *self._tokens, *self._refresh, *map(password_of, self.people)]

    def code_of(self, person: FakePerson) -> Secret:
        return Secret(CODE)

    def login_code_of(self, person: FakePerson) -> Secret:
        return Secret(CODE)

    @property
    def asked_by_reference(self) -> Counter[str]:
        """How many transactions each of our references became."""
        return Counter(asked.reference for asked in self._asked.values())

    def _make_identity(self, person: FakePerson) -> Identity:
        if self.does.key_kind is KeyKind.P256:
            return self.ca.issue_person(person.name, person.number, key="p256")
        return super()._make_identity(person)

    async def stop(self) -> None:
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await super().stop()

    # --- the wire ------------------------------------------------------------------------------------

    def routes(self) -> Sequence[Route]:
        waits = self.does.completion in (Completion.POLL, Completion.CALLBACK)
        spoken = (
            (Operation.OPEN_SESSION, "/check", self._check),
            (Operation.OPEN_SESSION, "/session", self._open),
            (Operation.OPEN_SESSION, "/challenge", self._challenge),
            (Operation.OPEN_SESSION, "/refresh", self._renew),
            (Operation.CREDENTIALS, "/credentials", self._credentials),
            (Operation.START, "/sign", self._sign),
            (Operation.FIND, "/find", self._find),
            (Operation.POLL if waits else Operation.FIND, "/status", self._status),
            (Operation.SUBMIT_CODE, "/code", self._code),
            (Operation.SUBMIT_CODE, "/resend", self._resend),
        )
        return [Route(operation, path, self._speaking(handler)) for operation, path, handler in spoken]

    def _speaking(
        self, handler: Callable[[web.Request, Mapping[str, Any]], Awaitable[dict[str, Any]]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                if request.headers.get("X-Client-Secret") != CLIENT_SECRET:
                    raise _Refusal(errors.RefusesUs)
                return web.json_response(await handler(request, await request.json()))
            except _Refusal as refusal:
                return web.json_response(refusal.body, status=400)

        return handle

    async def _check(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"ok": True}

    async def _open(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        user = body.get("user", "")
        if user not in self.people:
            raise _Refusal(errors.AccountUnknown)
        if body.get("password") != password_of(user):
            raise _Refusal(errors.PasswordWrong, tries_left=4)
        if self.does.login_challenge is None:
            return self._session(user)
        number = secrets.token_hex(8)
        self._challenges[number] = user
        return {"challenge": self.does.login_challenge.value, "id": number, "sent_to": "09…12"}

    async def _challenge(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("code") != CODE:
            raise _Refusal(errors.CodeWrong, tries_left=2)
        user = self._challenges.pop(body.get("id", ""), "")
        if not user:
            raise _Refusal(errors.CodeLapsed)
        return self._session(user)

    async def _renew(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        user = self._refresh.get(body.get("refresh", ""))
        if user is None:
            raise _Refusal(errors.SessionEnded)
        return self._session(user)

    def _session(self, user: str) -> dict[str, Any]:
        token, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        ends = self.clock() + _SESSION_LIVES
        self._tokens[token] = (user, ends)
        self._refresh[refresh] = user
        return {"token": token, "refresh": refresh, "expires_at": ends.isoformat()}

    async def _credentials(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        person = self._person(request)
        identity = await self.identity_of(person)
        entry = {
            "ref": f"key-{person.user}",
            "certificate": b64encode(identity.certificate).decode(),
            "chain": [b64encode(der).decode() for der in identity.chain],
            "key_kind": self.does.key_kind.value,
            "usable": True,
            "label": person.name,
        }
        return {"credentials": [entry]}

    async def _sign(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        person = self._person(request)
        items = body["items"]
        if body["credential"] != f"key-{person.user}" or (
            self.does.batch_limit is not None and len(items) > self.does.batch_limit
        ):
            raise _Refusal(errors.RequestRefused)
        transaction = self.phone.ring(
            user=person.user,
            credential=body["credential"],
            identity=await self.identity_of(person),
            digests=[b64decode(item["digest"]) for item in items],
            titles=[item["title"] for item in items],
            description=body["description"],
        )
        asked = _Asked(
            tuple(item["id"] for item in items), body["reference"], body.get("callback_url"), transaction.mood
        )
        self._asked[transaction.id] = asked
        if self.does.approval in CODES:
            transaction.mood = Mood.IGNORE  # nothing happens until the code is typed
        elif asked.callback_url and self.does.completion is Completion.CALLBACK:
            self._call_back(transaction, asked.callback_url)
        if self.delay:
            await asyncio.sleep(self.delay.total_seconds())
        if self.does.approval in CODES or self.does.completion in (Completion.POLL, Completion.CALLBACK):
            return self._waiting(transaction)
        if self.does.completion is Completion.BLOCKING:
            await self._wait(transaction)
        return self._answer(transaction)

    async def _find(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        found = [number for number, asked in self._asked.items() if asked.reference == body["reference"]]
        if not found or not self.does.finds:
            raise _Refusal(errors.RequestUnknown)
        return self._answer(self._transaction(request, {"transaction": found[-1]}))

    async def _status(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._answer(self._transaction(request, body))

    async def _code(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        transaction = self._transaction(request, body)
        asked = self._asked[transaction.id]
        if transaction.state(self.clock()) is State.WAITING:
            if body.get("code") != CODE:
                asked.wrong_codes += 1
                if asked.wrong_codes >= _TRIES:
                    self.phone.answer(transaction.id, Mood.REJECT)
                raise _Refusal(errors.CodeWrong, tries_left=_TRIES - asked.wrong_codes)
            self.phone.answer(transaction.id, asked.mood)
            if asked.callback_url and self.does.completion is Completion.CALLBACK:
                self._call_back(transaction, asked.callback_url)
        if self.does.completion in (Completion.POLL, Completion.CALLBACK):
            return self._waiting(transaction)
        return self._answer(transaction)

    async def _resend(self, request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._waiting(self._transaction(request, body))

    # --- what is said about a transaction ----------------------------------------------------------------

    def _answer(self, transaction: Transaction) -> dict[str, Any]:
        state = transaction.state(self.clock())
        if state is State.WAITING:
            return self._waiting(transaction)
        if state is not State.DONE:
            raise _Refusal(_ENDINGS[state])
        asked = self._asked[transaction.id]
        if self.flaps and transaction.polls_since_done == 1 and not asked.flapped:
            asked.flapped = True
            return self._waiting(transaction)
        transaction.polls_since_done += 1
        values = dict(zip(asked.items, self.values_of(transaction), strict=False))
        for number in range(self.extra_values):
            values[f"extra-{number}"] = transaction.identity.sign_digest(bytes([number + 1]) * 32)
        return {"values": {item: b64encode(value).decode() for item, value in values.items()}}

    def _waiting(self, transaction: Transaction) -> dict[str, Any]:
        code_due = self.does.approval in CODES and transaction.state(self.clock()) is State.WAITING
        return {
            "transaction": transaction.id,
            "expires_at": transaction.lapses_at.isoformat(),
            "needs": self.does.approval.value if code_due else Approval.PHONE.value,
            "verification_code": transaction.id[:4].upper() if self.does.verification_code else None,
        }

    async def _wait(self, transaction: Transaction) -> None:
        while transaction.state(self.clock()) is State.WAITING:  # noqa: ASYNC110 - the clock may be a hand's
            await asyncio.sleep(0.01)

    def _call_back(self, transaction: Transaction, address: str) -> None:
        call = asyncio.create_task(self._calls_back(transaction, address))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _calls_back(self, transaction: Transaction, address: str) -> None:
        await self._wait(transaction)
        body = json.dumps({"transaction": transaction.id}).encode()
        headers = {SEAL_HEADER: callback_seal(CLIENT_SECRET, body)}
        async with aiohttp.ClientSession() as session:
            try:
                await session.post(address, data=body, headers=headers)
            except aiohttp.ClientError:
                return  # a lost callback is ours to survive: the poll finds out

    # --- who is asking -----------------------------------------------------------------------------------

    def _person(self, request: web.Request) -> FakePerson:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        user, ends = self._tokens.get(token, ("", self.clock()))
        if ends <= self.clock() or user not in self.people:
            raise _Refusal(errors.SessionEnded)
        return self.people[user]

    def _transaction(self, request: web.Request, body: Mapping[str, Any]) -> Transaction:
        person = self._person(request)
        found = self.phone.transactions.get(body.get("transaction", ""))
        if found is None or found.user != person.user:
            raise _Refusal(errors.RequestUnknown)
        return found


def password_of(user: str) -> str:
    """Every account's password at the pretend vendor."""
    return f"matkhau-{user}"


__all__ = ["CODE", "Simulator", "password_of"]


if __name__ == "__main__":
    from hocba_core.testing.serve import serve

    serve(Simulator, {"client_secret": CLIENT_SECRET, **Behaviour().to_settings()})
