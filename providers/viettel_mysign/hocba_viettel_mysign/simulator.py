"""A stand-in for Viettel MySign that signs for real: `python -m hocba_viettel_mysign.simulator --help`.

Passing against this server certifies nothing at Viettel. What it does is known like this:

documented by several working clients
    the four addresses and their fields; no user password; one token per person; certificates as a bare array,
    errors as an object; numbers as texts; an empty refresh_token; CRLF inside signatures; `credentialID` in
    signHash only; status 1, 4000, 6000, 4001, 4002, 4004, 4005, 13004; errors 58007, 86024, 58008, 58038
seen in one client
    HTTP 401 with 59033; document names below 100 characters of base64; SHA-256 only
assumed
    a request lives 180 s; a first look after the approval says 6000, the next one 1; the client is judged before
    the user; numbers 60001 (malformed), 60002 (too many hashes), 60003 (credential unknown), 60004 (no such
    transaction); status 400 for these; at most 500 hashes in a request
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hocba_core.clock import Clock
from hocba_core.provider import Json
from hocba_core.secret import Secret
from hocba_core.testing.ca_folder import CaFolder
from hocba_core.testing.fake_vendor import FakeVendor, Fault, Operation, Route, WrongSetting
from hocba_core.testing.phone import FakePerson, State, Transaction
from hocba_core.testing.pki import Identity

CLIENT_ID: Final = "hocba-mo-phong"
CLIENT_SECRET: Final = "khong-phai-bi-mat-that"  # noqa: S105  (of a simulator)
PROFILE: Final = "adss:ras:profile:001"
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_SIGN_ALGORITHMS: Final = ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11")
_MOST_HASHES: Final = 500
_TOKEN_LIVES: Final = timedelta(seconds=3600)
_STATUSES: Final = {
    State.WAITING: "4000",
    State.DONE: "1",
    State.REJECTED: "4002",
    State.LAPSED: "4001",
    State.NO_TURNS: "4005",
    State.FAILED: "4004",
    State.ENDED: "13004",
}


@dataclass(frozen=True, slots=True)
class _Token:
    user: str
    ends_at: datetime


class _Refusal(Exception):
    def __init__(self, error: int, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class Simulator(FakeVendor):
    key = "viettel_mysign"
    lifetime = timedelta(seconds=180)

    def __init__(self, *, clock: Clock, keys: CaFolder | None = None) -> None:
        super().__init__(clock=clock, keys=keys)
        self._tokens: dict[str, _Token] = {}
        self.statuses = dict(_STATUSES)
        """What each state is called on the wire; a test may invent one."""

    # --- for the conformance kit ---------------------------------------------------------------

    def settings(self) -> Json:
        return {
            "base_url": self.url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "profile_id": PROFILE,
            "poll_seconds": 0.1,
        }

    def wrong_settings(self) -> Sequence[WrongSetting]:
        return [
            WrongSetting({**self.settings(), name: "wrong"}, f"providers.viettel_mysign.{name}")
            for name in ("client_id", "client_secret")
        ]

    def fields_of(self, person: FakePerson) -> Mapping[str, Secret]:
        return {"user_id": Secret(person.user)}

    def secrets(self) -> Sequence[str]:
        return [CLIENT_SECRET, *self._tokens]

    def make_user(self, name: str, number: str) -> str:
        return f"CMT_{number}"

    def end_tokens(self) -> None:
        """Every token is over, as after a restart of the service."""
        self._tokens.clear()

    # --- the wire ----------------------------------------------------------------------------------

    def routes(self) -> Sequence[Route]:
        return [
            Route(Operation.OPEN_SESSION, "/vtss/service/ras/v1/login", self._spoken(self._login)),
            Route(Operation.CREDENTIALS, "/vtss/service/certificates/info", self._spoken(self._certificates)),
            Route(Operation.START, "/vtss/service/signHash", self._spoken(self._sign)),
            Route(Operation.POLL, "/vtss/service/requests/status", self._spoken(self._status)),
        ]

    def _spoken(self, handler: Any) -> Any:
        async def handle(request: web.Request) -> web.Response:
            try:
                said = await request.json()
                if not isinstance(said, dict):
                    raise _Refusal(60001, "Body must be a JSON object")
                return web.json_response(await handler(request, said))
            except _Refusal as refusal:
                answer = {"error": refusal.error, "error_description": refusal.description}
                return web.json_response(answer, status=refusal.status)
            except ValueError:
                return web.json_response({"error": 60001, "error_description": "Not JSON"}, status=400)

        return handle

    async def _login(self, _: web.Request, said: Mapping[str, Any]) -> dict[str, Any]:
        person = self._person(said)
        token = secrets.token_urlsafe(32)
        self._tokens[token] = _Token(person.user, self.clock() + _TOKEN_LIVES)
        return {
            "access_token": token,
            "refresh_token": "",
            "token_type": "Bearer",
            "expires_in": str(int(_TOKEN_LIVES.total_seconds())),
        }

    async def _certificates(self, request: web.Request, said: Mapping[str, Any]) -> list[dict[str, Any]]:
        person = self._person(said)
        self._bearer(request, person.user)
        identity = await self.identity_of(person)
        return [self._entry(person, identity, with_chain=said.get("certificates") == "chain")]

    def _entry(self, person: FakePerson, identity: Identity, *, with_chain: bool) -> dict[str, Any]:
        leaf = x509.load_der_x509_certificate(identity.certificate)
        root = self.ca.root.public_bytes(Encoding.DER)
        chain = [identity.certificate, *identity.chain, root] if with_chain else [identity.certificate]
        return {
            "credential_id": _credential_id(identity),
            "description": f"Chứng thư số của {person.name}",
            "key": {"status": "enabled", "algo": list(_SIGN_ALGORITHMS), "len": "2048", "curve": None},
            "cert": {
                "status": "valid" if self.clock() <= leaf.not_valid_after_utc else "expired",
                "certificates": [base64.b64encode(der).decode() for der in chain],
                "issuerDN": leaf.issuer.rfc4514_string(),
                "serialNumber": f"{leaf.serial_number:X}",
                "subjectDN": leaf.subject.rfc4514_string(),
                "validFrom": f"{leaf.not_valid_before_utc:%Y%m%d%H%M%S}+0000",
                "validTo": f"{leaf.not_valid_after_utc:%Y%m%d%H%M%S}+0000",
            },
            "authMode": "implicit",
            "multisign": "2147483647",
            "scal": "2",
        }

    async def _sign(self, request: web.Request, said: Mapping[str, Any]) -> dict[str, Any]:
        self._our_account(said)
        person = self.people[self._bearer(request)]
        identity = await self.identity_of(person)
        if "credential_id" in said or said.get("credentialID") != _credential_id(identity):
            raise _Refusal(60003, "credentialID is missing or unknown")
        digests, titles = _read_documents(said)
        if said.get("async") not in (1, 2):
            raise _Refusal(60001, "async: this simulator knows 1 and 2")
        transaction = self.phone.ring(
            user=person.user,
            credential=said["credentialID"],
            identity=identity,
            digests=digests,
            titles=titles,
            description=_from_base64(said.get("description")).decode(),
        )
        return {"transactionId": transaction.id}

    async def _status(self, request: web.Request, said: Mapping[str, Any]) -> dict[str, Any]:
        user = self._bearer(request)
        transaction = self.phone.transactions.get(str(said.get("transactionId")))
        if transaction is None or transaction.user != user:
            raise _Refusal(60004, "Transaction not found")
        status = self._status_of(transaction)
        signatures = self._signatures(transaction) if status == "1" else None
        return {"status": status, "signatures": signatures, "description": _MESSAGES.get(status, "")}

    def _status_of(self, transaction: Transaction) -> str:
        state = transaction.state(self.clock())
        if state is State.DONE:
            transaction.polls_since_done += 1
            if transaction.polls_since_done == 1:
                return "6000"
        return self.statuses[state]

    def _signatures(self, transaction: Transaction) -> list[str]:
        spoken = [_wrapped(value) for value in self.values_of(transaction)]
        if self.take_fault(Operation.POLL, frozenset({Fault.UNDECODABLE})):
            spoken[0] = "*** không phải base64 ***"
        return spoken

    # --- who is asking -------------------------------------------------------------------------------

    def _our_account(self, said: Mapping[str, Any]) -> None:
        if said.get("client_id") != CLIENT_ID:
            raise _Refusal(58007, "Client is not found", status=200)
        if said.get("client_secret") != CLIENT_SECRET:
            raise _Refusal(86024, "Client secret is incorrect", status=401)

    def _person(self, said: Mapping[str, Any]) -> FakePerson:
        self._our_account(said)
        if said.get("profile_id") != PROFILE:
            raise _Refusal(60001, "Profile is not found")
        person = self.people.get(str(said.get("user_id")))
        if person is None:
            raise _Refusal(58008, f"User {said.get('user_id')} is not found", status=200)
        return person

    def _bearer(self, request: web.Request, user: str | None = None) -> str:
        """The user of a living token; `user` when it must be that one's."""
        kept = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if kept is None or kept.ends_at <= self.clock() or user not in (None, kept.user):
            raise _Refusal(58038, "Token is not valid", status=401)
        return kept.user


_MESSAGES: Final = {
    "4000": "Waiting for user confirmation",
    "6000": "Signing",
    "4001": "Timeout",
    "4002": "User rejected",
    "4004": "Sign failed",
    "4005": "Out of signing turns",
    "13004": "Certificate expired or revoked",
}


def _credential_id(identity: Identity) -> str:
    return f"{x509.load_der_x509_certificate(identity.certificate).serial_number:032x}"[:32]


def _read_documents(said: Mapping[str, Any]) -> tuple[list[bytes], list[str]]:
    """Strict, so that what Viettel might let through does not pass here."""
    hashes, documents = said.get("hash"), said.get("documents")
    if not isinstance(hashes, list) or not isinstance(documents, list) or not hashes:
        raise _Refusal(60001, "hash and documents must be lists")
    if not len(hashes) == len(documents) == said.get("numSignatures"):
        raise _Refusal(60001, "numSignatures, hash and documents differ")
    if len(hashes) > _MOST_HASHES:
        raise _Refusal(60002, "Too many hashes")
    if said.get("hashAlgo") != _SHA256 or said.get("signAlgo") not in _SIGN_ALGORITHMS:
        raise _Refusal(60001, "Algorithm is not supported")
    digests = [_from_base64(one) for one in hashes]
    if any(len(digest) != 32 for digest in digests):
        raise _Refusal(60001, "A hash is not SHA-256 in base64")
    names = [one.get("document_name") for one in documents if one.get("document_id")]
    if len(names) != len(documents) or any(not name or len(name) >= 100 for name in names):
        raise _Refusal(60001, "document_id missing, or document_name empty or too long")
    return digests, [_from_base64(name).decode() for name in names]


def _from_base64(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise _Refusal(60001, "Base64 expected") from error


def _wrapped(value: bytes) -> str:
    """Base64 with CRLF after every 76 characters."""
    text = base64.b64encode(value).decode()
    return "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76)) + "\r\n"


if __name__ == "__main__":
    from hocba_core.testing.serve import serve

    serve(Simulator, {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "profile_id": PROFILE})
